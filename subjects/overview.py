"""What the overview says: how learning went, what fails and why, what stands still. Read from counts, not from runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from subjects.models import Run, RunHour, Subject

STUCK = timedelta(minutes=10)
MOST_COUNTED = 1000
RECENT = 500  # runs from which the usual delay is read
OUTCOMES = (Run.State.COMPLETED, Run.State.FAILED, Run.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, shown in `steps` bars of one `step` each."""

    name: str
    words: str
    step: timedelta
    steps: int


PERIODS = {
    "24h": Period("24h", "the last 24 hours", timedelta(hours=1), 24),
    "30d": Period("30d", "the last 30 days", timedelta(days=1), 30),
}


@dataclass(slots=True)
class Bar:
    """The runs that ended in one step. Heights are in per cent of the tallest bar, counted from below."""

    start: datetime
    end: datetime
    runs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    tallest: int = 1

    @property
    def total(self) -> int:
        """All runs of the step."""
        return sum(self.runs.values())

    @property
    def parts(self) -> list[dict[str, object]]:
        """What is drawn, from below: the outcome, its number, where it starts from above and how tall it is."""
        parts: list[dict[str, object]] = []
        top = 100.0
        for state in OUTCOMES:
            height = 100 * self.runs[state] / self.tallest
            top -= height
            if height:
                parts.append({"state": state.value, "runs": self.runs[state], "y": f"{top:.2f}", "height": f"{height:.2f}"})
        return parts


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of failures and how often it was."""

    text: str
    runs: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How learning went in a period."""

    period: Period
    since: datetime
    bars: list[Bar]
    reasons: list[Reason]
    mean_seconds: float | None
    """From being given to its end; of the runs that were learned in the period."""
    usual_seconds: float | None
    slow_seconds: float | None
    """Median and 95th percentile of the last `RECENT` learned runs."""
    subjects_learned: int
    waiting: int
    stuck: list[Run]
    stuck_count: int

    @property
    def outcomes(self) -> list[tuple[str, str, int]]:
        """State, its word and the number of runs."""
        return [(state.value, state.label, sum(bar.runs[state] for bar in self.bars)) for state in OUTCOMES]

    @property
    def tallest(self) -> int:
        """The number of runs that the tallest bar stands for."""
        return max((bar.total for bar in self.bars), default=0)


def overview(period: Period, now: datetime | None = None) -> Overview:
    """The overview of `period` in the reader's time zone. Eight queries, none over the runs of the whole period."""
    now = now or timezone.now()
    starts = _starts(period, timezone.localtime(now))
    hours = RunHour.objects.filter(hour__gte=starts[0])
    bars = _bars(period, starts, hours.values_list("hour", "state").annotate(Sum("runs")).order_by())
    failed = hours.filter(state=Run.State.FAILED).values("reason").annotate(total=Sum("runs")).order_by("-total", "reason")
    learned = hours.filter(state=Run.State.COMPLETED).aggregate(runs=Sum("runs"), seconds=Sum("seconds"))
    usual, slow = _delays()
    open_runs = Run.objects.filter(state__in=Run.OPEN)
    stuck = open_runs.filter(created_at__lt=now - STUCK, queued_at__lt=now - STUCK)
    return Overview(
        period=period,
        since=starts[0],
        bars=bars,
        reasons=[Reason(row["reason"] or "No reason was given.", row["total"]) for row in failed[:8]],
        mean_seconds=learned["seconds"] / learned["runs"] if learned["runs"] else None,
        usual_seconds=usual,
        slow_seconds=slow,
        subjects_learned=_up_to(Subject.objects.filter(last_learned_at__gte=starts[0])),
        waiting=_up_to(open_runs),
        stuck=list(stuck.select_related("subject").order_by("created_at")[:5]),
        stuck_count=_up_to(stuck),
    )


def last_learned() -> datetime | None:
    """When a run was last learned. It says nothing of sync, which may fail for days meanwhile."""
    learned = Run.objects.filter(ended_at__isnull=False, state=Run.State.COMPLETED).order_by("-ended_at")
    return learned.values_list("ended_at", flat=True).first()


def _starts(period: Period, now: datetime) -> list[datetime]:
    if period.step < timedelta(days=1):
        last = now.replace(minute=0, second=0, microsecond=0)
        return [last - period.step * back for back in range(period.steps - 1, -1, -1)]
    # Days begin at midnight of the reader's zone, also when a clock change makes one an hour longer.
    days = (now.date() - timedelta(days=back) for back in range(period.steps - 1, -1, -1))
    return [timezone.make_aware(datetime.combine(day, time.min)) for day in days]


def _bars(period: Period, starts: list[datetime], counts: Iterable[tuple[datetime, str, int]]) -> list[Bar]:
    bars = [Bar(start, end) for start, end in zip(starts, [*starts[1:], starts[-1] + period.step], strict=True)]
    for hour, state, runs in counts:
        for bar in reversed(bars):
            if hour >= bar.start:
                bar.runs[state] = bar.runs.get(state, 0) + runs
                break
    tallest = max((bar.total for bar in bars), default=0)
    for bar in bars:
        bar.tallest = tallest or 1
    return bars


def _delays() -> tuple[float | None, float | None]:
    rows = Run.objects.filter(ended_at__isnull=False, state=Run.State.COMPLETED).order_by("-ended_at")
    delays = sorted(
        delay.total_seconds()
        for delay in rows.annotate(delay=F("ended_at") - F("created_at")).values_list("delay", flat=True)[:RECENT]
    )
    if not delays:
        return None, None
    return delays[len(delays) // 2], delays[min(len(delays) - 1, len(delays) * 95 // 100)]


def _up_to(rows: QuerySet[Run] | QuerySet[Subject]) -> int:
    """How many rows there are, but never more than `MOST_COUNTED` + 1: more is as good as that to a reader."""
    return rows.order_by()[: MOST_COUNTED + 1].count()
