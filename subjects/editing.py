"""Correcting what is remembered: edit, add and remove blocks, never overwriting anything unseen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from memory_sdk import Block as Seen
from memory_sdk import LettaError, NewBlock
from memory_sdk.names import checked_label, checked_limit, checked_text
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from subjects.frozen import refuse_frozen
from subjects.giving import give
from subjects.learning import ADVANCE
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Subject
from subjects.recorded import record_revisions
from subjects.snapshots import mirror

PATIENCE = 3.0  # seconds; a worker holds a subject only for the moments in which it talks to Letta

CHANGED_SINCE = 412
"""HTTP's answer to a conditional write that came too late. The engine gives it; Letta's own server knows no conditions."""

TAKEN = "There is a block with this label already."


class BadEdit(ValueError):
    """The edit cannot be made as asked; nothing was changed. `field`: what to put right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Changed(Exception):
    """The block is not what the edit started from: `current` is its latest revision, `base` the one started from."""

    def __init__(self, base: Revision, current: Revision) -> None:
        super().__init__("The block changed in the meantime.")
        self.base = base
        self.current = current


class Gone(Exception):
    """The block was taken off its subject; nothing was changed."""


class Busy(Exception):
    """A worker is talking to Letta about this subject; nothing was changed. Trying again in a moment helps."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a block should be from now on. `limit` is in characters."""

    value: str
    description: str
    limit: int


def edit_block(
    block: Block,
    correction: Correction,
    *,
    base: int,
    reason: str,
    by: User,
    source: Revision.Source = Revision.Source.EDIT,
) -> Revision | None:
    """Write `correction` to Letta and record it. `base`: the number of the revision that the person started from.

    Returns the new revision; None when nothing would change.

    Raises:
        BadEdit: over the limit, or nothing Letta would take.
        Changed: the block changed meanwhile, here or in Letta; what Letta has now is recorded, nothing overwritten.
        Gone: it was taken off meanwhile. Where others share it, Letta would have taken the edit.
        Busy: the subject is being worked on.
        Frozen: a privacy request keeps the subject as it is.
        LettaError: Letta refused or did not answer. After a time-out the edit may have arrived: it is then recognised,
            with its reason, when the block is next looked at.
    """
    check(correction)
    with alone(block.subject):
        if Block.objects.filter(pk=block.pk, removed_at__isnull=False).exists():
            raise Gone
        current, there = _look(block)
        if current.number != base:
            raise Changed(base=block.revisions.get(number=base), current=current)
        if (current.value, current.description, current.limit) == (
            correction.value,
            correction.description,
            correction.limit,
        ):
            return None
        Edit.objects.update_or_create(
            block=block,
            defaults={
                "value": correction.value,
                "description": correction.description,
                "limit": correction.limit,
                "source": source,
                "editor": by,
                "reason": reason,
                "created_at": timezone.now(),
            },
        )
        assert block.block_id is not None
        try:
            seen = agents().update_block(
                block.block_id,
                value=correction.value,
                description=correction.description,
                limit=correction.limit,
                unless_changed=there,
            )
        except LettaError as error:
            if error.permanent:
                Edit.objects.filter(block=block).delete()
            else:
                look_soon(block.subject)
            if error.status == CHANGED_SINCE:
                raise Changed(base=current, current=_look(block)[0]) from None
            raise
        asked = replace(seen, value=correction.value, description=correction.description, limit=correction.limit)
        with transaction.atomic():
            mirror(block.subject, [asked], Revision.Source.OUTSIDE)
            edited = _latest(block)
            if seen != asked:  # an agent went on from it before Letta answered
                mirror(block.subject, [seen], Revision.Source.OUTSIDE)
    return edited


def add_block(subject: Subject, new: NewBlock, *, reason: str, by: User) -> Block:
    """Give the subject one more block.

    After a call without an answer the block may be there or half there: the same call again finishes it, once. A half
    that nobody finishes is taken away (`giving.delete_left_over`).

    Raises:
        BadEdit: the label is taken or refused, or the starting value is over its limit.
        Busy, LettaError: as for `edit_block`.
    """
    try:
        checked_label(new.label)
    except ValueError as error:
        raise BadEdit("label", str(error)) from error
    check(Correction(new.value, new.description, new.limit))
    assert subject.agent_id is not None
    with alone(subject):
        known = subject.blocks.filter(label=new.label, removed_at=None).first()
        if known is not None and not _is_unclaimed(known, new):
            raise BadEdit("label", TAKEN)
        try:
            seen = give(subject, subject.agent_id, new)
        except LettaError as error:
            if error.status == 409:
                look_soon(subject)  # another program has just added it: here it is shown within a minute
                raise BadEdit("label", f"{TAKEN} Another program has added it in Letta.") from error
            if not error.permanent:
                look_soon(subject)
            raise
        with transaction.atomic():
            mirror(subject, [seen], Revision.Source.EDIT, by=by)
            block = subject.blocks.get(label=new.label, removed_at=None)
            first = Revision.objects.filter(block=block, number=1)
            first.update(source=Revision.Source.EDIT, editor=by, reason=reason)
    return block


def _is_unclaimed(block: Block, new: NewBlock) -> bool:
    """Whether the block is `new`, which was added without an answer before, and was found in Letta since."""
    if (block.value, block.description, block.limit) != (new.value, new.description, new.limit):
        return False
    return not block.revisions.exclude(number=1, source=Revision.Source.EDIT, editor=None, reason="").exists()


def remove_block(block: Block, *, base: int, reason: str, by: User) -> None:
    """Take a block off the subject; a block that other agents share stays with them. Its revisions stay here.

    Raises what `edit_block` raises, but BadEdit.
    """
    assert block.subject.agent_id is not None
    with alone(block.subject):
        current, _ = _look(block)
        if current.number != base:
            raise Changed(base=block.revisions.get(number=base), current=current)
        assert block.block_id is not None
        try:
            agents().remove_block(block.subject.agent_id, block.block_id)
        except LettaError as error:
            if not error.permanent:
                look_soon(block.subject)
            raise
        with transaction.atomic():
            Subject.objects.select_for_update().get(pk=block.subject_id)
            last = block.revisions.aggregate(last=Max("number"))["last"] or 0
            removal = Revision.objects.create(
                block=block,
                number=last + 1,
                value="",
                description=block.description,
                limit=block.limit,
                source=Revision.Source.REMOVED,
                editor=by,
                reason=reason,
            )
            record_revisions([removal])
            Block.objects.filter(pk=block.pk).update(removed_at=timezone.now())


def look_soon(subject: Subject) -> None:
    """Have sync look within a minute at what Letta has: it did not say whether it took a change."""
    # Without a time of activity the blocks are read, whatever the log says. A frozen subject is left alone.
    Subject.objects.filter(pk=subject.pk, frozen_at=None).update(look_at=timezone.now(), activity_at=None)


def check(correction: Correction) -> None:
    """Whether `correction` can be made at all, before anything is sent.

    Raises:
        BadEdit: the value is over the limit (the sentence has both numbers), or Letta could not hold it.
    """
    try:
        checked_limit(correction.limit, "The limit")
    except ValueError as error:
        raise BadEdit("limit", str(error)) from error
    for field in ("value", "description"):
        try:
            checked_text(getattr(correction, field), f"The {field}")
        except ValueError as error:
            raise BadEdit(field, str(error)) from error
    if len(correction.value) > correction.limit:
        over = len(correction.value) - correction.limit
        raise BadEdit(
            "value",
            f"{len(correction.value):,} characters are {over:,} more than the limit of {correction.limit:,}.",
        )


def _look(block: Block) -> tuple[Revision, Seen]:
    """What Letta has now, recorded: the block's latest revision, and the block as Letta showed it."""
    assert block.block_id is not None
    there = agents().get_block(block.block_id)
    mirror(block.subject, [there], Revision.Source.OUTSIDE)
    block.refresh_from_db()
    return _latest(block), there


def _wake_who_met_our_lock(subject: Subject) -> None:
    if Subject.objects.filter(pk=subject.pk, wake_at__lte=timezone.now()).exists():
        wake(ADVANCE, str(subject.pk))


def _latest(block: Block) -> Revision:
    return block.revisions.order_by("-number")[0]


@contextmanager
def alone(subject: Subject) -> Iterator[None]:
    """The subject for us alone, not frozen; workers hold it for moments. Raises Busy, Frozen."""
    limit = time.monotonic() + PATIENCE
    while True:
        mine = False
        try:
            with exclusively(f"subject:{subject.pk}") as mine:
                if mine:
                    refuse_frozen(subject)
                    yield
                    return
        finally:
            if mine:
                _wake_who_met_our_lock(subject)
        if time.monotonic() > limit:
            raise Busy
        time.sleep(0.05)
