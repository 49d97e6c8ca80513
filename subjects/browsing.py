"""The queries behind lists: keyset pages and filters, each served by an index and none per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from subjects.blame import with_lines
from subjects.models import Block, Message, Revision, Run, Subject

PAGE_SIZE = 25

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list. `before` and `after` are the cursors of the pages beside it, None where there is none."""

    rows: list[Row]
    before: str | None = None
    after: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this page is the whole list."""
        return self.before is None and self.after is None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: after or before the row with this primary key; an unknown row means the first page."""

    key: str | None = None
    backwards: bool = False


def keyset_page(
    rows: QuerySet[Row], order: Sequence[str], cursor: Cursor, size: int = PAGE_SIZE, anchors: QuerySet[Row] | None = None
) -> Page[Row]:
    """A page of `rows` in `order`, all names ascending or all descending (`-name`); the last name must be unique.

    `anchors`: where the cursor's row is looked up when `rows` is filtered by something that row need not pass.
    """
    anchor = _row_of(rows if anchors is None else anchors, cursor.key)
    if anchor is None:
        found = list(rows.order_by(*order)[: size + 1])
        return Page(found[:size], after=_key(found, size))
    order_there = [_reversed(name) for name in order] if cursor.backwards else list(order)
    found = list(rows.filter(_beyond(anchor, order_there)).order_by(*order_there)[: size + 1])
    if not cursor.backwards:
        return Page(found[:size], before=str(found[0].pk) if found else None, after=_key(found, size))
    if len(found) <= size:
        # Fewer rows than a page are left on this side: show the first page, not a stump of it.
        return keyset_page(rows, order, Cursor(), size)
    found = found[:size][::-1]
    return Page(found, before=str(found[0].pk), after=str(found[-1].pk))


def _row_of(rows: QuerySet[Row], key: str | None) -> Row | None:
    if not key:
        return None
    try:
        return rows.filter(pk=key).first()
    except (ValueError, ValidationError):
        return None  # no id at all, or one past the largest number: a hand-made link


def _key(found: Sequence[Model], size: int) -> str | None:
    return str(found[size - 1].pk) if len(found) > size else None


def _reversed(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(anchor: Model, order: Sequence[str]) -> Q:
    """Rows after `anchor`: (a, b) < (x, y), written so that an index on (a, b) serves it."""
    way = "lt" if order[0].startswith("-") else "gt"
    names = [name.removeprefix("-") for name in order]
    beyond = Q()
    same = Q()
    for name in names:
        beyond |= same & Q(**{f"{name}__{way}": getattr(anchor, name)})
        same &= Q(**{name: getattr(anchor, name)})
    if len(names) > 1:
        beyond &= Q(**{f"{names[0]}__{way}e": getattr(anchor, names[0])})
    return beyond


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


def blocks_of(subject: Subject) -> list[Block]:
    """The blocks of `subject`, as `dressed`."""
    return dressed(subject.blocks.filter(removed_at=None))


def dressed(rows: QuerySet[Block]) -> list[Block]:
    """Blocks with what their cards show. Three queries.

    `latest`: the latest revision (None before the first). `lines`: blame.Line for each line. `warn_at`: the number of
    characters from which the limit is near. `mirrors`: how many of our subjects have this block, itself included.
    """
    newest = Revision.objects.filter(block=OuterRef("pk")).order_by("-number").values("pk")[:1]
    same = Block.objects.filter(block_id=OuterRef("block_id"), removed_at=None).order_by().values("block_id")
    blocks: list[Any] = list(
        rows.annotate(latest_id=Subquery(newest), mirrors=Subquery(same.annotate(n=Count("pk")).values("n")))
    )
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
