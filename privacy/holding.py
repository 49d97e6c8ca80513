"""Legal hold: while it stands nothing of the subject is erased, by this request or by any other."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from memory_ui.waking import wake
from privacy.beginning import lock_beginnings
from privacy.history import note_event
from privacy.models import Event, Request
from privacy.requesting import BEGIN, Kind, NotPossible, State, standing

WORKING = "The erasure of this subject is being carried out already, and cannot be held any more. Nothing was changed."


def hold(request: Request, by: User, reason: str, ticket: str = "") -> None:
    """Put the subject of a request on hold, for a reason of `Request.Hold`; `ticket` says where it is told at length.

    Raises:
        NotPossible: it is held already or was answered, or an erasure of the subject is being carried out.
    """
    said = str(Request.Hold(reason).label)
    with transaction.atomic():
        # What is approved may begin at any moment: either it has begun, or it finds the hold.
        lock_beginnings()
        erasing = Request.objects.filter(subject_hash=request.subject_hash, kind=Kind.ERASURE, state=State.WORKING)
        if erasing.exists():
            raise NotPossible(WORKING)
        held = Request.objects.filter(pk=request.pk, held_at=None, state__in=Request.OPEN).update(
            held_at=timezone.now(), hold_reason=reason, hold_ticket=ticket
        )
        if not held:
            raise NotPossible(standing(request))
        note_event(request, Event.Action.HELD, by, said, ticket=ticket)
    request.refresh_from_db()


def release(request: Request, by: User) -> None:
    """End the hold; an erasure that was approved meanwhile begins.

    Raises:
        NotPossible: there is no hold (any more).
    """
    with transaction.atomic():
        released = Request.objects.filter(pk=request.pk, held_at__isnull=False).update(
            held_at=None, hold_reason="", hold_ticket=""
        )
        if not released:
            raise NotPossible(standing(request))
        note_event(request, Event.Action.RELEASED, by)
        wake(BEGIN)
    request.refresh_from_db()


def holds_on(request: Request) -> list[Request]:
    """Other requests about the same subject that hold it."""
    others = Request.objects.filter(subject_hash=request.subject_hash, held_at__isnull=False).exclude(pk=request.pk)
    return list(others.order_by("held_at")[:20])


def held_subjects(subjects: Collection[UUID]) -> set[UUID]:
    """Those of `subjects` (`Subject.id`) that are on hold: nothing of them may be removed."""
    found = Request.objects.filter(subject__in=subjects, held_at__isnull=False)
    return {pk for pk in found.values_list("subject", flat=True) if pk is not None}
