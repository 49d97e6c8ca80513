"""Tidying up: asking for a revision of a subject's blocks, and deciding about what it proposes."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import Detail, record
from memory_ui.waking import wake
from subjects.editing import Changed, Correction, Gone
from subjects.frozen import Frozen, refuse_frozen
from subjects.models import Proposal, Revision, Subject, Tidy
from subjects.sharing import correct, restore

REVISE = "subjects.tasks.revise"
REASON = "Tidied up"
UNDONE = "Undone"
MOST_AT_ONCE = 100


class CannotTidy(ValueError):
    """There is nothing to tidy up with; the message says why. Nothing was written."""


class NotOpen(Exception):
    """The tidy-up, or this block of it, has been decided about already."""


def tidy_up(subject: Subject, by: User | None = None) -> Tidy:
    """Queue a revision of the subject's blocks. While there is an open one, it is that one again.

    Raises:
        CannotTidy: the subject has no agent in Letta.
        Frozen: a privacy request keeps the subject as it is.
    """
    if subject.agent_id is None or subject.gone_at is not None:
        raise CannotTidy("Letta has no agent for this subject, so there is nothing to tidy up.")
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)  # a double click is one tidy-up
        refuse_frozen(subject)
        tidy = subject.tidies.filter(state__in=Tidy.OPEN).first()
        if tidy is None:
            tidy = Tidy.objects.create(subject=subject, created_by=by, wake_at=timezone.now())
            record(Action.STARTED_TIDY, by=by, subject=subject.pk, detail={"tidy": tidy.pk})
            wake(REVISE, str(tidy.pk))
    return tidy


def tidy_up_many(subjects: Iterable[Subject], by: User | None = None) -> list[Tidy]:
    """Queue a revision for each of these subjects that has an agent; returns the one that each of them has open now."""
    asked = []
    for subject in subjects:
        with suppress(CannotTidy, Frozen):
            asked.append(tidy_up(subject, by))
    return asked


def keep(proposal: Proposal, by: User, confirmed: int = 1) -> Revision | None:
    """Make the block what is proposed. Returns the new revision, None when the block says so already.

    `confirmed`: the number of agents with this block that the person was told of.

    Raises:
        NotOpen: it was decided about before, or the block was taken off.
        Changed: the block changed since its copy was made; nothing is overwritten, the proposal is out of date.
        BadEdit, Busy, Affects, LettaError: as for `sharing.correct`; the proposal stays open.
    """
    if proposal.decision != Proposal.Decision.OPEN or proposal.tidy.state != Tidy.State.READY:
        raise NotOpen
    block = proposal.block
    base = block.revisions.get(number=proposal.base)
    correction = Correction(proposal.value, base.description, base.limit)
    revision: Revision | None = None
    try:
        revision = correct(
            block,
            correction,
            base=base.number,
            reason=REASON,
            by=by,
            confirmed=confirmed,
            source=Revision.Source.TIDY,
        )
    except Changed as changed:
        if changed.current.value != proposal.value:
            _decide(proposal, Proposal.Decision.OUTDATED, by)
            raise
        # Kept before, but Letta's answer was lost: it is as it should be.
    except Gone:
        _decide(proposal, Proposal.Decision.OUTDATED, by)
        raise NotOpen from None
    _decide(proposal, Proposal.Decision.KEPT, by)
    return revision


def leave(proposal: Proposal, by: User | None = None) -> None:
    """Leave the block as it is. Raises NotOpen."""
    if proposal.decision != Proposal.Decision.OPEN or proposal.tidy.state != Tidy.State.READY:
        raise NotOpen
    _decide(proposal, Proposal.Decision.LEFT, by)


def take_back(proposal: Proposal, by: User, confirmed: int = 1) -> None:
    """Undo a decision: what `by` kept becomes what it was before, what was left is open to be decided on again.

    `confirmed`: the number of agents with this block that the person was told of.

    Raises:
        NotOpen: it cannot be taken back: nobody decided, somebody else did, or there is a newer tidy-up.
        Changed: the block changed since it was kept; nothing is overwritten.
        BadEdit, Busy, Affects, LettaError: as for `sharing.restore`; the block may still be as it was kept.
    """
    if proposal.decision == Proposal.Decision.LEFT and proposal.tidy.ready_at is not None:
        _decide_anew(proposal, Proposal.Decision.OPEN, by)
        return
    if proposal.decision != Proposal.Decision.KEPT:
        raise NotOpen
    base = proposal.block.revisions.get(number=proposal.base)
    newest = proposal.block.revisions.order_by("-number")[0]
    if (newest.source, newest.editor_id) != (Revision.Source.TIDY, by.pk):
        raise Changed(base, newest)
    restore(proposal.block, base, base=newest.number, reason=UNDONE, by=by, confirmed=confirmed)
    _decide_anew(proposal, Proposal.Decision.LEFT, by)


def dismiss(tidy: Tidy, by: User | None = None) -> bool:
    """Stop a tidy-up, or leave every block it proposes to change as it is. Returns whether there was something to stop."""
    return _close(tidy, Tidy.State.DISMISSED, by)


def tidy_up_again(tidy: Tidy, by: User) -> Tidy:
    """A new revision in place of one that is out of date, failed or not wanted as it is. Raises CannotTidy."""
    if tidy.state == Tidy.State.READY:
        _close(tidy, Tidy.State.OUTDATED, by)
    return tidy_up(tidy.subject, by)


def _close(tidy: Tidy, state: Tidy.State, by: User | None) -> bool:
    now = timezone.now()
    with transaction.atomic():
        # Woken up once more, so that the scratch agent goes.
        closed = Tidy.objects.filter(pk=tidy.pk, state__in=Tidy.OPEN).update(state=state, ended_at=now, wake_at=now)
        if closed:
            record(Action.DISMISSED_TIDY, by=by, subject=tidy.subject_id, detail={"tidy": tidy.pk, "now": state})
            tidy.proposals.filter(decision=Proposal.Decision.OPEN).update(decision=Proposal.Decision.LEFT)
            wake(REVISE, str(tidy.pk))
    return bool(closed)


def _decide(proposal: Proposal, decision: Proposal.Decision, by: User | None) -> None:
    """Note the decision; with the last one the tidy-up is over."""
    with transaction.atomic():
        tidy = Tidy.objects.select_for_update().get(pk=proposal.tidy_id)
        if Proposal.objects.filter(pk=proposal.pk, decision=Proposal.Decision.OPEN).update(decision=decision):
            facts: Detail = {"tidy": tidy.pk, "block": proposal.block_id, "decision": decision}
            record(Action.DECIDED_TIDY, by=by, subject=tidy.subject_id, detail=facts)
        if tidy.state == Tidy.State.READY:
            _end_by_decisions(tidy)


def _decide_anew(proposal: Proposal, decision: Proposal.Decision, by: User) -> None:
    """Note that a decision is another one now; a tidy-up with something left to decide is open again."""
    try:
        with transaction.atomic():
            tidy = Tidy.objects.select_for_update().get(pk=proposal.tidy_id)
            same = Proposal.objects.filter(pk=proposal.pk, decision=proposal.decision)
            if tidy.state not in (Tidy.State.READY, Tidy.State.KEPT, Tidy.State.DISMISSED):
                raise NotOpen
            if not same.update(decision=decision):
                raise NotOpen
            facts: Detail = {"tidy": tidy.pk, "block": proposal.block_id, "decision": decision}
            record(Action.DECIDED_TIDY, by=by, subject=tidy.subject_id, detail=facts)
            Tidy.objects.filter(pk=tidy.pk).update(state=Tidy.State.READY, ended_at=None)
            _end_by_decisions(tidy)
    except IntegrityError:  # one of a subject is open at a time
        raise NotOpen from None


def _end_by_decisions(tidy: Tidy) -> None:
    """With the last decision it is over, as what the decisions come to."""
    decisions = set(tidy.proposals.values_list("decision", flat=True))
    if Proposal.Decision.OPEN in decisions:
        return
    state = Tidy.State.DISMISSED
    if Proposal.Decision.KEPT in decisions:
        state = Tidy.State.KEPT
    elif Proposal.Decision.OUTDATED in decisions:
        state = Tidy.State.OUTDATED
    Tidy.objects.filter(pk=tidy.pk).update(state=state, ended_at=timezone.now())
