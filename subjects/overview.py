"""What the overview says: how learning went, what fails and why, what stands still. Read from counts, not from runs."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from memory_ui.backlog import MOST_COUNTED
from memory_ui.filters import in_address
from memory_ui.models import Pulse
from memory_ui.prepared import prepared
from subjects import reasons
from subjects.bars import OUTCOMES, Bar, Count, Period, bars_of
from subjects.models import Run, RunHour, Subject
from subjects.run_listing import OPEN, STANDING_STILL, STUCK, WantedRuns, standing_since

RECENT = 500
"""runs of the period from which the usual delay is read"""
FIRST_REASONS, MOST_REASONS = 8, 50
NAMED = 5
"""runs that stand still which are named"""
COUNTING = "subjects.tasks.count_runs"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of runs, and the page that lists them."""

    name: str
    """The outcome, or the reason in words."""
    runs: int
    address: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """How learning went in a period."""

    period: Period
    since: datetime
    until: datetime
    """The end of the last bar, which is not over."""
    bars: list[Bar]
    outcomes: list[Figure]
    reasons: list[Figure]
    """The most frequent ones, at most `MOST_REASONS`."""
    further_reasons: bool
    mean_seconds: float | None
    """From being given to its end; of the runs that were learned in the period."""
    usual_seconds: float | None
    slow_seconds: float | None
    """Median and 95th percentile of the last `RECENT` of these."""
    subjects_learned: int
    waiting: int
    stuck: list[Run]
    stuck_count: int
    counting: Pulse | None
    """When the runs were last counted, and whether that went well."""

    @property
    def first_reasons(self) -> list[Figure]:
        """Those that are shown at once."""
        return self.reasons[:FIRST_REASONS]

    @property
    def more_reasons(self) -> list[Figure]:
        """Those that are shown when asked for."""
        return self.reasons[FIRST_REASONS:]

    @property
    def tallest(self) -> int:
        """The number of runs that the tallest bar stands for."""
        return max(bar.total for bar in self.bars)

    @property
    def slowest(self) -> float | None:
        """The mean delay, in seconds, that the highest bar of delays stands for; None: nothing was learned."""
        return max((bar.mean_seconds for bar in self.bars if bar.mean_seconds is not None), default=None)

    @property
    def subjects_address(self) -> str:
        """Of the list of the subjects that were learned about."""
        return f"{reverse('subject-list')}?since={in_address(self.since)}"

    @property
    def open_address(self) -> str:
        """Of the list of runs that have not ended."""
        return WantedRuns(state=OPEN).address

    @property
    def stuck_address(self) -> str:
        """Of the list of runs that stand still."""
        return WantedRuns(state=STUCK).address

    @property
    def digest(self) -> str:
        """Changes with whatever is shown, but for when it was counted."""
        shown = (
            self.since, [(bar.runs, bar.mean_seconds) for bar in self.bars], self.reasons, self.further_reasons,
            self.usual_seconds, self.slow_seconds, self.subjects_learned, self.waiting,
            [(run.pk, run.state) for run in self.stuck], self.stuck_count,
        )  # fmt: skip
        return f"{zlib.crc32(repr(shown).encode()):08x}"

    @property
    def seen(self) -> str:
        """Changes with whatever is shown."""
        counting = self.counting
        return f"{self.digest}-{counting.ended_at:%d%H%M%S}{counting.failed:d}" if counting else self.digest


def overview(period: Period, now: datetime | None = None) -> Overview:
    """The overview of `period` in the reader's time zone. Eight queries, none over the runs of the whole period."""
    now = now or timezone.now()
    bounds = period.bounds(now)
    since, until = bounds[0], bounds[-1]
    bars = bars_of(period, bounds, _counted(since, until))
    failed = _failed(since, until)
    learned = sum(bar.runs[Run.State.COMPLETED] for bar in bars)
    usual, slow = _delays(since, until)
    return Overview(
        period=period,
        since=since,
        until=until,
        bars=bars,
        outcomes=[
            Figure(
                state.label,
                sum(bar.runs[state] for bar in bars),
                WantedRuns(state=state.value, ended_since=since, ended_until=until).address,
                state.value,
            )
            for state in OUTCOMES
        ],
        reasons=[_reason(reason, runs, since, until) for reason, runs in failed[:MOST_REASONS]],
        further_reasons=len(failed) > MOST_REASONS,
        mean_seconds=sum(bar.seconds for bar in bars) / learned if learned else None,
        usual_seconds=usual,
        slow_seconds=slow,
        subjects_learned=_learned.count(since),
        waiting=_waiting.count(),
        stuck=_stuck_longest(now - STANDING_STILL),
        stuck_count=_stuck.count(now - STANDING_STILL),
        counting=_counting.first(),
    )


@prepared.planned_anew
def _counted(since: datetime, until: datetime) -> QuerySet[RunHour, Count]:
    counts = _hours(since, until).values_list("hour", "state").annotate(Sum("runs"), Sum("seconds"))
    return counts.order_by()


@prepared.planned_anew
def _failed(since: datetime, until: datetime) -> QuerySet[RunHour, tuple[str, int]]:
    counts = _hours(since, until).filter(state=Run.State.FAILED).values_list("reason").annotate(total=Sum("runs"))
    return counts.order_by("-total", "reason")[: MOST_REASONS + 1]


def _hours(since: datetime, until: datetime) -> QuerySet[RunHour]:
    return RunHour.objects.filter(hour__gte=since, hour__lt=until)


@prepared.planned_anew
def _learned(since: datetime) -> QuerySet[Subject]:
    return Subject.objects.filter(last_learned_at__gte=since).only("pk")[: MOST_COUNTED + 1]


@prepared
def _waiting() -> QuerySet[Run]:
    return Run.objects.filter(state__in=Run.OPEN).only("pk")[: MOST_COUNTED + 1]


@prepared.planned_anew
def _stuck(before: datetime) -> QuerySet[Run]:
    return standing_since(before).only("pk")[: MOST_COUNTED + 1]


@prepared.planned_anew
def _stuck_longest(before: datetime) -> QuerySet[Run]:
    shown = standing_since(before).select_related("subject").only("state", "created_at", "subject__subject_id")
    return shown.order_by("created_at", "id")[:NAMED]


@prepared
def _counting() -> QuerySet[Pulse]:
    return Pulse.objects.filter(pk=COUNTING)


def last_learned() -> datetime | None:
    """When a run was last learned. It says nothing of sync, which may fail for days meanwhile."""
    learned = Run.objects.filter(ended_at__isnull=False, state=Run.State.COMPLETED).order_by("-ended_at")
    return learned.values_list("ended_at", flat=True).first()


def _reason(reason: str, runs: int, since: datetime, until: datetime) -> Figure:
    wanted = WantedRuns(state=Run.State.FAILED.value, reason=reasons.digest_of(reason), ended_since=since, ended_until=until)
    return Figure(reasons.in_words(reason), runs, wanted.address)


def _delays(since: datetime, until: datetime) -> tuple[float | None, float | None]:
    delays = sorted([delay.total_seconds() for delay in _last_delays(since, until)])
    if not delays:
        return None, None
    return delays[len(delays) // 2], delays[min(len(delays) - 1, len(delays) * 95 // 100)]


@prepared.planned_anew
def _last_delays(since: datetime, until: datetime) -> QuerySet[Run, timedelta]:
    rows = Run.objects.filter(ended_at__gte=since, ended_at__lt=until, state=Run.State.COMPLETED).order_by("-ended_at")
    return rows.annotate(delay=F("ended_at") - F("created_at")).values_list("delay", flat=True)[:RECENT]
