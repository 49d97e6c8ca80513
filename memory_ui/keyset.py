"""Lists in pages: keyset pagination, each page found by an index from the row it goes on after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

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
    anchor = row_of(rows if anchors is None else anchors, cursor.key)
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


def row_of(rows: QuerySet[Row], key: str | None) -> Row | None:
    """The row that a cursor names; None when there is none."""
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


def cursor_of(parameters: QueryDict) -> Cursor:
    """The cursor in `?after=` or `?before=`."""
    before = parameters.get("before")
    return Cursor(before, backwards=True) if before else Cursor(parameters.get("after"))
