"""Keeping what happened to a request, in the same transaction as what happened: for its page, and for the audit log."""

from collections.abc import Sequence

from accounts.models import ApiKey, User
from audit.actions import Action
from audit.recording import Detail, record
from privacy.models import Batch, Event, Request

RECORDED = {
    Event.Action.FILED: Action.FILED_REQUEST,
    Event.Action.CONFIRMED: Action.CONFIRMED_REQUEST,
    Event.Action.APPROVED: Action.APPROVED_REQUEST,
    Event.Action.BEGUN: Action.STARTED_REQUEST,
    Event.Action.ENDED: Action.CLOSED_REQUEST,
    Event.Action.RETRIED: Action.RETRIED_REQUEST,
    Event.Action.REFUSED: Action.REFUSED_REQUEST,
    Event.Action.WITHDRAWN: Action.CANCELLED_REQUEST,
    Event.Action.HELD: Action.HELD_REQUEST,
    Event.Action.RELEASED: Action.RELEASED_REQUEST,
    Event.Action.EXTENDED: Action.EXTENDED_REQUEST,
    Event.Action.ASSIGNED: Action.ASSIGNED_REQUEST,
    Event.Action.LIFTED: Action.UNFROZE_SUBJECT,
}


def note_event(
    request: Request,
    action: Event.Action,
    by: User | ApiKey | None,
    said: str = "",
    *,
    ticket: str = "",
    whom: User | None = None,
    detail: Detail | None = None,
) -> None:
    """Note that `by` (None: memory_ui itself) did `action`.

    `said`: what the page tells besides, without personal text. `detail`: what the audit log tells besides, in codes.
    """
    person = by if isinstance(by, User) else None
    Event.objects.create(request=request, action=action, by=person, detail=f"{said} {ticket}".strip(), whom=whom)
    record(
        RECORDED[action],
        by=by,
        subject=request.subject,
        privacy_request=request.pk,
        ticket=ticket,
        detail={"kind": Request.Kind(request.kind), **({"whom": whom.pk} if whom else {}), **(detail or {})},
    )


def note_batch(batch: Batch, requests: Sequence[Request], action: Event.Action, by: User) -> None:
    """Note that `by` did `action` for these requests of a list as one act."""
    Event.objects.bulk_create([Event(request=request, action=action, by=by) for request in requests], batch_size=1000)
    subjects = [request.subject for request in requests if request.subject]
    record(RECORDED[action], by=by, subjects=subjects, detail={"kind": Request.Kind(batch.kind), "batch": batch.pk})
