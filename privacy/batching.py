"""Requests by a list of ids: the list is kept at once, filed piece by piece in the background, decided on as one act."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, who_may
from memory_sdk.names import MAX_SUBJECT_ID
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from privacy.history import note_batch
from privacy.models import Batch, BatchLine, Event, Request
from privacy.requesting import BEGIN, AlreadyOpen, Filer, NotPossible, State, file
from subjects.models import Subject

MOST_IDS = 10_000
PIECE = 100
"""lines filed in one transaction"""
TURN_SECONDS = 10.0
SILENCE = timedelta(seconds=30)
LEFT_OVER_KEPT = timedelta(days=30)
FILE_BATCH = "privacy.tasks.file_batch"


class BadList(ValueError):
    """The list cannot be read; the message says where and why, without the ids."""


def parse(text: str) -> tuple[list[str], int]:
    """The different ids of a list, one a line, and how many stood there again. Empty lines are nothing.

    Raises:
        BadList: a line that is no id, or too many.
    """
    ids: dict[str, None] = {}
    doubles = 0
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        subject_id = line.strip().strip('"').strip()
        if not subject_id:
            continue
        if len(subject_id) > MAX_SUBJECT_ID:
            raise BadList(f"Line {number:,} has {len(subject_id):,} characters; an id has {MAX_SUBJECT_ID} at most.")
        if not subject_id.isprintable():
            raise BadList(f"Line {number:,} holds signs that cannot be printed: give one id a line, as plain text.")
        doubles += subject_id in ids
        ids[subject_id] = None
        if len(ids) > MOST_IDS:
            raise BadList(f"The list has more than {MOST_IDS:,} ids. Split it.")
    if not ids:
        raise BadList("The list is empty: give one id a line.")
    return list(ids), doubles


@transaction.atomic
def start_batch(kind: str, ids: Sequence[str], doubles: int, by: User) -> Batch:
    """Keep a list of different ids and have its requests filed in the background."""
    batch = Batch.objects.create(kind=kind, lines_expected=len(ids), doubles=doubles, filed_by=by)
    BatchLine.objects.bulk_create([BatchLine(batch=batch, subject_id=subject_id) for subject_id in ids], batch_size=1000)
    wake(FILE_BATCH, str(batch.pk))
    return batch


# in the background ----------------------------------------------------------------------------------------------------


def advance(batch_pk: str) -> float | None:
    """File requests for a while; returns the seconds until there is more to do, None when the list is filed."""
    limit = time.monotonic() + TURN_SECONDS
    with exclusively(f"privacy-batch-{batch_pk}") as mine:
        while mine:
            batch = Batch.objects.filter(pk=batch_pk, state=Batch.State.FILING).select_related("filed_by").first()
            if batch is None:
                return None
            if time.monotonic() > limit:
                return 0.1
            _file_piece(batch)
    return None


def due() -> list[str]:
    """Lists that nobody files although they are not done."""
    return [str(pk) for pk in Batch.objects.filter(wake_at__lte=timezone.now()).values_list("pk", flat=True)[:100]]


def delete_left_over() -> None:
    """Delete the ids that were not filed, a month after they were told."""
    old = BatchLine.objects.filter(batch__ended_at__lt=timezone.now() - LEFT_OVER_KEPT)
    BatchLine.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:10_000])).delete()


@transaction.atomic
def _file_piece(batch: Batch) -> None:
    pending = batch.lines.select_for_update().filter(outcome=BatchLine.Outcome.PENDING).order_by("pk")
    lines = list(pending[:PIECE])
    known = set(
        Subject.objects.filter(subject_id__in=[line.subject_id for line in lines]).values_list("subject_id", flat=True)
    )
    filed: list[int] = []
    unknown: list[int] = []
    already: list[int] = []
    for line in lines:
        if line.subject_id not in known:
            unknown.append(line.pk)
            continue
        try:
            file(batch.kind, line.subject_id, Filer(batch.filed_by), batch=batch)
            filed.append(line.pk)
        except AlreadyOpen:
            already.append(line.pk)
    BatchLine.objects.filter(pk__in=filed).delete()
    BatchLine.objects.filter(pk__in=unknown).update(outcome=BatchLine.Outcome.UNKNOWN)
    BatchLine.objects.filter(pk__in=already).update(outcome=BatchLine.Outcome.ALREADY)
    now = timezone.now()
    over = len(lines) < PIECE
    Batch.objects.filter(pk=batch.pk).update(
        filed=F("filed") + len(filed),
        unknown=F("unknown") + len(unknown),
        already=F("already") + len(already),
        wake_at=None if over else now + SILENCE,
        state=Batch.State.FILED if over else Batch.State.FILING,
        ended_at=now if over else None,
    )
    wake(BEGIN)  # erasures wait to be confirmed, all else begins


# decided on as one act ------------------------------------------------------------------------------------------------


def states_of(batch: Batch) -> dict[str, int]:
    """How many of its requests are in each state; the list is bounded, and an index holds its states."""
    counted = Request.objects.filter(batch=batch).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(counted)


@transaction.atomic
def confirm(batch: Batch, by: User) -> int:
    """An officer typed how many are to be erased; returns for how many that was.

    Raises:
        NotPossible: the list is still being filed, or nothing of it is to be confirmed (any more).
    """
    needs_approval = settings.ERASURE_NEEDS_APPROVAL
    now = timezone.now()
    return _decide(
        batch,
        by,
        Event.Action.CONFIRMED,
        (State.RECEIVED,),
        state=State.WAITING if needs_approval else State.APPROVED,
        confirmed_at=now,
        confirmed_by=by,
        approved_at=None if needs_approval else now,
    )


@transaction.atomic
def approve(batch: Batch, by: User) -> int:
    """The second person agrees to all erasures of a list that wait and are not on hold; returns how many.

    Raises:
        NotPossible: `by` may not, asked for it, or nothing of the list waits for approval (any more).
    """
    if trouble := approval_trouble(batch, by):
        raise NotPossible(trouble)
    return _decide(
        batch,
        by,
        Event.Action.APPROVED,
        (State.WAITING,),
        ~(Q(filed_by=by) | Q(confirmed_by=by)) & Q(held_at=None),
        state=State.APPROVED,
        approved_at=timezone.now(),
        approved_by=by,
    )


def approval_trouble(batch: Batch, by: User) -> str:
    """Why `by` may not approve the list, in a sentence; empty when they may."""
    if not by.may(Permission.APPROVE_ERASURE):
        return f"To {Permission.APPROVE_ERASURE.label}, one has to be {who_may(Permission.APPROVE_ERASURE)}."
    if batch.filed_by_id == by.pk or batch.requests.filter(state=State.WAITING, confirmed_by=by).exists():
        return "You asked for these erasures yourself: somebody else has to approve them."
    return ""


@transaction.atomic
def withdraw(batch: Batch, by: User) -> int:
    """Take back all requests of a list whose work has not begun; returns how many.

    Raises:
        NotPossible: there are none (any more).
    """
    return _decide(batch, by, Event.Action.WITHDRAWN, Request.BEFORE_WORK, state=State.WITHDRAWN, ended_at=timezone.now())


def _decide(
    batch: Batch, by: User, action: Event.Action, origin: Iterable[State], only: Q | None = None, **changes: object
) -> int:
    if not Batch.objects.filter(pk=batch.pk, state=Batch.State.FILED).exists():
        raise NotPossible("The list is still being filed. Wait until it is done.")
    chosen = batch.requests.filter(only or Q(), state__in=list(origin)).order_by("pk")
    requests = list(chosen.select_for_update().only("pk", "subject", "batch"))
    if not requests:
        raise NotPossible("Nothing was changed: no request of this list is in that state any more.")
    Request.objects.filter(pk__in=[request.pk for request in requests]).update(**changes)
    note_batch(batch, requests, action, by)
    if changes["state"] == State.APPROVED:
        wake(BEGIN)
    return len(requests)
