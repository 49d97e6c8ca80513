"""The worker's part of distributions: the subjects listed, then handed the block a few at a time, at the rate asked for.

A state machine like `subjects.delivery`: each subject's result is a row of its own, so a killed worker's order goes on
where it was, and a subject that was in hand then is looked up in Letta first.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from memory_sdk import LettaError
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after
from schemas.choosing import next_subjects
from schemas.handing import Busy, hand
from schemas.models import Distribution, Share, SharedBlock
from schemas.tending import SILENCE
from subjects.models import Subject

logger = logging.getLogger(__name__)

State = Distribution.State
TURN_SECONDS = 8.0
"""How long one task works before others get their turn."""
ABREAST = 4
"""Subjects that are asked for at once: most of the time is waiting for Letta."""
CHUNK = 40
LONGEST_PAUSE = 60.0  # seconds between tries while Letta does not answer
BUSY_PAUSE = 1.0


def advance(distribution_pk: str) -> float | None:
    """Do what can be done for an order now; returns the seconds until there is more to do, None for nothing."""
    until = time.monotonic() + TURN_SECONDS
    with exclusively(f"distribution:{distribution_pk}") as mine:
        while mine and time.monotonic() < until:
            now = timezone.now()
            Distribution.objects.filter(pk=distribution_pk, wake_at__isnull=False).update(wake_at=now + SILENCE)
            distribution = Distribution.objects.filter(pk=distribution_pk).first()
            if distribution is None or distribution.state not in (State.CHOOSING, State.RUNNING):
                return None
            if distribution.next_at is not None and distribution.next_at > now:
                return _sleep(distribution, (distribution.next_at - now).total_seconds())
            if distribution.state == State.CHOOSING:
                _choose(distribution)
            elif pause := _hand_some(distribution, until):
                return _sleep(distribution, pause)
        return 0.1 if mine else None


def due(limit: int = 100) -> list[str]:
    """Claim the orders that stand still, for the sweep: their ids, none of them twice within a while."""
    now = timezone.now()
    with transaction.atomic():
        rows = Distribution.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [distribution.pk for distribution in rows.only("pk")]
        Distribution.objects.filter(pk__in=ids).update(wake_at=now + SILENCE)
    return [str(pk) for pk in ids]


def _choose(distribution: Distribution) -> None:
    """List the next subjects as shares."""
    pks, after = next_subjects(distribution)
    with transaction.atomic():
        there = Subject.objects.filter(pk__in=pks).select_for_update(no_key=True).values_list("pk", flat=True)
        shares = [Share(distribution=distribution, subject_id=pk) for pk in there]
        before = distribution.shares.filter(subject__in=pks).count()
        Share.objects.bulk_create(shares, ignore_conflicts=True)
        changes = {"after": after, "total": F("total") + len(shares) - before}
        if not after:
            changes |= {"state": State.RUNNING, "started_at": timezone.now()}
        Distribution.objects.filter(pk=distribution.pk, state=State.CHOOSING).update(**changes)


def _hand_some(distribution: Distribution, until: float) -> float | None:
    """Hand out the next few; returns how long to wait before more, None to go on at once."""
    size = CHUNK if distribution.rate is None else max(1, min(CHUNK, distribution.rate))
    waiting = distribution.shares.filter(state=Share.State.WAITING).select_related("subject").order_by("id")
    shares = list(waiting[:size])
    if not shares:
        _finish(distribution)
        return None
    if distribution.rate is not None:
        began = timezone.now()
        Distribution.objects.filter(pk=distribution.pk).update(
            next_at=began + timedelta(seconds=len(shares) / distribution.rate)
        )
    troubles = _hand_all(distribution, shares, until)
    letta = next((error for error in troubles if isinstance(error, LettaError)), None)
    if letta is not None:
        logger.warning("distribution %s: %s", distribution.pk, letta)
        Distribution.objects.filter(pk=distribution.pk).update(tries=F("tries") + 1, trouble=str(letta))
        return pause_after(distribution.tries, LONGEST_PAUSE)
    if distribution.tries or distribution.trouble:
        Distribution.objects.filter(pk=distribution.pk).update(tries=0, trouble="")
    if len(troubles) == len(shares):
        return BUSY_PAUSE
    return None


def _hand_all(distribution: Distribution, shares: Sequence[Share], until: float) -> list[Exception]:
    """Hand out, some abreast; returns what stood in the way. The first trouble with Letta, or a pause, stops the others."""
    lanes = 1 if distribution.tries else min(ABREAST, len(shares))  # a Letta that has trouble is asked for one at a time
    troubles: list[Exception] = []

    def lane(number: int) -> None:
        try:
            for share in shares[number::lanes]:
                if any(isinstance(trouble, LettaError) for trouble in troubles) or time.monotonic() > until:
                    return
                if not Distribution.objects.filter(pk=distribution.pk, state=State.RUNNING).exists():
                    return
                try:
                    hand(share, distribution)
                except (Busy, LettaError) as trouble:
                    troubles.append(trouble)
        finally:
            if lanes > 1:
                connection.close()  # a thread has a connection of its own

    if lanes == 1:
        lane(0)
    else:
        with ThreadPoolExecutor(lanes) as pool:
            list(pool.map(lane, range(lanes)))
    return troubles


def _finish(distribution: Distribution) -> None:
    # Who was erased meanwhile has no share any more.
    now = timezone.now()
    ended = Distribution.objects.filter(pk=distribution.pk, state=State.RUNNING).update(
        state=State.DONE, ended_at=now, wake_at=None, trouble="", total=F("changed") + F("same") + F("refused")
    )
    if ended:
        SharedBlock.objects.filter(pk=distribution.shared_block_id, archived_at=None).update(wake_at=now)


def _sleep(distribution: Distribution, pause: float) -> float:
    later = timezone.now() + timedelta(seconds=pause) + SILENCE
    Distribution.objects.filter(pk=distribution.pk, wake_at__isnull=False).update(wake_at=later)
    return max(pause, 0.05)
