"""Whom a shared block goes to or comes off: a filter, ids that were pasted or uploaded, or all on a template version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from schemas.drift import Cell, subject_pks
from schemas.models import Distribution, Version
from subjects.browsing import Cursor
from subjects.listing import Wanted, subjects_page
from subjects.models import Subject

MOST_IDS = 100_000
"""ids that may be named in one order; more are better described by a filter"""
BATCH = 1_000
SEPARATORS = re.compile(r"[\r\n,;\t]+")


class TooManyIds(ValueError):
    """More ids than one order may name."""

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_IDS:,} ids can be named at once. Use a filter for more.")


@dataclass(frozen=True, slots=True)
class Named:
    """Subjects that were named by their ids. `unknown`: the ids that no subject has."""

    pks: list[UUID] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def named(ids: Iterable[str]) -> Named:
    """Look subjects up by their outside ids. Raises TooManyIds."""
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_IDS:
        raise TooManyIds
    known: dict[str, UUID] = {}
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        known |= dict(Subject.objects.filter(subject_id__in=part).values_list("subject_id", "pk"))
    return Named(list(known.values()), [one for one in wanted if one not in known])


def ids_in(text: str) -> list[str]:
    """The ids in a pasted list or a CSV file: one a line, or apart by commas, semicolons or tabs; quotes are taken off.

    A heading `id` or `subject_id` in the first place is left out.
    """
    found = [one for part in SEPARATORS.split(text.removeprefix("\ufeff")) if (one := part.strip().strip('"').strip())]
    return found[1:] if found and found[0].lower() in ("id", "subject_id") else found


def next_subjects(distribution: Distribution) -> tuple[list[UUID], str]:
    """The next subjects of an order, after `distribution.after`; and where to go on, "" at the end.

    Raises:
        TooMuch: looking for the words of the filter took too long.
    """
    after = distribution.after
    if distribution.subject_pks is not None:
        start = int(after or 0)
        part = distribution.subject_pks[start : start + BATCH]
        more = start + BATCH < len(distribution.subject_pks)
        return part, str(start + BATCH) if more else ""
    if distribution.version_id is not None:
        version = Version(pk=distribution.version_id)
        part = subject_pks(Cell(version), UUID(after) if after else None, size=BATCH)
        return part, str(part[-1]) if len(part) == BATCH else ""
    page = subjects_page(Wanted.from_json(distribution.filters), Cursor(after or None), BATCH)
    return [subject.pk for subject in page.rows], page.after or ""
