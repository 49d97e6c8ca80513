"""What stands still is found here: runs whose wake-up call was lost, and runs whose worker was killed."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from engine.models import TERMINAL, Run
from engine.runs.claiming import locked
from engine.runs.waking import wake

ABANDONED = timedelta(seconds=3)
"""A running run that was not touched for so long, and whose agent no worker holds, lost its worker."""
FORGOTTEN = timedelta(seconds=5)
"""A waiting run, first in its agent's queue, that nobody took up for so long. With long queues a wake-up call that is
only late is repeated at most this often."""
BATCH = 200
"""Runs of each kind in one sweep, those that wait longest first."""


def sweep() -> int:
    """Wake a worker for every agent whose first run stands still; returns the number of calls."""
    agents = dict.fromkeys(_standing_still("running", ABANDONED) + _standing_still("created", FORGOTTEN))
    for agent_id in agents:
        wake(agent_id)
    return len(agents)


def _standing_still(status: str, period: timedelta) -> list[str]:
    now = timezone.now()
    before = Run.objects.filter(agent=OuterRef("agent"), position__lt=OuterRef("position")).exclude(status__in=TERMINAL)
    runs = list(
        Run.objects.exclude(status__in=TERMINAL)  # as the partial index says it
        .filter(~Exists(before), status=status, updated_at__lt=now - period)
        .order_by("updated_at")
        .values_list("pk", "agent_id")[:BATCH]
    )
    at_work = locked(agent_id for _, agent_id in runs) if runs else set()
    # Each goes to the end of the line, so that a batch never hides the rest.
    Run.objects.filter(pk__in=[pk for pk, _ in runs], status=status).update(updated_at=now)
    return [agent_id for _, agent_id in runs if agent_id not in at_work]
