"""Rolling out: begun, paused, gone on with, cancelled by people; worked through by lanes.

A rollout has a few *lanes*, each a task that claims subjects and takes them forward one by one. A lane is an advisory
lock: who holds it may work on what is marked with its number, so what a killed worker had in hand is taken up by the next
one in its lane, and by nobody else. A lane never waits without its lock; what stands still, the sweep wakes up.
"""

import logging
import time
from uuid import UUID

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q
from django.utils import timezone

from memory_sdk import LettaError, Unauthorized
from memory_ui.locks import exclusively, held
from memory_ui.logs import without_words
from memory_ui.waking import wake
from schemas import pacing
from schemas.applying import Busy, Errand, bring
from schemas.asking import Letta
from schemas.errands import errand_of, make_ready
from schemas.models import Rollout, RolloutItem
from schemas.recording import Overtaken, record_end, record_failure, record_later
from subjects.editing import Busy as SharedBusy

logger = logging.getLogger(__name__)

ROLL_OUT = "schemas.tasks.roll_out"
LANES = 4
MOST_AT_ONCE = 4  # rollouts that are worked on; the ones begun later wait, so that learning has workers, too
CLAIMED = 10  # subjects a lane takes at once
TURN_SECONDS = 10.0  # after which a lane lets other tasks have its thread
BUSY = "It is learning, or somebody is at work on it. It is tried again in a moment."
LONGEST_NAP = 1.0  # seconds after which a waiting lane looks whether it was paused


def advance(rollout_pk: UUID, lane: int) -> bool:
    """Work in one lane of a rollout for a turn. Returns whether there is more to do at once."""
    with exclusively(lock_of(rollout_pk, lane)) as mine:
        return mine and _work(rollout_pk, lane, time.monotonic() + TURN_SECONDS)


def lock_of(rollout_pk: UUID, lane: int) -> str:
    """The name of a lane's lock."""
    return f"rollout:{rollout_pk}:{lane}"


def due() -> list[tuple[UUID, int]]:
    """The lanes of rollouts under way in which nobody works."""
    running = list(Rollout.objects.filter(state=Rollout.State.RUNNING).order_by("started_at", "pk")[:MOST_AT_ONCE])
    lanes = {(rollout.pk, lane) for rollout in running for lane in range(1 if rollout.slowness else _share(len(running)))}
    # What a killed worker had in hand is in its lane, whether that is still wanted or not.
    left = RolloutItem.objects.filter(rollout__in=running, state=RolloutItem.State.WORKING, lane__isnull=False)
    lanes |= set(left.order_by().values_list("rollout_id", "lane").distinct())  # type: ignore[arg-type]
    busy = held(lock_of(*lane) for lane in lanes)
    return [lane for lane in sorted(lanes) if lock_of(*lane) not in busy]


def _share(running: int) -> int:
    """How many lanes each of so many rollouts has."""
    return max(1, LANES // max(running, 1))


def _lanes_of(rollout: Rollout) -> int:
    """How many lanes a rollout has now; none while enough others are under way that began before it."""
    running = list(
        Rollout.objects.filter(state=Rollout.State.RUNNING).order_by("started_at", "pk").values_list("pk", flat=True)[:50]
    )
    return _share(len(running)) if rollout.pk in running[:MOST_AT_ONCE] else 0


def _work(rollout_pk: UUID, lane: int, limit: float) -> bool:
    rows = Rollout.objects.select_related("version__template", "started_by").defer("subject_pks", "unknown_ids", "filters")
    rollout = rows.filter(pk=rollout_pk).first()
    if rollout is None or rollout.state != Rollout.State.RUNNING or lane >= _lanes_of(rollout):
        _give_back(rollout_pk, lane)
        return False
    errand = errand_of(rollout)
    ready = False
    while True:
        now = pacing.gate(rollout_pk)
        if not now.runs or (now.slow and lane > 0):
            _give_back(rollout_pk, lane)
            return False
        if time.monotonic() > limit:
            return True
        if now.wait > 0:
            time.sleep(min(now.wait, LONGEST_NAP))
            continue
        try:
            if not ready:
                make_ready(errand)
                ready = True
        except LettaError as error:
            pacing.slow_down(rollout_pk, error)
            continue
        except SharedBusy:
            time.sleep(LONGEST_NAP)  # another lane is creating a shared block
            continue
        items = _claim(rollout_pk, lane, CLAIMED if rollout.rate is None else 1)
        if not items:
            if _end(rollout_pk):
                return False
            time.sleep(LONGEST_NAP / 2)  # the rest is in other lanes, or learning
            continue
        errand.prepare([item.subject_id for item in items])
        for item in items:
            now = _take_turn(rollout_pk)
            if not now.runs or now.wait > 0 or not _one(item, errand, slow=now.slow):
                break
        rollout.refresh_from_db()
        pacing.note_pace(rollout)


def _claim(rollout_pk: UUID, lane: int, size: int) -> list[RolloutItem]:
    """What this lane has in hand already, of a worker that is no more; else the next ones."""
    items = RolloutItem.objects.filter(rollout=rollout_pk)
    mine = list(items.filter(state=RolloutItem.State.WORKING, lane=lane).order_by("pk")[: size + CLAIMED])
    if mine:
        return mine
    free = items.filter(Q(not_before=None) | Q(not_before__lte=timezone.now()), state=RolloutItem.State.WAITING)
    with transaction.atomic():
        claimed = list(free.order_by("pk").select_for_update(skip_locked=True)[:size])
        items.filter(pk__in=[item.pk for item in claimed]).update(state=RolloutItem.State.WORKING, lane=lane)
    return claimed


def _take_turn(rollout_pk: UUID) -> pacing.Gate:
    """Wait for the next subject's turn, and look whether the rollout was stopped meanwhile, or Letta needs a pause."""
    now = pacing.gate(rollout_pk)
    if not now.rated or not now.runs or now.wait > 0:
        return now
    wait = pacing.turn(rollout_pk)
    while wait > 0 and now.runs:
        time.sleep(min(wait, LONGEST_NAP))
        wait -= LONGEST_NAP
        now = pacing.gate(rollout_pk)
    return now


def _one(item: RolloutItem, errand: Errand, *, slow: bool) -> bool:
    """Take one subject forward; False when Letta needs a pause first."""
    if not _take(item):
        return True
    try:
        return _bring(item, errand, slow=slow)
    except Overtaken:
        return True  # its result is told by whoever took it up


def _take(item: RolloutItem) -> bool:
    """Count one more try of an item; False when somebody else counted one since it was read."""
    unchanged = RolloutItem.objects.filter(pk=item.pk, state=RolloutItem.State.WORKING, tries=item.tries)
    item.tries += 1
    return bool(unchanged.update(tries=item.tries))


def _bring(item: RolloutItem, errand: Errand, *, slow: bool) -> bool:
    letta = Letta()
    try:
        bring(item, errand, letta)
    except Overtaken:
        raise
    except Busy as busy:
        record_later(item, letta.requests, after=busy.seconds, note=BUSY)
    except LettaError as error:
        if error.permanent and not isinstance(error, Unauthorized):
            record_failure(item, str(error), letta.requests)
            return True
        record_later(item, letta.requests, note=str(error))
        pacing.slow_down(item.rollout_id, error)
        return False
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        # One subject that nobody foresaw must not stop a million others. Its words stay out of the log.
        logger.error("rollout %s: item %s: %s", item.rollout_id, item.pk, without_words(error))
        record_failure(item, "memory_ui made a mistake here; its log says which.", letta.requests)
    else:
        if slow:
            pacing.went_well(item.rollout_id)
    return True


def _give_back(rollout_pk: UUID, lane: int) -> None:
    RolloutItem.objects.filter(rollout=rollout_pk, state=RolloutItem.State.WORKING, lane=lane).update(
        state=RolloutItem.State.WAITING, lane=None
    )


def _end(rollout_pk: UUID) -> bool:
    """Whether every subject has its result; then the rollout is over."""
    if RolloutItem.objects.filter(rollout=rollout_pk, state__in=RolloutItem.UNDONE).exists():
        return False
    record_end(rollout_pk)
    return True


def wake_lanes(rollout_pk: UUID) -> None:
    """Have a rollout worked on."""
    for lane in range(LANES):
        wake(ROLL_OUT, str(rollout_pk), str(lane))
