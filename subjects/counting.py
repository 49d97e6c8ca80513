"""Counting ended runs by the hour, ahead of anybody asking: an overview must not read a million runs."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.db.models.functions import Left, TruncHour
from django.utils import timezone

from memory_ui.locks import exclusively
from subjects.models import REASON, Run, RunHour

KEPT = timedelta(days=60)


def count_runs() -> None:
    """Bring the counts up to date: the present hour, the one before, and any hour that nobody counted."""
    with exclusively("count runs") as mine:
        if mine:
            _count(since=_first_hour_to_count(timezone.now()))


def take_out(run: Run) -> None:
    """Take a run out of the counts that is learned once more: what ended long ago is counted anew only once an hour."""
    if run.ended_at is None:
        return
    hour = run.ended_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    same = RunHour.objects.filter(hour=hour, state=run.state, reason=run.failure[:REASON])
    same.update(runs=F("runs") - 1, seconds=F("seconds") - (run.ended_at - run.created_at).total_seconds())
    same.filter(runs__lte=0).delete()


def _first_hour_to_count(now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    if now.minute == 0:
        return hour - KEPT  # once an hour all of it: sync brings runs that ended long ago
    counted = RunHour.objects.aggregate(last=Max("hour"))["last"]
    return max(counted - timedelta(hours=1), hour - KEPT) if counted else hour - KEPT


@transaction.atomic
def _count(since: datetime) -> None:
    counted = (
        Run.objects.filter(ended_at__gte=since)
        .annotate(hour=TruncHour("ended_at", tzinfo=timezone.get_default_timezone()), reason=Left("failure", REASON))
        .values("hour", "state", "reason")
        .annotate(runs=Count("pk"), time=Sum(F("ended_at") - F("created_at")))
        .order_by()
    )
    rows = [
        RunHour(
            hour=row["hour"], state=row["state"], reason=row["reason"], runs=row["runs"], seconds=row["time"].total_seconds()
        )
        for row in counted
    ]
    RunHour.objects.filter(hour__gte=since).delete()
    RunHour.objects.bulk_create(rows)
    RunHour.objects.filter(hour__lt=since - KEPT).delete()
