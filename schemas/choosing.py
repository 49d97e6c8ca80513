"""Whom a shared block goes to or comes off: who passes a filter, named ids, or all on a template version."""

from uuid import UUID

from schemas.drift import Cell, subject_pks
from schemas.models import Distribution, Version
from subjects.listing import everybody
from subjects.wanted import Wanted

BATCH = 1_000


def next_subjects(distribution: Distribution) -> tuple[list[UUID], str]:
    """The next subjects of an order, after `distribution.after`; and where to go on, "" at the end."""
    after = distribution.after
    if distribution.subject_pks is not None:
        start = int(after or 0)
        part = distribution.subject_pks[start : start + BATCH]
        more = start + BATCH < len(distribution.subject_pks)
        return part, str(start + BATCH) if more else ""
    if distribution.version_id is not None:
        part = subject_pks(Cell(Version(pk=distribution.version_id)), UUID(after) if after else None, size=BATCH)
    else:
        rows = everybody(Wanted.from_json(distribution.filters))
        part = list((rows.filter(pk__gt=after) if after else rows).order_by("pk").values_list("pk", flat=True)[:BATCH])
    return part, str(part[-1]) if len(part) == BATCH else ""
