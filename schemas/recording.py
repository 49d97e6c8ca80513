"""What a rollout did to a subject, written down in one transaction: revisions, standing, result and the count of it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import Block as Seen
from schemas.models import Rollout, RolloutItem, Standing
from schemas.planning import Change
from schemas.undoing import Before
from subjects.models import Block, Edit, Revision, Subject
from subjects.snapshots import mirror

RESULTS = (
    RolloutItem.State.CHANGED,
    RolloutItem.State.SAME,
    RolloutItem.State.SKIPPED,
    RolloutItem.State.FAILED,
)


class Overtaken(Exception):
    """Somebody else has taken the item up since, or its subject is gone: nothing was written down.

    A worker that lost its database connection in the middle has lost its lane's lock too, and may not know it yet.
    """


@dataclass(slots=True)
class Done:
    """What became of one subject."""

    state: RolloutItem.State
    reason: str
    editor: User | None = None
    before: Before | None = None
    back: bool = False
    """Whether it was the way back."""
    note: str = ""
    kinds: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    """What Letta answered to `changes`, in their order."""
    added: list[Seen] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    """Labels that an attempt before added, whose mirror may not know whose they are."""
    removed: list[Block] = field(default_factory=list)
    version: UUID | None = None
    moves: bool = False
    """Whether the subject is on `version` now."""


def record_done(item: RolloutItem, subject: Subject, done: Done, requests: int) -> None:
    """Write down the result of an item. The subject is on the version from this moment on, or not at all.

    Raises Overtaken.
    """
    with transaction.atomic():
        record_seen(subject, done)
        before = done.before
        moved = _stand(subject, done.version) if done.moves else False
        if before is not None and not (before.has_anything or moved):
            before = None
        if before is not None:
            record(
                Action.ROLLED_BACK if done.back else Action.ROLLED_OUT,
                by=done.editor,
                subject=subject.pk,
                detail={"rollout": item.rollout_id, "blocks": len(before.blocks) + len(before.added) + len(before.removed)},
            )
        _write(
            item,
            state=done.state,
            note=done.note,
            before=before.as_json() if before else item.before,
            kinds=done.kinds or item.kinds,
            requests=F("requests") + requests,
            lane=None,
            not_before=None,
            ended_at=timezone.now(),
        )
        # Last: all lanes of a rollout meet at this row.
        Rollout.objects.filter(pk=item.rollout_id).update(
            **{str(done.state): F(str(done.state)) + 1}, requests=F("requests") + requests
        )


def _write(item: RolloutItem, **fields: Any) -> None:
    # `tries` is the token: whoever takes an item up, counts it.
    mine = RolloutItem.objects.filter(pk=item.pk, state=RolloutItem.State.WORKING, tries=item.tries)
    if not mine.update(**fields):
        raise Overtaken


@transaction.atomic
def record_seen(subject: Subject, done: Done) -> None:
    """Bring the mirror in line with what Letta answered; every changed block gets its revision."""
    if done.seen:
        _record_changes(subject, done)
    if done.added:
        mirror(subject, done.added, Revision.Source.TEMPLATE)
    labels = [seen.label for seen in done.added] + done.adopted
    if labels:
        # Sync may have been quicker, and could not know whose they were.
        first = Revision.objects.filter(block__subject=subject, block__label__in=labels, block__removed_at=None)
        if done.before is not None:
            first = first.filter(block__block_id__in=[one for one in done.before.added.values() if one])
        first.filter(number=1, source__in=(Revision.Source.OUTSIDE, Revision.Source.TEMPLATE)).update(
            source=Revision.Source.TEMPLATE, editor=done.editor, reason=done.reason
        )
    for block in done.removed:
        _record_removal(block, done)


def _record_changes(subject: Subject, done: Done) -> None:
    answered = list(zip(done.changes, done.seen, strict=False))
    mine = Block.objects.in_bulk([change.block.pk for change, _ in answered])
    only_marked = []
    for change, seen in answered:
        block = mine[change.block.pk]
        if change.value is None and seen.value != block.value:
            # Somebody else changed the value since we last looked. That is their revision; ours follows it.
            theirs = replace(seen, description=block.description, limit=block.limit, read_only=block.read_only)
            mirror(subject, [theirs], Revision.Source.OUTSIDE)
            Edit.objects.filter(block=block).update(value=seen.value)
            block.value = seen.value
        said = (block.value, block.description, block.limit)
        if block.read_only != seen.read_only and said == (seen.value, seen.description, seen.limit):
            only_marked.append(block)
    mirror(subject, [seen for _, seen in answered], Revision.Source.TEMPLATE)
    for block in only_marked:
        _revise(block, Revision.Source.TEMPLATE, done.editor, done.reason, value=block.value)
    Edit.objects.filter(block__in=mine, source=Revision.Source.TEMPLATE).delete()


def _revise(block: Block, source: Revision.Source, editor: User | None, reason: str, value: str) -> None:
    last = block.revisions.aggregate(last=Max("number"))["last"] or 0
    Revision.objects.create(
        block=block,
        number=last + 1,
        value=value,
        description=block.description,
        limit=block.limit,
        source=source,
        editor=editor,
        reason=reason,
    )


def _record_removal(block: Block, done: Done) -> None:
    Subject.objects.select_for_update().get(pk=block.subject_id)
    if Block.objects.filter(pk=block.pk, removed_at=None).update(removed_at=timezone.now()):
        _revise(block, Revision.Source.REMOVED, done.editor, done.reason, value="")


def _stand(subject: Subject, version: UUID | None) -> bool:
    """Put the subject on `version`; returns whether it was anywhere else."""
    if version is None:
        return Standing.objects.filter(subject=subject).delete()[0] > 0
    standing = Standing.objects.filter(subject=subject).first()
    if standing is None:
        Standing.objects.create(subject=subject, version_id=version)
        return True
    if standing.version_id == version and standing.wake_at is None:
        return False
    moved = standing.version_id != version
    standing.since = timezone.now() if moved else standing.since
    standing.version_id, standing.wake_at, standing.tries = version, None, 0
    standing.save(update_fields=["version", "since", "wake_at", "tries"])
    return moved


@transaction.atomic
def record_later(item: RolloutItem, requests: int, *, after: float = 0.0, note: str = "") -> None:
    """Put an item back: nothing is lost, it is tried again, `after` seconds from now at the earliest. Raises Overtaken."""
    _write(
        item,
        state=RolloutItem.State.WAITING,
        lane=None,
        not_before=timezone.now() + timedelta(seconds=after) if after else None,
        note=note,
        requests=F("requests") + requests,
    )
    Rollout.objects.filter(pk=item.rollout_id).update(requests=F("requests") + requests)


@transaction.atomic
def record_failure(item: RolloutItem, note: str, requests: int) -> None:
    """Letta refuses for good, or we made a mistake: a person has to look. Raises Overtaken."""
    _write(
        item,
        state=RolloutItem.State.FAILED,
        lane=None,
        note=note,
        requests=F("requests") + requests,
        ended_at=timezone.now(),
    )
    Rollout.objects.filter(pk=item.rollout_id).update(failed=F("failed") + 1, requests=F("requests") + requests)


def record_end(rollout_pk: UUID) -> None:
    """Every subject has its result. They are counted once more: erased subjects took their items with them."""
    counts = RolloutItem.objects.filter(rollout=rollout_pk).order_by().values_list("state").annotate(n=Count("pk"))
    results = {state.value: 0 for state in RESULTS} | dict(counts)
    now = timezone.now()
    Rollout.objects.filter(pk=rollout_pk, state=Rollout.State.RUNNING).update(
        state=Rollout.State.DONE,
        total=sum(results.values()),
        ended_at=now,
        slowness=0,
        pause_until=None,
        trouble="",
        **{state: number for state, number in results.items() if state in RESULTS},
    )
