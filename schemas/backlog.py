"""What waits in the work on templates: rollouts, shared blocks, subjects that are to be given what they lack."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from memory_ui.backlog import NO_SWEEP, OVERDUE, Backlog, oldest, up_to_most
from schemas import previewing
from schemas.models import Distribution, Rollout, SharedBlock, Standing
from schemas.rolling_out import MOST_AT_ONCE

MANY_TRIES = 5
"""So often in a row nobody is unlucky."""


def backlog() -> Iterator[Backlog]:
    """For the page about background work. Each count on an index of what is open."""
    now = timezone.now()
    yield _counted(now)
    yield _rolled_out(now)
    yield _distributed(now)
    yield _shared(now)
    yield _joining(now)


def _counted(now: datetime) -> Backlog:
    rows = Rollout.objects.filter(state=Rollout.State.COUNTING)
    stuck = rows.filter(pk__in=previewing.due(), created_at__lt=now - OVERDUE).select_related("version__template")
    return Backlog(
        "Rollouts being counted",
        waiting=0,
        working=up_to_most(rows),
        stuck=up_to_most(stuck),
        advice=NO_SWEEP,
        address=reverse("rollout-list"),
        oldest=oldest(stuck, "created_at", "rollout-detail", _name),
    )


def _rolled_out(now: datetime) -> Backlog:
    rows = Rollout.objects.filter(state=Rollout.State.RUNNING).order_by("started_at", "pk")
    under_way = list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
    # The pace is noted after every few subjects.
    stuck = rows.filter(pk__in=under_way, pace_at__lt=now - OVERDUE).select_related("version__template")
    return Backlog(
        "Rollouts under way",
        waiting=max(up_to_most(rows) - len(under_way), 0),
        working=len(under_way),
        stuck=up_to_most(stuck),
        advice="Open one: it says what it waits for, and can be paused or cancelled there. What is done stays done.",
        address=reverse("rollout-list"),
        oldest=oldest(stuck, "pace_at", "rollout-detail", _name),
    )


def _distributed(now: datetime) -> Backlog:
    rows = Distribution.objects.filter(state__in=(Distribution.State.CHOOSING, Distribution.State.RUNNING))
    rows = rows.filter(wake_at__isnull=False)
    stuck = rows.filter(Q(wake_at__lt=now - OVERDUE) | Q(tries__gte=MANY_TRIES)).select_related("shared_block")
    return Backlog(
        "Shared blocks being attached or detached",
        waiting=0,
        working=up_to_most(rows),
        stuck=up_to_most(stuck),
        advice="Open one: it says what it waits for, and goes on by itself once that is over.",
        address=reverse("shared-block-list"),
        oldest=oldest(stuck, "created_at", "distribution-detail", lambda row: row.shared_block.label),
    )


def _shared(now: datetime) -> Backlog:
    rows = SharedBlock.objects.filter(wake_at__isnull=False)
    following = rows.filter(following_since__isnull=False)
    stuck = rows.filter(Q(wake_at__lt=now - OVERDUE) | Q(tries__gte=MANY_TRIES))
    return Backlog(
        "Shared blocks whose copies follow a change",
        waiting=0,
        working=up_to_most(following),
        stuck=up_to_most(stuck),
        advice="Each says on its page what Letta answered. They go on by themselves once Letta takes them.",
        address=reverse("shared-block-list"),
        oldest=oldest(stuck, "wake_at", "shared-block-detail", lambda row: row.label),
    )


def _joining(now: datetime) -> Backlog:
    rows = Standing.objects.filter(wake_at__isnull=False)
    # Who is frozen, or has no agent yet, waits for people and for other work.
    free = Q(subject__frozen_at=None, subject__agent_id__isnull=False)
    stuck = rows.filter(Q(wake_at__lt=now - OVERDUE) | (Q(tries__gte=MANY_TRIES) & free))
    return Backlog(
        "Subjects to be given the blocks they lack",
        waiting=up_to_most(rows),
        stuck=up_to_most(stuck),
        advice="Letta did not take the blocks so far. It is tried again every few minutes, and nothing is lost.",
        oldest=oldest(stuck, "since", "subject-detail"),
    )


def _name(rollout: Rollout) -> str:
    back = "back from " if rollout.undoes_id else ""
    return f"{back}{rollout.version.template.name}, version {rollout.version.number}"
