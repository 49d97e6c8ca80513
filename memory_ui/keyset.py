"""Lists in pages: keyset pagination, each page found by an index from the row it goes on after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from memory_ui.prepared import prepared

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


class Rows(Generic[Row]):
    """A list by the function that makes its queryset, for lists whose SQL is to be written once (`prepared`)."""

    def __init__(self, model: type[Row], make: Callable[..., QuerySet[Row]], *values: Any, **how: Any) -> None:
        """`values`, `how`: as `prepared` takes them."""
        self.model = model
        self.make = make
        self.values = values
        self.how = tuple(how.items())


def keyset_page(
    rows: QuerySet[Row] | Rows[Row],
    order: Sequence[str],
    cursor: Cursor,
    size: int = PAGE_SIZE,
    anchors: QuerySet[Row] | Rows[Row] | None = None,
) -> Page[Row]:
    """A page of `rows` in `order`, all names ascending or all descending (`-name`); the last name must be unique.

    `anchors`: where the cursor's row is looked up when `rows` is filtered by something that row need not pass.
    """
    place = _place_of(rows if anchors is None else anchors, cursor.key, order)
    if place is None:
        found = _next(rows, order, size)
        return Page(found[:size], after=_key(found, size))
    order_there = [_reversed(name) for name in order] if cursor.backwards else list(order)
    found = _next(rows, order_there, size, place)
    if not cursor.backwards:
        return Page(found[:size], before=str(found[0].pk) if found else None, after=_key(found, size))
    if len(found) <= size:
        # Fewer rows than a page are left on this side: show the first page, not a stump of it.
        return keyset_page(rows, order, Cursor(), size)
    found = found[:size][::-1]
    return Page(found, before=str(found[0].pk), after=str(found[-1].pk))


def row_of(model: type[Row], key: str | None) -> Row | None:
    """The row that a cursor names; None when there is none."""
    pk = _pk(model, key)
    return None if pk is None else _row.first(pk, model=model)


@prepared
def _row(pk: Any, *, model: type[Row]) -> QuerySet[Row]:
    return model._default_manager.filter(pk=pk)


def _pk(model: type[Model], key: str | None) -> Any:
    """The primary key that a cursor names; None for what can be none, as in a hand-made link."""
    try:
        pk = model._meta.pk.to_python(key) if key else None
    except (ValueError, ValidationError):
        return None
    return None if isinstance(pk, int) and not 0 <= pk < 2**63 else pk


def _place_of(rows: QuerySet[Row] | Rows[Row], key: str | None, order: Sequence[str]) -> tuple[Any, ...] | None:
    """Where in `order` the cursor's row stands; None when there is no such row, or no place for it."""
    pk = _pk(rows.model, key)
    names = tuple(name.removeprefix("-") for name in order)
    if pk is None:
        return None
    if isinstance(rows, Rows):
        found = _placed(pk, *rows.values, make=rows.make, how=rows.how, names=names)
    else:
        found = list(_standing(rows, pk, names))
    return found[0] if found and None not in found[0] else None


def _next(rows: QuerySet[Row] | Rows[Row], order: Sequence[str], size: int, place: tuple[Any, ...] = ()) -> list[Row]:
    """The rows from `place` on, one more than a page holds."""
    if isinstance(rows, Rows):
        way = {"make": rows.make, "how": rows.how, "order": tuple(order), "size": size, "before": len(place)}
        # Of keys one has as few rows as another, so one plan suits them all; of tags, words and days it does not.
        by_key = all(isinstance(value, UUID) for value in rows.values)
        return (_taken_by_key if by_key else _taken)(*place, *rows.values, **way)
    return list(_slice(rows, order, size, place))


def _standing(rows: QuerySet[Row], pk: Any, names: Sequence[str]) -> QuerySet[Row, tuple[Any, ...]]:
    return rows.filter(pk=pk).order_by().values_list(*names)


def _slice(rows: QuerySet[Row], order: Sequence[str], size: int, place: tuple[Any, ...]) -> QuerySet[Row]:
    return (rows.filter(_beyond(place, order)) if place else rows).order_by(*order)[: size + 1]


@prepared
def _placed(pk: Any, *values: Any, make: Any, how: Any, names: Any) -> QuerySet[Any, tuple[Any, ...]]:
    return _standing(make(*values, **dict(how)), pk, names)


def _slice_of(*given: Any, make: Any, how: Any, order: Any, size: int, before: int) -> QuerySet[Any, Any]:
    return _slice(make(*given[before:], **dict(how)), order, size, given[:before])


_taken = prepared.planned_anew(_slice_of)
_taken_by_key = prepared(_slice_of)


def _key(found: Sequence[Model], size: int) -> str | None:
    return str(found[size - 1].pk) if len(found) > size else None


def _reversed(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(place: Sequence[Any], order: Sequence[str]) -> Q:
    """Rows after `place`: (a, b) < (x, y), written so that an index on (a, b) serves it."""
    way = "lt" if order[0].startswith("-") else "gt"
    names = [name.removeprefix("-") for name in order]
    beyond = Q()
    same = Q()
    for name, value in zip(names, place, strict=True):
        beyond |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    if len(names) > 1:
        beyond &= Q(**{f"{names[0]}__{way}e": place[0]})
    return beyond


def cursor_of(parameters: QueryDict) -> Cursor:
    """The cursor in `?after=` or `?before=`."""
    before = parameters.get("before")
    return Cursor(before, backwards=True) if before else Cursor(parameters.get("after"))
