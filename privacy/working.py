"""Carrying requests out: a few at a time, each by one worker, until it says that it ended.

The rows are the truth: what is approved is begun when there is room, what is being carried out is looked at again when
its worker died or asked for a pause. Erasing and exporting themselves are rooms of their own.
"""

import logging
import math
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from memory_ui.locks import exclusively, held
from memory_ui.logs import without_words
from memory_ui.waking import wake
from privacy import vacuuming
from privacy.beginning import lock_beginnings, ready
from privacy.history import note_event
from privacy.models import Event, Request
from privacy.requesting import BEGIN, Kind, State

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Requests that are carried out at one time: the threads of one worker must not all be erasing while people learn."""
UNTIL_WOKEN = math.inf
"""The pause of work that waits for what many share. It takes up no room meanwhile; `begin` wakes it."""
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
    """Go on with what waited, then begin what is approved, as far as there is room.

    Oldest first, single requests before those of a list.
    """
    with transaction.atomic():
        lock_beginnings()
        room = AT_ONCE - Request.objects.filter(state=State.WORKING, wake_at__isnull=False)[:AT_ONCE].count()
        if room <= 0:
            return
        now = timezone.now()
        for pk in vacuuming.to_wake(room):
            if Request.objects.filter(pk=pk, state=State.WORKING, wake_at=None).update(wake_at=now):
                wake(WORK, str(pk))
                room -= 1
        for request in ready().order_by(F("batch").asc(nulls_first=True), "approved_at", "pk")[:room]:
            begun = Request.objects.filter(pk=request.pk, state=State.APPROVED).update(
                state=State.WORKING, begun_at=now, wake_at=now, failure=""
            )
            if begun:  # and not refused or withdrawn meanwhile
                note_event(request, Event.Action.BEGUN, None)
                wake(WORK, str(request.pk))


def advance(request_pk: str) -> float | None:
    """Do the work of a request that was begun; returns the seconds until there is more to do.

    None when there is none, and when it waits to be woken.
    """
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
        if pause == UNTIL_WOKEN:
            with transaction.atomic():
                Request.objects.filter(pk=request_pk, state=State.WORKING).update(wake_at=None)
                wake(BEGIN)  # there is room now
            return None
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
