"""From a request that is filed to the work that is begun: filing, confirming, approving, refusing, withdrawing.

Every step is one conditional UPDATE: of two officers who act at once one wins, and the other is told who was quicker.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.roles import Permission, who_may
from audit.recording import Detail
from memory_ui.waking import wake
from privacy.hashing import keyed_hash
from privacy.history import note_event
from privacy.models import Batch, Event, Request
from subjects.models import Subject

DAYS = 30
"""Within one month of receipt: GDPR Art. 12 (3)."""
BEGIN = "privacy.tasks.begin"

Kind = Request.Kind
State = Request.State
UNDER_WAY = (State.APPROVED, State.WORKING)


class NotPossible(Exception):
    """The step is not possible now; the message is a sentence for whoever wanted it, without personal text."""


class AlreadyOpen(NotPossible):
    """The same was asked for this subject already, and is not answered yet. `request` is that one."""

    def __init__(self, request: Request) -> None:
        super().__init__(
            f"A request of this kind is open for this subject already, filed on {request.filed_at:%Y-%m-%d}: "
            f"{str(request.pk)[:8]}."
        )
        self.request = request


@dataclass(frozen=True, slots=True)
class Filer:
    """Who files: a person, or a program with a key."""

    person: User | None
    key: ApiKey | None = None

    @classmethod
    def of_key(cls, key: ApiKey) -> "Filer":
        """A program's key. Whoever made the key answers for it, and so can be no second person."""
        return cls(key.created_by, key)


# filing ---------------------------------------------------------------------------------------------------------------


def file(
    kind: str,
    subject_id: str,
    filer: Filer,
    *,
    reference: str = "",
    batch: Batch | None = None,
    confirmed: bool = False,
) -> Request:
    """File a request about whoever is called `subject_id` outside, known or not.

    Everything but an erasure is begun at once. An erasure is confirmed first (`confirmed`: by the way it was filed),
    then approved by somebody else.

    Raises:
        AlreadyOpen: the same is open for this subject.
    """
    now = timezone.now()
    subject = Subject.objects.filter(subject_id=subject_id).values_list("pk", flat=True).first()
    request = Request(
        kind=kind,
        subject=subject,
        subject_id=subject_id,
        subject_hash=keyed_hash(subject_id),
        filed_at=now,
        filed_by=filer.person,
        filed_key=filer.key,
        reference=reference,
        batch=batch,
        due_at=now + timedelta(days=DAYS),
    )
    try:
        with transaction.atomic():
            _begin_life(request, filer, confirmed, now)
    except IntegrityError:
        other = Request.objects.filter(kind=kind, subject_hash=request.subject_hash, state__in=Request.OPEN).first()
        if other is None:
            raise
        raise AlreadyOpen(other) from None
    return request


def _begin_life(request: Request, filer: Filer, confirmed: bool, now: datetime) -> None:
    if request.kind != Kind.ERASURE:
        request.state, request.approved_at = State.APPROVED, now
    elif confirmed:
        request.confirmed_at, request.confirmed_by = now, filer.person
        request.state = State.WAITING if settings.ERASURE_NEEDS_APPROVAL else State.APPROVED
        request.approved_at = None if settings.ERASURE_NEEDS_APPROVAL else now
    request.save(force_insert=True)
    note_event(request, Event.Action.FILED, filer.key or filer.person, "over HTTP" if filer.key else "")
    if request.state == State.APPROVED and not request.batch:
        wake(BEGIN)  # a list wakes once for many


def confirm(request: Request, by: User) -> None:
    """An officer typed the id once more: from now on the erasure waits for the second person, if it needs one.

    Raises:
        NotPossible: it is not there to be confirmed any more.
    """
    now = timezone.now()
    needs_approval = settings.ERASURE_NEEDS_APPROVAL
    changes: dict[str, Any] = {"confirmed_at": now, "confirmed_by": by}
    if not needs_approval:
        changes["approved_at"] = now
    to = State.WAITING if needs_approval else State.APPROVED
    with transaction.atomic():
        _move(request, (State.RECEIVED,), to, Event.Action.CONFIRMED, by, **changes)
        if not needs_approval:
            wake(BEGIN)


def approve(request: Request, by: User) -> None:
    """The second person agrees to an erasure; the work begins as soon as a worker is free.

    Raises:
        NotPossible: `by` may not approve, or is the one who asked; or the request does not wait for approval (any more).
    """
    if trouble := approval_trouble(request, by):
        raise NotPossible(trouble)
    with transaction.atomic():
        _move(
            request, (State.WAITING,), State.APPROVED, Event.Action.APPROVED, by, approved_at=timezone.now(), approved_by=by
        )
        wake(BEGIN)


def approval_trouble(request: Request, by: User) -> str:
    """Why `by` may not approve `request`, in a sentence; empty when they may."""
    if not by.may(Permission.APPROVE_ERASURE):
        return f"To {Permission.APPROVE_ERASURE.label}, one has to be {who_may(Permission.APPROVE_ERASURE)}."
    if request.filed_key_id and request.filed_by_id == by.pk:
        return "It was filed with an API key that you made: somebody else has to approve it."
    if by.pk in (request.filed_by_id, request.confirmed_by_id):
        return "You asked for this erasure yourself: somebody else has to approve it."
    if request.state == State.RECEIVED:
        return "It is not confirmed yet: a privacy officer types the id first."
    if request.held_at:
        return "It is on legal hold: nothing is erased while that stands."
    return ""


def approvers_of(request: Request) -> list[User]:
    """Who may approve an erasure: marked as approver, still working here, and not who asked for it."""
    asked = [pk for pk in (request.filed_by_id, request.confirmed_by_id) if pk]
    found = User.objects.filter(is_active=True).exclude(pk__in=asked).order_by("name", "email")
    return [one for one in found.filter(is_approver=True)[:20] if one.may(Permission.APPROVE_ERASURE)]


def refuse(request: Request, by: User, reason: str) -> None:
    """Answer with no, for one of the reasons of `Request.Refusal`.

    Raises:
        NotPossible: the work has begun, or it is answered already.
    """
    with transaction.atomic():
        _move(
            request,
            Request.BEFORE_WORK,
            State.REFUSED,
            Event.Action.REFUSED,
            by,
            str(Request.Refusal(reason).label),
            {"refusal": Request.Refusal(reason)},
            refusal=reason,
            ended_at=timezone.now(),
        )


def withdraw(request: Request, by: User) -> None:
    """The person took the request back.

    Raises:
        NotPossible: the work has begun, or it is answered already.
    """
    with transaction.atomic():
        _move(request, Request.BEFORE_WORK, State.WITHDRAWN, Event.Action.WITHDRAWN, by, ended_at=timezone.now())


# the work -------------------------------------------------------------------------------------------------------------


def finish(request_pk: UUID | str, state: str, failure: str = "") -> None:
    """The work on a request came to its end: `done`, or `partial` with the reason in a sentence. Safe to repeat.

    `failure` may come with `done` too, where something is to be said: that nothing was stored.
    """
    if state not in (State.DONE, State.PARTIAL):
        raise ValueError(f"work does not end as {state}")
    with transaction.atomic():
        ended = Request.objects.filter(pk=request_pk, state=State.WORKING).update(
            state=state, failure=failure, ended_at=timezone.now(), wake_at=None, tries=0
        )
        if ended:
            request = Request.objects.get(pk=request_pk)
            note_event(request, Event.Action.ENDED, None, str(State(state).label), detail={"state": State(state)})
            wake(BEGIN)


def retry(request: Request, by: User) -> None:
    """Have a request that ended partly done carried out again. Its confirmation and its approval still stand.

    Raises:
        NotPossible: it did not end so, or a newer one of the kind is open for the subject.
    """
    try:
        with transaction.atomic():
            _move(
                request,
                (State.PARTIAL,),
                State.APPROVED,
                Event.Action.RETRIED,
                by,
                failure="",
                ended_at=None,
            )
            wake(BEGIN)
    except IntegrityError:
        raise NotPossible("A newer request of this kind is open for this subject: answer that one.") from None


# what all share -------------------------------------------------------------------------------------------------------


def _move(
    request: Request,
    origin: tuple[State, ...],
    to: State,
    action: Event.Action,
    by: User,
    said: str = "",
    detail: Detail | None = None,
    **changes: Any,
) -> None:
    # From the very state that was looked at: what somebody else decided meanwhile is not decided over unseen.
    here = Request.objects.filter(pk=request.pk, state=request.state)
    if request.state not in origin or not here.update(state=to, **changes):
        raise NotPossible(standing(request))
    request.refresh_from_db()
    note_event(request, action, by, said, detail=detail)


def standing(request: Request) -> str:
    """Where a request stands now and who brought it there, for somebody who came too late."""
    now = Request.objects.get(pk=request.pk)
    last = now.events.exclude(by=None).select_related("by").order_by("-id").first()
    quicker = f" {last.by} {last.get_action_display()} at {last.at:%H:%M} UTC." if last and last.by else ""
    return f"Nothing was changed: the request is {now.get_state_display().lower()}.{quicker}"
