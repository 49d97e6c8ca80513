"""Keeping what happened to a request, in the same transaction as what happened."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from privacy.models import Event


def note_event(request_pk: UUID, action: Event.Action, by: User | None, detail: str = "") -> None:
    """Note that `by` (None: the machine, or a program with a key) did `action`; `detail` holds no personal text."""
    note_events([request_pk], action, by, detail)


def note_events(request_pks: Iterable[UUID], action: Event.Action, by: User | None, detail: str = "") -> None:
    """The same for several requests at once."""
    Event.objects.bulk_create(
        [Event(request_id=request_pk, action=action, by=by, detail=detail) for request_pk in request_pks], batch_size=1000
    )
