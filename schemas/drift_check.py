"""Proving the numbers of drift: every subject compared anew, in Python, and every total counted; what is wrong is put right.

Triggers keep the numbers (migration 0002). This check is independent of them: it goes by `differences.differences`.
"""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Length

from schemas.differences import Has, Wants, differences
from schemas.models import BlockSchema, Deviation, Standing
from subjects.models import Block

logger = logging.getLogger(__name__)

BATCH = 500

WRONG_TOTALS = """
    select version_id, kinds, kind, label, sum(number) as number from (
        select version_id, kinds, '' as kind, '' as label, count(*) as number
            from schemas_standing group by version_id, kinds
        union all
        select version_id, null, kind, label, count(*)
            from schemas_deviation where kind <> 'extra' group by version_id, kind, label
        union all
        select version_id, kinds, kind, label, -number from schemas_tally
    ) both_sides
    group by version_id, kinds, kind, label having sum(number) <> 0
"""
PUT_RIGHT = f"insert into schemas_tally (version_id, kinds, kind, label, number) {WRONG_TOTALS}"


@dataclass(slots=True)
class Checked:
    """What a check found. `next`: the subject after which it goes on, None at the end."""

    subjects: int = 0
    wrong: list[UUID] = field(default_factory=list)
    next: UUID | None = None


@transaction.atomic
def check_some(after: UUID | None = None, size: int = BATCH, *, mend: bool = True) -> Checked:
    """Compare the next `size` subjects that are on a version, in the order of their own ids; `mend`: put the wrong right."""
    rows = Standing.objects.order_by("subject").select_for_update(no_key=True, of=("self",))
    # Locked, so that nobody's blocks change between our two looks: their triggers wait for the same row.
    standings = list((rows if after is None else rows.filter(subject__gt=after))[:size])
    pks = [standing.pk for standing in standings]
    wants = _wanted({standing.version_id for standing in standings})
    has: dict[UUID, list[Has]] = defaultdict(list)
    blocks = Block.objects.filter(subject__in=pks, removed_at=None).annotate(characters=Length("value"))
    for block in blocks.defer("value", "line_revisions").order_by():
        has[block.subject_id].append(
            Has(block.label, block.description, block.limit, block.read_only, block.characters, block.block_id)
        )
    kept: dict[UUID, set[tuple[UUID, str, str]]] = defaultdict(set)
    for one in Deviation.objects.filter(standing__in=pks):
        kept[one.standing_id].add((one.version_id, one.kind, one.label))
    wrong = []
    for standing in standings:
        found = differences(has[standing.pk], wants[standing.version_id])
        true = {(standing.version_id, str(difference.kind), difference.label) for difference in found}
        if true != kept[standing.pk] or sorted({kind for _, kind, _ in true}) != standing.kinds:
            wrong.append(standing.pk)
    if mend:
        compare(wrong)
    return Checked(len(standings), wrong, pks[-1] if len(pks) == size else None)


def check_for(seconds: float, after: str = "", size: int = BATCH) -> str | None:
    """Check for about `seconds`, then say after which subject to go on; None when all is checked, the totals too."""
    until = time.monotonic() + seconds
    place = UUID(after) if after else None
    while True:
        checked = check_some(place, size)
        if checked.wrong:
            logger.error("drift: %s subjects were not as counted, and are now", len(checked.wrong))
        place = checked.next
        if place is None:
            if wrong := check_totals():
                logger.error("drift: %s totals were wrong, and are right now", wrong)
            return None
        if time.monotonic() > until:
            return str(place)


def compare(subjects: list[UUID]) -> None:
    """Have the triggers' function look at these subjects now."""
    with connection.cursor() as cursor:
        cursor.execute("select schemas_compare(%s::uuid[])", [subjects])


def check_totals() -> int:
    """Count all totals and put right those that are wrong; returns how many those were. One statement sees one moment."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_RIGHT)
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """A number on the drift page that is not what a fresh count says.

    Of the subjects that differ in all of `kinds` and no other way, or, where that is None, of those that differ by `kind`
    in the block `label`. `lacks`: how many the number is short of the truth; below 0, how many too many.
    """

    version: UUID
    kinds: tuple[str, ...] | None
    kind: str
    label: str
    lacks: int


def wrong_totals() -> list[WrongTotal]:
    """Count all totals; returns those that are wrong, and leaves them so."""
    with connection.cursor() as cursor:
        cursor.execute(f"{WRONG_TOTALS} order by 1, 2, 3, 4")
        return [
            WrongTotal(version, None if kinds is None else tuple(kinds), kind, label, int(number))
            for version, kinds, kind, label, number in cursor.fetchall()
        ]


def _wanted(versions: set[UUID]) -> dict[UUID, list[Wants]]:
    wants: dict[UUID, list[Wants]] = {version: [] for version in versions}
    for schema in BlockSchema.objects.filter(version__in=versions).select_related("shared_block").defer("value"):
        shared = schema.shared_block.block_id or "" if schema.shared_block else None
        wants[schema.version_id].append(
            Wants(schema.label, schema.description, schema.limit, schema.read_only, shared_id=shared)
        )
    return wants
