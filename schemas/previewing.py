"""Counting what a rollout would do, before it does anything: every subject of the selection becomes an item.

In the background, a thousand subjects at a time, from our mirror alone. What is counted is what is then rolled out.
"""

import time
from collections import Counter
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from memory_ui.locks import exclusively, held
from schemas.applying import Errand, LeftOut, left_out
from schemas.errands import errand_of
from schemas.facts import Facts
from schemas.models import Rollout, RolloutItem
from schemas.planning import Plan
from schemas.selecting import is_picked, subjects_after
from subjects.models import Block, Revision, Subject

PART = 500  # subjects
TURN_SECONDS = 10.0
SAMPLES = 10
COUNT = "schemas.tasks.count_rollout"
COUNTED = (
    "after",
    "looked_at",
    "found",
    "left_out",
    "samples",
    "total",
    "skipped",
    "state",
    "counted_at",
)
LEFT_OUT = "It is {}, so nothing is done."


def advance(rollout_pk: UUID, seconds: float = TURN_SECONDS) -> bool:
    """Count for a while; returns whether there is more to count."""
    limit = time.monotonic() + seconds
    with exclusively(lock_name(rollout_pk)) as mine:
        while mine:
            rollout = Rollout.objects.select_related("version__template", "started_by").filter(pk=rollout_pk).first()
            if rollout is None or rollout.state != Rollout.State.COUNTING:
                return False
            _count_part(rollout, errand_of(rollout))
            if time.monotonic() > limit:
                return True
    return False


def due() -> list[UUID]:
    """Rollouts that nobody counts although they are not counted."""
    keys = list(Rollout.objects.filter(state=Rollout.State.COUNTING).values_list("pk", flat=True)[:20])
    busy = held(lock_name(pk) for pk in keys)
    return [pk for pk in keys if lock_name(pk) not in busy]


def lock_name(rollout_pk: UUID) -> str:
    """The lock that is held by whoever counts."""
    return f"rollout:{rollout_pk}:counting"


def _count_part(rollout: Rollout, errand: Errand) -> None:
    subjects, after = subjects_after(rollout, PART)
    picked = [subject for subject in subjects if is_picked(subject.pk, rollout.percent)]
    plans = _plans(rollout, errand, picked)
    with transaction.atomic():
        locked = Rollout.objects.select_for_update().get(pk=rollout.pk)
        if locked.state != Rollout.State.COUNTING or locked.after != rollout.after:
            return
        items = RolloutItem.objects.bulk_create(item for item, _ in plans)
        _add_up(locked, list(zip(items, (made for _, made in plans), strict=True)))
        locked.looked_at += len(subjects)
        locked.after = after
        if after is None:
            locked.state, locked.counted_at = Rollout.State.READY, timezone.now()
        locked.save(update_fields=COUNTED)


def _plans(rollout: Rollout, errand: Errand, subjects: list[Subject]) -> list[tuple[RolloutItem, Plan]]:
    """An item for each subject, and what would be done to it."""
    blocks: dict[UUID, list[Block]] = {subject.pk: [] for subject in subjects}
    rows = Block.objects.filter(subject__in=blocks, removed_at=None, block_id__isnull=False)
    for block in rows.defer("line_revisions"):
        blocks[block.subject_id].append(block)
    facts = Facts.of([block for mine in blocks.values() for block in mine])
    errand.prepare(blocks)
    made = []
    for subject in subjects:
        item = RolloutItem(rollout=rollout, subject=subject)
        try:
            if (reason := left_out(subject)) is not None:
                raise LeftOut(reason)
            plan = errand.plan(item, subject, blocks[subject.pk], facts)
            item.kinds = sorted({str(one.kind) for one in plan.found})
            item.note = " ".join(plan.notes)
        except LeftOut as out:
            plan = Plan()
            item.state, item.note, item.ended_at = (
                RolloutItem.State.SKIPPED,
                LEFT_OUT.format(out.reason.label),
                timezone.now(),
            )
        made.append((item, plan))
    _note_bases(made)
    return made


def _note_bases(made: list[tuple[RolloutItem, Plan]]) -> None:
    """Note which revision each value that is to be set was counted at."""
    changes = {change.block.pk: (item, change) for item, plan in made for change in plan.changes if change.value is not None}
    numbers = Revision.objects.filter(block__in=changes).order_by("block_id", "-number").distinct("block_id")
    for pk, number in numbers.values_list("block_id", "number"):
        item, change = changes[pk]
        item.bases = (item.bases or {}) | {change.block.label: number}


def _add_up(rollout: Rollout, made: list[tuple[RolloutItem, Plan]]) -> None:
    subjects: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    for item, plan in made:
        subjects.update(item.kinds)
        blocks.update(str(one.kind) for one in plan.found)
        rollout.total += 1
        if item.state == RolloutItem.State.SKIPPED:
            rollout.skipped += 1
            reason = next(one.value for one in RolloutItem.Reason if item.note == LEFT_OUT.format(one.label))
            rollout.left_out[reason] = rollout.left_out.get(reason, 0) + 1
        elif not plan.is_empty and len(rollout.samples) < SAMPLES:
            rollout.samples.append(item.pk)
    for kind, number in subjects.items():
        before = rollout.found.get(kind, [0, 0])
        rollout.found[kind] = [before[0] + number, before[1] + blocks[kind]]
