"""The time there is to answer a request, and who answers it."""

from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from privacy.history import note_event
from privacy.models import Event, Export, Request
from privacy.requesting import NotPossible, standing

SOON = timedelta(days=7)
MORE = timedelta(days=60)
"""Two further months where necessary: GDPR Art. 12 (3)."""

Colour = Literal["calm", "amber", "red"]


def colour_of(due_at: datetime, now: datetime) -> Colour:
    """red: overdue. amber: due within a week. calm: there is time."""
    if due_at <= now:
        return "red"
    return "amber" if due_at - now <= SOON else "calm"


def words_of(due_at: datetime, now: datetime) -> str:
    """`due in 12 days`, `due today`, `overdue by 1 day`. Days are whole periods of 24 hours."""
    late = due_at <= now
    days = abs(due_at - now) // timedelta(days=1)
    if days == 0:
        return "overdue since today" if late else "due within a day"
    count = f"{days} day{'' if days == 1 else 's'}"
    return f"overdue by {count}" if late else f"due in {count}"


def extend(request: Request, by: User, reason: str, ticket: str) -> None:
    """Give a request 60 days more, once, for a reason of `Request.Extension`; `ticket` says where it is told at length.

    Raises:
        NotPossible: it was extended before, or it is answered.
    """
    said = str(Request.Extension(reason).label)
    with transaction.atomic():
        extended = Request.objects.filter(pk=request.pk, extended_at=None, state__in=Request.OPEN).update(
            extended_at=timezone.now(), extension_reason=reason, extension_ticket=ticket, due_at=F("due_at") + MORE
        )
        if not extended:
            raise NotPossible(standing(request))
        note_event(request, Event.Action.EXTENDED, by, said, ticket=ticket)
    request.refresh_from_db()


def can_be_assigned(request: Request) -> bool:
    """Whether it matters in whose hands it is: it is open, or its archive waits for whoever takes it on."""
    return request.is_open or _to_be_fetched().filter(pk=request.pk).exists()


def _to_be_fetched() -> QuerySet[Request]:
    """Answered by an archive that a program asked for: an officer has to take the request on to fetch it."""
    return Request.objects.filter(filed_key__isnull=False, export__state=Export.State.READY)


def assign(request: Request, by: User, to: User | None, instead_of: User | None = None) -> None:
    """Put a request into the hands of `to`, who handles requests; None: of nobody.

    `instead_of`: who had it when `by` looked: of two officers who take it at once, one gets it.

    Raises:
        NotPossible: it changed hands meanwhile or is answered, or `to` cannot handle requests.
    """
    if to is not None and not to.may(Permission.HANDLE_REQUESTS):
        raise NotPossible("That person does not handle requests: it takes a privacy officer.")
    with transaction.atomic():
        here = Request.objects.filter(Q(state__in=Request.OPEN) | Q(pk__in=_to_be_fetched()), pk=request.pk)
        assigned = here.filter(assignee=instead_of).update(assignee=to)
        if not assigned:
            raise NotPossible(standing(request))
        note_event(request, Event.Action.ASSIGNED, by, "" if to else "to nobody", whom=to)
    request.refresh_from_db()
