"""Correcting what is remembered: edit, add and remove blocks, never overwriting anything unseen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from memory_sdk import LettaError, NewBlock
from memory_sdk.names import checked_label, checked_limit, checked_text
from memory_ui.locks import exclusively
from subjects.frozen import refuse_frozen
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Subject
from subjects.recorded import record_revisions
from subjects.snapshots import mirror

PATIENCE = 3.0  # seconds; a worker holds a subject only for the moments in which it talks to Letta


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
        Busy: the subject is being worked on.
        Frozen: a privacy request keeps the subject as it is.
        LettaError: Letta refused or did not answer. After a time-out the edit may have arrived: it is then recognised,
            with its reason, when the block is next looked at.
    """
    check(correction)
    with alone(block.subject):
        current = _look(block)
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
            )
        except LettaError as error:
            if error.permanent:
                Edit.objects.filter(block=block).delete()
            else:
                look_soon(block.subject)
            raise
        mirror(block.subject, [seen], Revision.Source.OUTSIDE)
    return _latest(block)


def add_block(subject: Subject, new: NewBlock, *, reason: str, by: User) -> Block:
    """Give the subject one more block.

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
        if subject.blocks.filter(label=new.label, removed_at=None).exists():
            raise BadEdit("label", TAKEN)
        try:
            seen = agents().add_block(subject.agent_id, new)
        except LettaError as error:
            if error.status == 409:
                look_soon(subject)  # another program has just added it: here it is shown within a minute
                raise BadEdit("label", f"{TAKEN} Another program has added it in Letta.") from error
            raise
        with transaction.atomic():
            mirror(subject, [seen], Revision.Source.EDIT, by=by)
            block = subject.blocks.get(label=new.label, removed_at=None)
            Revision.objects.filter(block=block, number=1).update(editor=by, reason=reason)
    return block


def remove_block(block: Block, *, base: int, reason: str, by: User) -> None:
    """Take a block off the subject; a block that other agents share stays with them. Its revisions stay here.

    Raises what `edit_block` raises, but BadEdit.
    """
    assert block.subject.agent_id is not None
    with alone(block.subject):
        current = _look(block)
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


def _look(block: Block) -> Revision:
    """What Letta has now, recorded, and with that the block's latest revision."""
    assert block.block_id is not None
    mirror(block.subject, [agents().get_block(block.block_id)], Revision.Source.OUTSIDE)
    block.refresh_from_db()
    return _latest(block)


def _latest(block: Block) -> Revision:
    return block.revisions.order_by("-number")[0]


@contextmanager
def alone(subject: Subject) -> Iterator[None]:
    """The subject for us alone, not frozen; workers hold it for moments. Raises Busy, Frozen."""
    limit = time.monotonic() + PATIENCE
    while True:
        with exclusively(f"subject:{subject.pk}") as mine:
            if mine:
                refuse_frozen(subject)
                yield
                return
        if time.monotonic() > limit:
            raise Busy
        time.sleep(0.05)
