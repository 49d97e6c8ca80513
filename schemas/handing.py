"""Giving one subject a shared block, or taking it off: asked of Letta, seen in our mirror. Safe to repeat after a crash."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from audit.actions import Action
from audit.recording import record
from memory_sdk import LettaError, NotFound, Unauthorized
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from schemas.following import seen_of
from schemas.models import Distribution, Share, SharedBlock
from subjects.learning import ADVANCE
from subjects.letta import agents
from subjects.models import Block, Revision, Subject
from subjects.snapshots import mirror

Reason = Share.Reason
State = Share.State


class Busy(Exception):
    """Somebody else is working on the subject; nothing was changed. Trying again in a moment helps."""


def hand(share: Share, distribution: Distribution) -> bool:
    """Do one share and write down what became of it. Returns True; what stood in the way for good stands at the share.

    Raises:
        Busy: not now.
        LettaError: Letta did not answer or refuses our key; nothing is written down, trying again helps.
    """
    subject = share.subject
    with _alone(subject):
        subject.refresh_from_db()
        shared = SharedBlock.objects.get(pk=distribution.shared_block_id)
        if (reason := _obstacle(subject, shared)) is not None:
            return _end(share, distribution, State.REFUSED, reason)
        mine = subject.blocks.filter(label=shared.label, removed_at=None).first()
        has_it = mine is not None and mine.block_id == shared.block_id
        if not share.begun:
            if has_it is not distribution.detach:
                return _end(share, distribution, State.SAME)
            if mine is not None and not has_it and not distribution.detach:
                return _end(share, distribution, State.REFUSED, Reason.TAKEN)
            Share.objects.filter(pk=share.pk).update(begun=True)
        try:
            if distribution.detach:
                _detach(share, distribution, subject, shared)
            else:
                _attach(share, distribution, subject, shared)
        except LettaError as error:
            if _passes(error):
                raise
            _end(share, distribution, State.REFUSED, Reason.LETTA)
    return True


def _passes(error: LettaError) -> bool:
    """Whether trying again later can help; a refused key is put right in the settings."""
    return not error.permanent or isinstance(error, Unauthorized)


def _obstacle(subject: Subject, shared: SharedBlock) -> Share.Reason | None:
    if subject.frozen_at is not None:
        return Reason.FROZEN
    if subject.agent_id is None:
        return Reason.NO_AGENT
    if subject.gone_at is not None:
        return Reason.GONE
    return Reason.NO_BLOCK if shared.block_id is None else None


def _attach(share: Share, distribution: Distribution, subject: Subject, shared: SharedBlock) -> bool:
    assert subject.agent_id is not None
    assert shared.block_id is not None
    try:
        agents().attach_block(subject.agent_id, shared.block_id)
    except LettaError as error:
        if _passes(error):
            raise
        if (reason := _why_not(subject.agent_id, shared.block_id, error)) is not None:
            return _end(share, distribution, State.REFUSED, reason)
        # It is there: given before by us, who were cut off, or by somebody else. Its prompt may lack it.
        agents().recompile(subject.agent_id)
    with transaction.atomic():
        if not _end(share, distribution, State.CHANGED):
            return False
        mirror(subject, [seen_of(shared)], Revision.Source.EDIT)
        first = Revision.objects.filter(block__subject=subject, block__block_id=shared.block_id, block__removed_at=None)
        # Sync may have been quicker, and could not know whose it was.
        first.filter(number=1, source__in=(Revision.Source.EDIT, Revision.Source.OUTSIDE)).update(
            source=Revision.Source.EDIT, editor=distribution.created_by, reason="The shared block was attached."
        )
        _told(Action.ATTACHED_SHARED_BLOCK, distribution, subject)
    return True


def _why_not(agent_id: str, block_id: str, error: LettaError) -> Share.Reason | None:
    """Why Letta refused to attach; None when the block is attached in spite of that."""
    try:
        blocks = agents().list_blocks(agent_id)
    except NotFound:
        return Reason.GONE
    if any(block.id == block_id for block in blocks):
        return None
    if error.status == 409:
        return Reason.TAKEN
    return Reason.NO_BLOCK if isinstance(error, NotFound) else Reason.LETTA


def _detach(share: Share, distribution: Distribution, subject: Subject, shared: SharedBlock) -> bool:
    assert subject.agent_id is not None
    assert shared.block_id is not None
    try:
        agents().detach_block(subject.agent_id, shared.block_id)
    except NotFound:
        # Taken off before by us, who were cut off, or by somebody else. Its prompt may still hold it.
        try:
            agents().recompile(subject.agent_id)
        except NotFound:
            return _end(share, distribution, State.REFUSED, Reason.GONE)
    except LettaError as error:
        if _passes(error):
            raise
        return _end(share, distribution, State.REFUSED, Reason.LETTA)
    with transaction.atomic():
        if not _end(share, distribution, State.CHANGED):
            return False
        Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
        for block in subject.blocks.filter(block_id=shared.block_id, removed_at=None):
            last = block.revisions.aggregate(last=Max("number"))["last"] or 0
            Revision.objects.create(
                block=block, number=last + 1, description=block.description, limit=block.limit,
                source=Revision.Source.REMOVED, editor=distribution.created_by, reason="The shared block was detached.",
            )  # fmt: skip
            Block.objects.filter(pk=block.pk).update(removed_at=timezone.now())
        _told(Action.DETACHED_SHARED_BLOCK, distribution, subject)
    return True


def _end(share: Share, distribution: Distribution, state: Share.State, reason: Share.Reason | str = "") -> bool:
    """Write down the result and count it; False when that was done before."""
    with transaction.atomic():
        if not Share.objects.filter(pk=share.pk, state=State.WAITING).update(state=state, reason=reason):
            return False
        Distribution.objects.filter(pk=distribution.pk).update(**{str(state): F(str(state)) + 1})
    return True


def _told(action: Action, distribution: Distribution, subject: Subject) -> None:
    record(
        action,
        by=distribution.created_by,
        subject=subject.pk,
        detail={"shared_block": distribution.shared_block_id, "distribution": distribution.pk},
    )


@contextmanager
def _alone(subject: Subject) -> Iterator[None]:
    with exclusively(f"subject:{subject.pk}") as mine:
        if not mine:
            raise Busy
        yield
    if Subject.objects.filter(pk=subject.pk, wake_at__lte=timezone.now()).exists():
        wake(ADVANCE, str(subject.pk))  # its worker may have met our lock and gone
