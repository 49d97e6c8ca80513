"""What the pages of shared blocks show: their list, their history with what each change changed, who has one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from memory_ui.keyset import Cursor, Page, keyset_page
from schemas.following import holders
from schemas.models import Distribution, Share, SharedBlock, SharedRevision
from subjects import diffs
from subjects.models import Block


@dataclass(frozen=True, slots=True)
class SharedChange:
    """What one revision changed, as `_diff.html` shows it: of value and description the words, and in `notes` the rest."""

    revision: SharedRevision
    segments: list[diffs.Segment]
    notes: list[str]
    described: list[diffs.Segment] = field(default_factory=list)
    label: str = ""


def shared_blocks(cursor: Cursor, *, archived: bool = False) -> Page[SharedBlock]:
    """Shared blocks by label, or those put aside."""
    rows = SharedBlock.objects.exclude(archived_at=None) if archived else SharedBlock.objects.filter(archived_at=None)
    return keyset_page(rows, ("label", "id"), cursor, anchors=SharedBlock.objects.all())


def history(shared: SharedBlock, cursor: Cursor, size: int = 20) -> tuple[list[SharedChange], Page[SharedRevision]]:
    """The revisions, newest first, each with what it changed. Three queries."""
    page = keyset_page(shared.revisions.select_related("editor"), ("-number",), cursor, size)
    numbers = [revision.number - 1 for revision in page.rows]
    before = {revision.number: revision for revision in shared.revisions.filter(number__in=numbers)}
    return [changed(before.get(revision.number - 1), revision) for revision in page.rows], page


def changed(older: SharedRevision | None, newer: SharedRevision) -> SharedChange:
    """What lies between two revisions; before the first there was nothing."""
    if older is None:
        return SharedChange(newer, diffs.diff("", newer.value) if newer.value else [], [])
    notes = []
    if older.limit != newer.limit:
        notes.append(f"Limit changed from {older.limit:,} to {newer.limit:,} characters.")
    if older.read_only != newer.read_only:
        notes.append("Read-only from then on." if newer.read_only else "No longer read-only.")
    segments, described = (
        diffs.diff(old, new) if old != new else []
        for old, new in ((older.value, newer.value), (older.description, newer.description))
    )
    return SharedChange(newer, segments, notes, described)


def holders_page(shared: SharedBlock, cursor: Cursor) -> Page[Block]:
    """Who has the block: its mirrors, with their subjects, in the order of the subjects' own ids."""
    rows = holders(shared).select_related("subject").defer("value", "line_revisions")
    return keyset_page(rows, ("subject_id", "id"), cursor)


def newest_distributions(shared: SharedBlock, most: int = 8) -> Sequence[Distribution]:
    """The last orders to attach or detach it."""
    return list(shared.distributions.select_related("created_by").order_by("-created_at", "-id")[:most])


def shares_page(distribution: Distribution, state: str, cursor: Cursor) -> Page[Share]:
    """The subjects of an order with this result, in the order in which they were listed."""
    rows: QuerySet[Share] = distribution.shares.filter(state=state).select_related("subject")
    return keyset_page(rows, ("id",), cursor, anchors=distribution.shares.all())
