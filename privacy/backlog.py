"""What waits at the privacy desk: requests being carried out, lists being filed, the look for orphans and their removal."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from memory_ui.backlog import NO_SWEEP, OVERDUE, Backlog, oldest, up_to_most
from privacy.models import Batch, Orphan, Request, Scan

MANY_TRIES = 3
"""So often in a row the work broke off unexpectedly."""
State = Request.State


def backlog() -> Iterator[Backlog]:
    """For the page about background work: opaque ids only. Each count on an index of what is open."""
    overdue = Q(wake_at__lt=timezone.now() - OVERDUE)
    working = Request.objects.filter(state=State.WORKING)
    stuck = working.filter(overdue | Q(tries__gte=MANY_TRIES))
    yield Backlog(
        "Privacy requests being carried out",
        waiting=up_to_most(Request.objects.filter(state=State.APPROVED)),
        working=up_to_most(working),
        stuck=up_to_most(stuck),
        advice="Open one: it says where it stands. Each goes on at the step where it was, and nothing is erased twice.",
        address=reverse("request-list"),
        oldest=oldest(stuck, "begun_at", "request-detail"),
    )
    batches = Batch.objects.filter(wake_at__isnull=False)
    late_batches = batches.filter(overdue)
    yield Backlog(
        "Lists of requests being filed",
        waiting=0,
        working=up_to_most(batches),
        stuck=up_to_most(late_batches),
        advice=NO_SWEEP,
        oldest=oldest(late_batches, "wake_at", "batch-detail"),
    )
    scans = Scan.objects.filter(ended_at=None, wake_at__isnull=False)
    late_scans = scans.filter(overdue)
    yield Backlog(
        "Looks for orphans in Letta, and their removal",
        waiting=up_to_most(Orphan.objects.filter(state=Orphan.State.REMOVING)),
        working=up_to_most(scans),
        stuck=up_to_most(late_scans),
        advice=NO_SWEEP,
        address=reverse("orphan-list"),
        oldest=oldest(late_scans, "wake_at"),
    )
