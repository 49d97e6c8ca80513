"""The worker's part of shared blocks: having them in Letta, noticing what others changed, letting the mirrors follow."""

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from memory_sdk import LettaError, NotFound
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after
from schemas.following import count_holders, follow
from schemas.models import SharedBlock
from schemas.sharing import ensure_created, look

logger = logging.getLogger(__name__)

LOOK = timedelta(seconds=60)
"""How often Letta is asked what a shared block says: one small request, and sync's round may take half an hour."""
TURN_SECONDS = 10.0
SILENCE = timedelta(seconds=20)
"""After which a block that nobody tends is taken up again."""
LONGEST_PAUSE = 60.0  # seconds between tries while Letta does not answer
LOST = "Letta no longer had this block, so it was made there anew. Who had it before lacks it now: attach it again."


def advance(shared_pk: str) -> float | None:
    """Do what can be done for a shared block now; returns the seconds until there is more to do, None for a while nothing.

    Never raises for what Letta does: that is recorded on the block, in a sentence.
    """
    rows = SharedBlock.objects.filter(pk=shared_pk, archived_at=None)
    if not rows.update(wake_at=timezone.now() + SILENCE):
        return None
    with exclusively(f"shared:{shared_pk}") as mine:
        pause = _look(SharedBlock.objects.get(pk=shared_pk)) if mine else None
    with exclusively(f"following:{shared_pk}") as mine:
        if mine and not follow(shared_pk, time.monotonic() + TURN_SECONDS):
            return 0.1
    shared = SharedBlock.objects.get(pk=shared_pk)
    rows.filter(following_since=None).update(
        subjects=count_holders(shared), wake_at=timezone.now() + (timedelta(seconds=pause) if pause else LOOK)
    )
    return None


def due(limit: int = 100) -> list[str]:
    """Claim the shared blocks that nobody tends, for the sweep: their ids, none of them twice within a while."""
    now = timezone.now()
    with transaction.atomic():
        rows = SharedBlock.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [shared.pk for shared in rows.only("pk")]
        SharedBlock.objects.filter(pk__in=ids).update(wake_at=now + SILENCE)
    return [str(pk) for pk in ids]


def _look(shared: SharedBlock) -> float | None:
    """Ask Letta; returns how long to wait before the next try, None when it answered."""
    try:
        ensure_created(shared)
        look(shared)
    except NotFound:
        # Deleted by another program, or with the last agent that had it. Its text is here.
        SharedBlock.objects.filter(pk=shared.pk).update(block_id=None, trouble=LOST)
        return 1.0
    except LettaError as error:
        logger.warning("shared block %s: %s", shared.pk, error)
        SharedBlock.objects.filter(pk=shared.pk).update(trouble=str(error), tries=shared.tries + 1)
        return pause_after(shared.tries, LONGEST_PAUSE)
    return None
