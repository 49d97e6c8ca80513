"""Carrying requests out: a few at a time, each by one worker, until it says that it ended.

The rows are the truth: what is approved is begun when there is room, what is being carried out is looked at again when
its worker died or asked for a pause. Erasing and exporting themselves are rooms of their own.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from memory_ui.locks import exclusively, held, number
from memory_ui.logs import without_words
from memory_ui.waking import wake
from privacy.history import note_event
from privacy.models import Event, Request
from privacy.requesting import Kind, State

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Requests that are carried out at one time: the threads of one worker must not all be erasing while people learn."""
WORK = "privacy.tasks.work"
PAUSES = (5.0, 30.0, 120.0, 600.0)
"""seconds before the next try, after work broke off unexpectedly"""
SILENCE = timedelta(seconds=30)
"""After which work that nobody does is taken up again."""

DOERS = {
    Kind.ERASURE: "privacy.erasing.work",
    Kind.ACCESS: "privacy.exporting.work",
    Kind.PORTABILITY: "privacy.exporting.work",
    Kind.RESTRICTION: "privacy.restricting.work",
}
"""What carries each kind out: takes the request's pk, is safe to repeat, ends with `requesting.finish` or returns the
seconds until it wants to go on."""


def begin() -> None:
    """Begin what is approved, oldest first, single requests before those of a list, as far as there is room."""
    with transaction.atomic():
        lock_beginnings()
        room = AT_ONCE - Request.objects.filter(state=State.WORKING)[:AT_ONCE].count()
        if room <= 0:
            return
        on_hold = Request.objects.filter(subject_hash=OuterRef("subject_hash"), held_at__isnull=False)
        found = (
            Request.objects.filter(state=State.APPROVED)
            .exclude(Q(kind=Kind.ERASURE) & Exists(on_hold))
            .order_by(F("batch").asc(nulls_first=True), "approved_at", "pk")
        )
        now = timezone.now()
        for request in found[:room]:
            begun = Request.objects.filter(pk=request.pk, state=State.APPROVED).update(
                state=State.WORKING, begun_at=now, wake_at=now, failure=""
            )
            if begun:  # and not refused or withdrawn meanwhile
                note_event(request, Event.Action.BEGUN, None)
                wake(WORK, str(request.pk))


def lock_beginnings() -> None:
    """Until the end of this transaction nothing else begins and nothing else is put on hold."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [number("privacy-begin")])


def advance(request_pk: str) -> float | None:
    """Do the work of a request that was begun; returns the seconds until there is more to do, None when there is none."""
    with exclusively(lock_name(request_pk)) as mine:
        if not mine:
            return None
        request = Request.objects.filter(pk=request_pk, state=State.WORKING).first()
        if request is None:
            return None
        Request.objects.filter(pk=request_pk).update(wake_at=timezone.now() + SILENCE)
        work: Callable[[UUID], float | None] = import_string(DOERS[Kind(request.kind)])
        try:
            pause = work(request.pk)
        except Exception as error:  # whatever it was must not be the end of somebody's erasure
            pause = PAUSES[min(request.tries, len(PAUSES) - 1)]
            logger.error("request %s broke off: %s", request_pk, without_words(error))
            Request.objects.filter(pk=request_pk, state=State.WORKING).update(
                tries=F("tries") + 1,
                failure=f"The work broke off unexpectedly ({type(error).__name__}). It is tried again by itself.",
            )
        else:
            Request.objects.filter(pk=request_pk, state=State.WORKING, tries__gt=0).update(tries=0, failure="")
        if pause is not None:
            Request.objects.filter(pk=request_pk, state=State.WORKING).update(
                wake_at=timezone.now() + timedelta(seconds=pause)
            )
        return pause


def due() -> list[str]:
    """Requests that are being carried out, but by nobody."""
    found = Request.objects.filter(state=State.WORKING, wake_at__lte=timezone.now()).order_by("wake_at")
    pks = [str(pk) for pk in found.values_list("pk", flat=True)[:100]]
    busy = held(lock_name(pk) for pk in pks)
    return [pk for pk in pks if lock_name(pk) not in busy]


def lock_name(request_pk: str) -> str:
    """The lock that is held by whoever carries a request out."""
    return f"privacy-{request_pk}"
