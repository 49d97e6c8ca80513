"""Freezing a subject for a privacy request, and thawing it: here first, then the agent where its Letta can do that."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.recording import record
from memory_ui.locks import held
from memory_ui.waking import wake
from subjects.frozen import Frozen as Frozen
from subjects.frozen import refuse_frozen as refuse_frozen
from subjects.learning import ADVANCE
from subjects.letta import agents
from subjects.models import Document, Run, Subject, Tidy
from subjects.tidying import dismiss

STOPPED = "Stopped: the memory was frozen because of a privacy request. The messages are kept."


def freeze(subject: Subject, why: Subject.FrozenFor, request: UUID | None = None) -> bool:
    """Freeze the subject: batches that wait are stopped, those under way are asked to stop, open tidy-ups are dropped.

    From then on every change is refused, and sync leaves it alone. Erasure outranks restriction. Returns whether Letta
    refuses other programs too (the engine does, Letta's own server cannot). Safe to repeat; `is_still` tells when what
    was under way has come to its end. `request`: the privacy request for which it is done, for the record.

    Raises:
        LettaError: frozen here, but Letta did not answer: repeat.
    """
    now = timezone.now()
    with transaction.atomic():
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        if locked.frozen_at is None or (why == Subject.FrozenFor.ERASURE and locked.frozen_for != why):
            record(Action.FROZE_SUBJECT, by=None, subject=subject.pk, privacy_request=request, detail={"because_of": why})
            Subject.objects.filter(pk=subject.pk).update(frozen_at=locked.frozen_at or now, frozen_for=why, look_at=None)
        subject.refresh_from_db(fields=["frozen_at", "frozen_for", "agent_id"])
        Run.objects.filter(subject=subject, state=Run.State.QUEUED).update(
            state=Run.State.CANCELLED, ended_at=now, failure=STOPPED
        )
        if Run.objects.filter(subject=subject, state__in=Run.OPEN).update(cancel_requested=True):
            Subject.objects.filter(pk=subject.pk).update(wake_at=now, tries=0)
            wake(ADVANCE, str(subject.pk))
    for tidy in Tidy.objects.filter(subject=subject, state__in=Tidy.OPEN):
        dismiss(tidy)
    results = [agents().freeze_agent(agent_id) for agent_id in _agents_of(subject)]
    return all(results)


def thaw(subject: Subject) -> None:
    """Let the subject be used again; sync then reads what happened meanwhile. Safe to repeat.

    Raises:
        LettaError: still frozen; repeat.
    """
    for agent_id in _agents_of(subject):
        agents().thaw_agent(agent_id)
    now = timezone.now()
    with transaction.atomic():
        Subject.objects.filter(pk=subject.pk).update(
            frozen_at=None, frozen_for="", look_at=now if subject.agent_id else None, wake_at=now
        )
        Document.objects.filter(subject=subject, state__in=(Document.State.READING, Document.State.STORING)).update(
            wake_at=now
        )
        wake(ADVANCE, str(subject.pk))
    subject.refresh_from_db(fields=["frozen_at", "frozen_for"])


def is_still(subject: Subject) -> bool:
    """Whether nothing is under way any more for a frozen subject: no batch, no tidy-up, no edit, no file."""
    if Run.objects.filter(subject=subject, state__in=Run.OPEN).exists():
        return False
    if Tidy.objects.filter(subject=subject, wake_at__isnull=False).exists():
        return False  # its scratch agent is still to be deleted
    documents = Document.objects.filter(subject=subject).values_list("pk", flat=True)
    return not held([f"subject:{subject.pk}", *(f"document:{pk}" for pk in documents)])


def _agents_of(subject: Subject) -> list[str]:
    return [agent_id for agent_id in (subject.agent_id, *subject.duplicate_agent_ids) if agent_id]
