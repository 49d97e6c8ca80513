"""The bars of the overview: a period in steps, and what the runs that ended in each came to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from django.utils import timezone

from subjects.models import Run
from subjects.run_listing import WantedRuns

OUTCOMES = (Run.State.COMPLETED, Run.State.FAILED, Run.State.CANCELLED)
LEAST = 1.5
"""per cent of a chart's height that one run has at least: it must be seen beside ten thousand"""
HOUR = timedelta(hours=1)

Count = tuple[datetime, str, int, float]
"""an hour, an outcome, its runs and how long they took together, in seconds"""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, shown in `steps` bars, one for each hour or day."""

    name: str
    words: str
    step: str
    steps: int

    def bounds(self, now: datetime) -> list[datetime]:
        """Where the bars begin, and the end of the last one. Whole hours of UTC, as runs are counted by these."""
        if self.step == "hour":
            end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
            return [end - HOUR * back for back in range(self.steps, -1, -1)]
        # Days begin at midnight of the reader's zone, also when a clock change makes one an hour longer.
        today = timezone.localtime(now).date()
        days = (today - timedelta(days=back) for back in range(self.steps - 1, -2, -1))
        return [_whole_hour(timezone.make_aware(datetime.combine(day, time.min))) for day in days]


PERIODS = {
    "24h": Period("24h", "the last 24 hours", "hour", 24),
    "30d": Period("30d", "the last 30 days", "day", 30),
}


@dataclass(frozen=True, slots=True)
class Part:
    """The runs of one outcome in a bar: where it is drawn, in per cent from above, and the page that lists them."""

    state: str
    words: str
    y: str
    height: str
    address: str


@dataclass
class Bar:
    """The runs that ended in one step. What it says of itself is for when all of them were counted."""

    start: datetime
    end: datetime
    step: str
    runs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    seconds: float = 0.0
    """From being given to its end; of the learned runs together."""
    tallest: int = 1
    """Runs of the bar that is as high as the chart."""
    slowest: float = 1.0
    """The mean delay that is as high as its chart."""

    @property
    def total(self) -> int:
        """All runs of the step."""
        return sum(self.runs.values())

    @property
    def key(self) -> str:
        """What names the bar on the page."""
        return f"{self.start.astimezone(UTC):%Y%m%d%H}"

    @cached_property
    def when(self) -> str:
        """The step in words, in the reader's zone: `14:00 to 15:00`, `24 Nov`."""
        start, end = timezone.localtime(self.start), timezone.localtime(self.end)
        return f"{start:%H:%M} to {end:%H:%M}" if self.step == "hour" else f"{start.day} {start:%b}"

    @cached_property
    def told(self) -> str:
        """`12 learned, 3 failed`."""
        return ", ".join(self._told(state) for state in OUTCOMES if self.runs[state]) or "no runs"

    @property
    def address(self) -> str:
        """Of the page that lists them all."""
        return WantedRuns(ended_since=self.start, ended_until=self.end).address

    @cached_property
    def outcomes(self) -> list[tuple[int, str]]:
        """For each outcome its number and the page that lists these runs."""
        wanted = (WantedRuns(state=state.value, ended_since=self.start, ended_until=self.end) for state in OUTCOMES)
        return [(self.runs[one.state], one.address) for one in wanted]

    @property
    def mean_seconds(self) -> float | None:
        """How long a run took that was learned, on average; None: none was."""
        learned = self.runs[Run.State.COMPLETED]
        return self.seconds / learned if learned else None

    @property
    def delay_height(self) -> str:
        """Of the mean delay, in per cent."""
        return f"{max(LEAST, 100 * (self.mean_seconds or 0) / self.slowest):.2f}"

    @property
    def parts(self) -> list[Part]:
        """What is drawn, from below."""
        heights = {state: max(LEAST, 100 * runs / self.tallest) for state, runs in self.runs.items() if runs}
        over = sum(heights.values()) - 100
        if over > 0:
            heights[max(heights, key=lambda state: heights[state])] -= over
        parts = []
        top = 100.0
        for state, (_, address) in zip(OUTCOMES, self.outcomes, strict=True):
            if height := heights.get(state, 0):
                top -= height
                words = f"{self.when}: {self._told(state)}"
                parts.append(Part(state.value, words, f"{top:.2f}", f"{height:.2f}", address))
        return parts

    def _told(self, state: Run.State) -> str:
        return f"{self.runs[state]:,} {state.label.lower()}"


def bars_of(period: Period, bounds: list[datetime], counts: Iterable[Count]) -> list[Bar]:
    """The bars of `period`, with what was counted in each."""
    bars = [Bar(start, end, period.step) for start, end in pairwise(bounds)]
    for hour, state, runs, seconds in counts:
        bar = next(bar for bar in reversed(bars) if hour >= bar.start)
        bar.runs[state] = bar.runs.get(state, 0) + runs
        if state == Run.State.COMPLETED:
            bar.seconds += seconds
    tallest = max(bar.total for bar in bars) or 1
    slowest = max(bar.mean_seconds or 0 for bar in bars) or 1.0
    for bar in bars:
        bar.tallest, bar.slowest = tallest, slowest
    return bars


def _whole_hour(moment: datetime) -> datetime:
    """`moment` in UTC; in a zone that is half an hour off, the next hour that is counted."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if hour == moment else hour + HOUR
