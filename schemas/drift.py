"""Drift: how many subjects are on which version, how they differ from it, and who they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from memory_ui.keyset import PAGE_SIZE, Cursor, Page
from memory_ui.locks import exclusively
from schemas.differences import Kind
from schemas.models import BlockSchema, Deviation, Standing, Tally, Template, Version
from subjects.models import Subject

TOLD = tuple(kind for kind in Kind if kind != Kind.VALUE)
"""The kinds that are counted. A value differs from what it started as in everybody who learned something."""
AT_ONCE = 1_000
"""subjects whose differences are looked at in one statement"""


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many subjects differ in this way, and in which blocks of the version (not told for extra blocks)."""

    kind: Kind
    subjects: int
    labels: Sequence[tuple[BlockSchema, int]]


@dataclass(frozen=True, slots=True)
class VersionDrift:
    """Where the subjects of one version stand. `subjects`: how many are on it; `exact`: of them, as the version says."""

    version: Version
    subjects: int
    exact: int
    kinds: Sequence[KindCount]

    @property
    def differing(self) -> int:
        """How many differ in some way."""
        return self.subjects - self.exact


def drift_of(template: Template) -> list[VersionDrift]:
    """The published versions of `template`, the newest first, each with its numbers. Three queries, whatever they are."""
    versions = list(template.versions.filter(number__isnull=False).select_related("published_by").order_by("-number"))
    schemas: dict[UUID, list[BlockSchema]] = defaultdict(list)
    for schema in BlockSchema.objects.filter(version__in=versions).defer("value"):
        schemas[schema.version_id].append(schema)
    tallies: dict[UUID, list[Mapping[str, object]]] = defaultdict(list)
    sums = Tally.objects.filter(version__in=versions).values("version", "kinds", "kind", "label")
    for row in sums.annotate(sum=Sum("number")).order_by():
        tallies[row["version"]].append(row)
    return [_drift(version, schemas[version.pk], tallies[version.pk]) for version in versions]


def _drift(version: Version, schemas: Sequence[BlockSchema], rows: Sequence[Mapping[str, object]]) -> VersionDrift:
    by_kinds: dict[tuple[str, ...], int] = {}
    by_label: dict[tuple[str, str], int] = {}
    for row in rows:
        number, kinds = row["sum"], row["kinds"]
        assert isinstance(number, int)
        if isinstance(kinds, list):
            by_kinds[tuple(kinds)] = number
        else:
            by_label[str(row["kind"]), str(row["label"])] = number
    counts = []
    for kind in TOLD:
        subjects = sum(number for kinds, number in by_kinds.items() if kind in kinds)
        labels = [(schema, number) for schema in schemas if (number := by_label.get((kind, schema.label), 0))]
        if subjects:
            counts.append(KindCount(kind, subjects, labels))
    return VersionDrift(version, sum(by_kinds.values()), by_kinds.get((), 0), counts)


# who they are ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """Some of the subjects on a version: `kind` "" for all, "exact", "any" for those who differ, or a `Kind`; and of a
    kind, with `label`, those who differ in that block."""

    version: Version
    kind: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Stander:
    """A subject and in which ways it differs: kind and label of each."""

    subject: Subject
    standing: Standing
    deviations: Sequence[tuple[Kind, str]]


def standers(cell: Cell, cursor: Cursor, size: int = PAGE_SIZE) -> tuple[list[Stander], Page[Subject]]:
    """A page of the subjects of a cell, in the order of their own ids, read off an index. Three queries."""
    start = _uuid(cursor.key)
    found = subject_pks(cell, start, backwards=cursor.backwards and start is not None, size=size + 1)
    more = len(found) > size
    found = found[:size]
    if cursor.backwards and start is not None:
        if not more:
            return standers(cell, Cursor(), size)
        found.reverse()
    standings = Standing.objects.select_related("subject").in_bulk(found)
    deviations: dict[UUID, list[tuple[Kind, str]]] = defaultdict(list)
    # A trigger writes them in whatever order it finds them.
    for one in sorted(
        Deviation.objects.filter(standing__in=found), key=lambda one: (list(Kind).index(Kind(one.kind)), one.label)
    ):
        deviations[one.standing_id].append((Kind(one.kind), one.label))
    rows = [Stander(standings[pk].subject, standings[pk], deviations[pk]) for pk in found if pk in standings]
    before = str(found[0]) if found and start is not None else None
    after = str(found[-1]) if found and (more or cursor.backwards) else None
    return rows, Page([row.subject for row in rows], before=before, after=after)


def subject_pks(cell: Cell, after: UUID | None, *, backwards: bool = False, size: int = AT_ONCE) -> list[UUID]:
    """Up to `size` subjects of a cell in the order of their own ids, from `after` on; going back, the nearest first."""
    way = "subject__lt" if backwards else "subject__gt"
    if cell.kind in ("", "exact", "any"):
        rows = Standing.objects.filter(version=cell.version)
        if cell.kind:
            rows = rows.filter(kinds=[]) if cell.kind == "exact" else rows.exclude(kinds=[])
        if after is not None:
            rows = rows.filter(**{way: after})
        return list(rows.order_by("-subject" if backwards else "subject").values_list("subject_id", flat=True)[:size])
    deviations = Deviation.objects.filter(version=cell.version, kind=cell.kind)
    if cell.label:
        deviations = deviations.filter(label=cell.label)
    if after is not None:
        deviations = deviations.filter(**{way.replace("subject", "standing"): after})
    found = deviations.order_by("-standing" if backwards else "standing").values_list("standing_id", flat=True)
    return list(found.distinct()[:size])


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


# keeping the numbers --------------------------------------------------------------------------------------------------


def fold() -> int:
    """Put the rows of each number together; returns how many rows there were, 0 when there was nothing to do."""
    with exclusively("fold tallies") as mine:
        if not mine:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                "select exists (select from schemas_tally group by version_id, kinds, kind, label"
                " having count(*) > 1 or sum(number) = 0)"
            )
            if cursor.fetchone() == (False,):
                return 0
            cursor.execute(
                "with old as (delete from schemas_tally returning version_id, kinds, kind, label, number),"
                " new as (insert into schemas_tally (version_id, kinds, kind, label, number)"
                "  select version_id, kinds, kind, label, sum(number) from old"
                "  group by version_id, kinds, kind, label having sum(number) <> 0)"
                " select count(*) from old"
            )
            row = cursor.fetchone()
    return int(row[0]) if row else 0
