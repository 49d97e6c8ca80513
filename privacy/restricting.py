"""Restriction of processing (Art. 18): the memory stays, people may read it, and nobody uses or changes it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from memory_sdk import LettaError
from privacy.history import note_event
from privacy.models import Event, Request
from privacy.requesting import Kind, NotPossible, State, finish, standing
from subjects.freezing import freeze, is_still, thaw
from subjects.models import Subject

NOBODY = "Nothing is stored under this id, so there is nothing to restrict."
FROZEN_HERE = (
    "Frozen here: nothing is learned, corrected or synchronised. Letta's own server cannot refuse other programs that "
    "write to it."
)
NO_ANSWER = "Frozen here. Letta has not answered yet; it is asked again by itself."
PAUSE = 5.0  # seconds


def work(request_pk: UUID) -> float | None:
    """Freeze the subject and wait until nothing is under way for it. Safe to repeat."""
    request = Request.objects.get(pk=request_pk)
    subject = Subject.objects.filter(subject_id=request.subject_id).first()
    if subject is None:
        finish(request_pk, State.DONE, NOBODY)
        return None
    Request.objects.filter(pk=request_pk, subject=None).update(subject=subject.pk)
    try:
        everywhere = freeze(subject, Subject.FrozenFor.RESTRICTION, request.pk)
    except LettaError:
        Request.objects.filter(pk=request_pk, state=State.WORKING).update(failure=NO_ANSWER)
        return PAUSE
    if not is_still(subject):
        return 1.0
    finish(request_pk, State.DONE, "" if everywhere else FROZEN_HERE)
    return None


def lift(request: Request, by: User) -> None:
    """Let the memory be used again; lifts every restriction of the subject.

    Raises:
        NotPossible: it is no restriction that stands, or Letta did not answer.
    """
    subject = Subject.objects.filter(pk=request.subject).first() if request.subject else None
    if not stands(request) or subject is None or subject.frozen_for == Subject.FrozenFor.ERASURE:
        raise NotPossible(standing(request))
    try:
        thaw(subject)
    except LettaError:
        raise NotPossible("Letta did not answer, so the memory is still frozen. Try again in a moment.") from None
    with transaction.atomic():
        lifted = Request.objects.filter(subject=subject.pk, kind=Kind.RESTRICTION, state=State.DONE, lifted_at=None).update(
            lifted_at=timezone.now()
        )
        if lifted:
            note_event(request, Event.Action.LIFTED, by)
    request.refresh_from_db()


def stands(request: Request) -> bool:
    """Whether `request` is a restriction that was carried out and not lifted."""
    return request.kind == Kind.RESTRICTION and request.state == State.DONE and request.lifted_at is None
