"""What people do with a rollout: have it counted, begin, pause, go on, cancel, try the failed ones again, take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from schemas import previewing
from schemas.models import Rollout, RolloutItem, Version
from schemas.planning import Asked
from schemas.rolling_out import wake_lanes
from schemas.selecting import MOST_IDS, find
from subjects.estimates import estimated_subjects
from subjects.wanted import Wanted

SLOWEST_RATE, FASTEST_RATE = 1, 1_000
"""subjects a second"""
KEPT_UNBEGUN = timedelta(days=7)
"""After which a rollout that was counted and never begun is forgotten."""


class CannotRollOut(ValueError):
    """It cannot be done as asked; nothing was sent. `field`: what to put right, empty when it is no field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom: `ids`, or, where there are none given (None), who passes the filters. `percent` of them."""

    wanted: Wanted = field(default_factory=Wanted)
    ids: Sequence[str] | None = None
    percent: float = 100.0


def count(version: Version, selection: Selection, asked: Asked, by: User | None) -> Rollout:
    """Have counted what a rollout of `version` would do. Nothing is sent before it is begun.

    Raises:
        CannotRollOut: a draft, an archived template, no subjects at all, too many ids, or a percentage out of range.
    """
    _check_version(version)
    if not 0 < selection.percent <= 100:
        raise CannotRollOut("percent", "Give a percentage above 0 and up to 100, for example 10.")
    rollout = Rollout(
        version=version,
        percent=selection.percent,
        add_missing=asked.missing,
        update_described=asked.described,
        extras=Rollout.Extras.DETACH if asked.extras else Rollout.Extras.LEAVE,
        values=asked.values,
        created_by=by,
    )
    if selection.ids is None:
        rollout.filters = selection.wanted.as_json()
        rollout.expected = 0 if selection.wanted.is_filtered else estimated_subjects()
    else:
        _name(rollout, selection.ids)
    with transaction.atomic():
        rollout.save(force_insert=True)
        wake(previewing.COUNT, str(rollout.pk))
    return rollout


def _check_version(version: Version) -> None:
    if version.is_draft:
        raise CannotRollOut("version", "This is a draft. Publish it first: what is rolled out must not change any more.")
    if version.template.archived_at is not None:
        raise CannotRollOut("version", "This template is archived; take it out of the archive first.")


def _name(rollout: Rollout, ids: Sequence[str]) -> None:
    if not ids:
        raise CannotRollOut("ids", "Give the ids of subjects, one a line.")
    if len(ids) > MOST_IDS:
        raise CannotRollOut("ids", f"{len(ids):,} ids are more than {MOST_IDS:,}; choose so many by a filter.")
    named = find(ids)
    if not named.pks:
        raise CannotRollOut("ids", f"There is no subject with {'this id' if len(ids) == 1 else 'any of these ids'}.")
    rollout.subject_pks, rollout.expected = named.pks, len(named.pks)
    rollout.unknown_ids, rollout.unknown_count = named.unknown, named.unknown_count


def begin(rollout: Rollout, by: User | None, rate: int | None = None) -> None:
    """Begin with what was counted. `rate`: subjects a second at most.

    Raises:
        CannotRollOut: there is nobody, it was begun before, the template was archived meanwhile, the rate is out of range,
            or another rollout has some of these subjects.
    """
    _check_rate(rate)
    with exclusively("rollouts begin") as mine, transaction.atomic():
        if not mine:
            raise CannotRollOut("", "Another rollout is being begun at this moment. Try again.")
        now = timezone.now()
        rows = Rollout.objects.filter(pk=rollout.pk, state=Rollout.State.READY)
        begun = rows.update(state=Rollout.State.RUNNING, started_at=now, started_by=by, rate=rate, pace_at=now)
        if not begun:
            raise CannotRollOut("", "It was begun before, or is not counted yet.")
        _check_free(rollout)
        _record(Action.STARTED_ROLLOUT, rollout, by)
        wake_lanes(rollout.pk)


def _check_free(rollout: Rollout) -> None:
    if rollout.undoes_id is None:
        _check_version(rollout.version)
    items = rollout.items.filter(state__in=(*RolloutItem.UNDONE, RolloutItem.State.FAILED))
    if not items.exists():
        raise CannotRollOut("", "There is no subject that anything could be done for.")
    for other in Rollout.objects.filter(state__in=Rollout.OPEN).exclude(pk=rollout.pk):
        theirs = other.items.filter(subject=OuterRef("subject"), state__in=RolloutItem.UNDONE)
        number = items.filter(Exists(theirs)).order_by()[:10_001].count()
        if number:
            shown = f"{number:,}" if number <= 10_000 else "More than 10,000"
            raise CannotRollOut(
                "", f"{shown} of these subjects are in another rollout that is not over. Wait for it, or cancel it first."
            )


def _check_rate(rate: int | None) -> None:
    if rate is not None and not SLOWEST_RATE <= rate <= FASTEST_RATE:
        raise CannotRollOut("rate", f"Give a rate from {SLOWEST_RATE} to {FASTEST_RATE:,} subjects a second, or none.")


def set_rate(rollout: Rollout, rate: int | None) -> None:
    """Go at another rate from now on. Raises CannotRollOut."""
    _check_rate(rate)
    Rollout.objects.filter(pk=rollout.pk).update(rate=rate, next_at=None)


def pause(rollout: Rollout, by: User | None) -> bool:
    """Stop after the subjects that are in hand; returns whether it was under way."""
    return _move(rollout, (Rollout.State.RUNNING,), Rollout.State.PAUSED, Action.PAUSED_ROLLOUT, by)


def resume(rollout: Rollout, by: User | None) -> bool:
    """Go on; returns whether it was paused."""
    return _move(rollout, (Rollout.State.PAUSED,), Rollout.State.RUNNING, Action.RESUMED_ROLLOUT, by, pace_at=timezone.now())


def cancel(rollout: Rollout, by: User | None) -> bool:
    """End it for good after the subjects that are in hand; what is done stays done. Returns whether it was open."""
    now = timezone.now()
    return _move(
        rollout, Rollout.OPEN, Rollout.State.CANCELLED, Action.CANCELLED_ROLLOUT, by, ended_at=now, trouble="", slowness=0
    )


def discard(rollout: Rollout) -> bool:
    """Do not begin what was counted; returns whether it was not begun yet."""
    rows = Rollout.objects.filter(pk=rollout.pk, state__in=(Rollout.State.COUNTING, Rollout.State.READY))
    return bool(rows.update(state=Rollout.State.DISCARDED, ended_at=timezone.now()))


def retry_failed(rollout: Rollout, by: User | None) -> int:
    """Try the failed ones again; returns how many. Values are set then whatever has been counted.

    Raises:
        CannotRollOut: it was cancelled, or another rollout has some of the subjects by now.
    """
    with exclusively("rollouts begin") as mine, transaction.atomic():
        if not mine:
            raise CannotRollOut("", "Another rollout is being begun at this moment. Try again.")
        state = Rollout.objects.select_for_update().values_list("state", flat=True).get(pk=rollout.pk)
        if state not in (*Rollout.OPEN, Rollout.State.DONE):
            raise CannotRollOut("", "It is over. Count a new rollout for the subjects that are left.")
        failed = rollout.items.filter(state=RolloutItem.State.FAILED)
        if not failed.exists():
            return 0
        _check_free(rollout)
        number = failed.update(state=RolloutItem.State.WAITING, not_before=None, bases=None, ended_at=None)
        now = timezone.now()
        again = {"state": Rollout.State.RUNNING, "ended_at": None, "pace_at": now} if state == Rollout.State.DONE else {}
        Rollout.objects.filter(pk=rollout.pk).update(failed=F("failed") - number, **again)
        _record(Action.RESUMED_ROLLOUT, rollout, by, retried=number)
        wake_lanes(rollout.pk)
    return number


def roll_back(rollout: Rollout, by: User | None) -> Rollout:
    """Have counted what it takes to bring the subjects back to where they were before `rollout`.

    Raises:
        CannotRollOut: it is under way, it is a way back itself, it changed nobody, or it is being taken back already.
    """
    if rollout.undoes_id is not None:
        raise CannotRollOut("", "This was a way back itself. Roll the version out again instead.")
    if rollout.state not in (Rollout.State.DONE, Rollout.State.CANCELLED):
        raise CannotRollOut("", "It is not over yet. Cancel it first.")
    if not rollout.items.filter(before__isnull=False).exists():
        raise CannotRollOut("", "It changed nobody, so there is nothing to take back.")
    with transaction.atomic():
        Rollout.objects.select_for_update().get(pk=rollout.pk)
        open_ones = rollout.undone_by.exclude(state__in=Rollout.OVER)
        if (back := open_ones.first()) is not None:
            return back
        back = Rollout.objects.create(
            version=rollout.version, undoes=rollout, created_by=by, expected=rollout.changed + rollout.same
        )
        wake(previewing.COUNT, str(back.pk))
    return back


def forget_unbegun() -> None:
    """Forget rollouts that were counted long ago and never begun, a part at a time."""
    old = Rollout.objects.filter(
        state__in=(Rollout.State.READY, Rollout.State.COUNTING, Rollout.State.DISCARDED),
        created_at__lt=timezone.now() - KEPT_UNBEGUN,
    )
    for rollout in old[:5]:
        keys = list(rollout.items.order_by("pk").values_list("pk", flat=True)[:20_000])
        RolloutItem.objects.filter(pk__in=keys).delete()
        if len(keys) < 20_000:
            rollout.delete()


def _move(
    rollout: Rollout,
    before: Sequence[Rollout.State],
    after: Rollout.State,
    action: Action,
    by: User | None,
    **fields: object,
) -> bool:
    with transaction.atomic():
        moved = Rollout.objects.filter(pk=rollout.pk, state__in=before).update(state=after, **fields)
        if moved:
            _record(action, rollout, by)
            wake_lanes(rollout.pk)  # also to put back what a killed worker had in hand
    return bool(moved)


def _record(action: Action, rollout: Rollout, by: User | None, **more: int) -> None:
    back = rollout.undoes_id is not None
    if back and action == Action.STARTED_ROLLOUT:
        action = Action.UNDID_ROLLOUT
    detail: Mapping[str, int | bool | UUID] = {
        "rollout": rollout.pk,
        "template": rollout.version.template_id,
        "version": rollout.version.number or 0,
        "subjects": rollout.total,
        "back": back,
    }
    record(action, by=by, detail={**detail, **more})
