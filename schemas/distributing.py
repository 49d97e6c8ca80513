"""Orders to attach or detach a shared block in bulk: starting, pausing, resuming, cancelling, trying the refused again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_ui.waking import wake
from schemas.models import Distribution, Share, SharedBlock, Version
from subjects.wanted import Wanted

DISTRIBUTE = "schemas.tasks.distribute"
State = Distribution.State


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is meant: named subjects, all on a version, or else those that a list shows."""

    wanted: Wanted = field(default_factory=Wanted)
    version: Version | None = None
    subject_pks: Sequence[UUID] | None = None
    unknown: int = 0
    """How many further ids were named that no subject has."""


@transaction.atomic
def start(shared: SharedBlock, whom: Whom, *, by: User, detach: bool = False, rate: int | None = None) -> Distribution:
    """Attach a shared block to many subjects, or take it off them, in the background. `rate`: subjects a second at most."""
    distribution = Distribution.objects.create(
        shared_block=shared,
        detach=detach,
        filters=whom.wanted.as_json(),
        version=whom.version,
        subject_pks=list(whom.subject_pks) if whom.subject_pks is not None else None,
        unknown_count=whom.unknown,
        rate=rate,
        created_by=by,
    )
    record(
        Action.STARTED_DISTRIBUTION,
        by=by,
        detail={"shared_block": shared.pk, "distribution": distribution.pk, "detach": detach},
    )
    wake(DISTRIBUTE, str(distribution.pk))
    return distribution


def pause(distribution: Distribution, by: User) -> bool:
    """Stop before the next subject. Returns whether it was under way."""
    return _move(distribution, (State.RUNNING,), State.PAUSED, by, Action.STOPPED_DISTRIBUTION)


def resume(distribution: Distribution, by: User, rate: int | None = None) -> bool:
    """Go on where it was paused, from now on at `rate`. Returns whether it was paused."""
    Distribution.objects.filter(pk=distribution.pk, state=State.PAUSED).update(rate=rate)
    return _move(distribution, (State.PAUSED,), State.RUNNING, by, Action.STARTED_DISTRIBUTION)


def cancel(distribution: Distribution, by: User) -> bool:
    """Stop for good; what was done stays done. Returns whether there was something to stop."""
    return _move(distribution, Distribution.OPEN, State.CANCELLED, by, Action.STOPPED_DISTRIBUTION)


@transaction.atomic
def retry(distribution: Distribution, by: User) -> int:
    """Try those again that were not done; returns how many."""
    if not Distribution.objects.select_for_update().filter(pk=distribution.pk, state=State.DONE).exists():
        return 0
    again = distribution.shares.filter(state=Share.State.REFUSED).update(state=Share.State.WAITING, reason="")
    if again:
        Distribution.objects.filter(pk=distribution.pk).update(refused=F("refused") - again)
        _move(distribution, (State.DONE,), State.RUNNING, by, Action.STARTED_DISTRIBUTION)
    return again


@transaction.atomic
def _move(distribution: Distribution, before: Sequence[str], state: Distribution.State, by: User, action: Action) -> bool:
    now = timezone.now()
    over = state in (State.CANCELLED, State.DONE)
    moved = Distribution.objects.filter(pk=distribution.pk, state__in=before).update(
        state=state, wake_at=now if state == State.RUNNING else None, ended_at=now if over else None, tries=0, trouble=""
    )
    if moved:
        record(
            action,
            by=by,
            detail={"shared_block": distribution.shared_block_id, "distribution": distribution.pk, "to": state},
        )
        if state == State.RUNNING:
            wake(DISTRIBUTE, str(distribution.pk))
    return bool(moved)
