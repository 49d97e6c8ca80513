"""The queries behind lists: keyset pages and filters, each served by an index and none per row."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from memory_ui.keyset import PAGE_SIZE, Cursor, Page, keyset_page
from subjects.blame import with_lines
from subjects.models import Block, Message, Revision, Run, Subject

MOST_MIRRORS = 1_001
"""mirrors of a block that are counted for a page"""

# What belongs to one subject


def runs_of(subject: Subject, cursor: Cursor, size: int = PAGE_SIZE) -> Page[Run]:
    """The runs of `subject`, newest first."""
    return keyset_page(subject.runs.select_related("created_by"), ("-position",), cursor, size)


def all_runs(
    cursor: Cursor,
    state: str = "",
    source: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> Page[Run]:
    """The runs of all subjects, newest first; given from `since` on and before `until`; failed for this `reason`."""
    found = Run.objects.select_related("subject", "created_by")
    if state == "open":
        found = found.filter(state__in=Run.OPEN)
    elif state:
        found = found.filter(state=state)
    if source:
        found = found.filter(source=source)
    if since:
        found = found.filter(created_at__gte=since)
    if until:
        found = found.filter(created_at__lt=until)
    if reason:
        found = found.filter(failure=reason)
    return keyset_page(found, ("-created_at", "-id"), cursor, anchors=Run.objects.all())


def messages_of(
    subject: Subject, cursor: Cursor, role: str = "", since: date | None = None, until: date | None = None
) -> Page[Message]:
    """The messages of `subject`, newest first. `since` and `until` are whole days in the reader's zone, both included."""
    rows = subject.messages.select_related("run")
    found = rows
    if role:
        found = found.filter(role=role)
    if since:
        found = found.filter(created_at__gte=_midnight(since))
    if until:
        found = found.filter(created_at__lt=_midnight(until + timedelta(days=1)))
    return keyset_page(found, ("-id",), cursor, 50, anchors=rows)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def with_previous(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Revisions with what the one before said: `old_value`, `old_description`, `old_limit`; None at the first."""
    before = Revision.objects.filter(block=OuterRef("block"), number=OuterRef("number") - 1)
    return revisions.annotate(
        old_value=Subquery(before.values("value")),
        old_description=Subquery(before.values("description")),
        old_limit=Subquery(before.values("limit")),
    )


def revisions_of(block: Block, cursor: Cursor) -> Page[Revision]:
    """The revisions of `block` with what each changed, newest first."""
    rows = with_previous(block.revisions.select_related("run", "editor"))
    return keyset_page(rows, ("-number",), cursor, 20)


class _Number(Subquery):
    """How many rows a subquery has, which it may limit: a block that a million share is not counted for a page."""

    template = "(select count(*) from (%(subquery)s) counted)"
    output_field = IntegerField()


def blocks_of(subject: Subject) -> list[Block]:
    """The blocks of `subject`, as `dressed`."""
    return dressed(subject.blocks.filter(removed_at=None))


def dressed(rows: QuerySet[Block]) -> list[Block]:
    """Blocks with what their cards show. Three queries.

    `latest`: the latest revision (None before the first). `lines`: blame.Line for each line. `warn_at`: the number of
    characters from which the limit is near. `mirrors`: how many of our subjects have this block, itself included; counted
    up to MOST_MIRRORS.
    """
    newest = Revision.objects.filter(block=OuterRef("pk")).order_by("-number").values("pk")[:1]
    same = Block.objects.filter(block_id=OuterRef("block_id"), removed_at=None).order_by().values("pk")
    blocks: list[Any] = list(rows.annotate(latest_id=Subquery(newest), mirrors=_Number(same[:MOST_MIRRORS])))
    revisions = Revision.objects.select_related("run", "editor").defer("value", "description")
    latest = revisions.in_bulk([block.latest_id for block in blocks if block.latest_id])
    for block in blocks:
        block.latest = latest.get(block.latest_id)
        block.warn_at = block.limit * 80 // 100
    with_lines(blocks)
    return blocks


def has_earlier_open_run(run: Run) -> bool:
    """Whether another run of the same subject must end before this one starts."""
    return Run.objects.filter(subject=run.subject_id, position__lt=run.position, state__in=Run.OPEN).exists()
