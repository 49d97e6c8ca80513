"""Keyset paging: lists that lose and repeat nothing, whichever way a client follows them.

Letta's clients take the next page with `after=` the last id they saw, in the order of the list; the real server loses rows
there for messages and runs. Here `after` always goes on in the list's own order, and `before` gives the rows next to the
cursor on its other side, in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from django.db.models import DateTimeField, ExpressionWrapper, F, Model, OrderBy, Q, QuerySet, Value
from pydantic import Field

Row = TypeVar("Row", bound=Model)

MOST = 10_000
"""rows in one answer, also when a client asks for all of them with limit=0"""

Limit = Annotated[int, Field(ge=0, le=2**31 - 1)]
Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted. Unknown cursors are ignored, as Letta does."""

    before: str | None = None
    after: str | None = None
    limit: int | None = None
    """rows; None or 0: no limit but MOST"""
    descending: bool = False
    log: bool = False
    """A list of what happened, in which `before` always means earlier: newest first it goes on there too, as in Letta."""

    @property
    def rows(self) -> int:
        return min(self.limit or MOST, MOST)


def page(queryset: QuerySet[Row], window: Window, by: str = "created_at", *, few: bool = False) -> list[Row]:
    """The rows of `queryset` in the window, ordered by the column `by`, then by id. Rows without a value come last.

    `few`: the filters leave so few rows that they are to be sorted, not met on the way along the order's index.
    """
    before, after, descending = window.before, window.after, window.descending
    if window.log and descending and before:
        before, after = None, before
    everything = queryset.model._default_manager
    if after and (place := everything.filter(pk=after).values_list(by, "pk").first()):
        queryset = queryset.filter(_beyond(by, place, descending))
    if before and (place := everything.filter(pk=before).values_list(by, "pk").first()):
        queryset = queryset.filter(_beyond(by, place, not descending, backwards=True))
        if not after:
            # The rows nearest to the cursor, not the first ones of the list.
            nearest = queryset.order_by(*_ordering(by, not descending, nulls_first=True, few=few))[: window.rows]
            return list(nearest)[::-1]
    return list(first_page(queryset, window, by, few=few))


def first_page(queryset: QuerySet[Row], window: Window, by: str = "created_at", *, few: bool = False) -> QuerySet[Row]:
    """The query of `page` for a window without cursors."""
    return queryset.order_by(*_ordering(by, window.descending, few=few))[: window.rows]


def _ordering(by: str, descending: bool, *, nulls_first: bool = False, few: bool = False) -> list[OrderBy | str]:
    if few:  # an expression, which no index serves
        moment = ExpressionWrapper(F(by) + Value(timedelta(0)), DateTimeField())
        return [
            moment.desc(**_nulls(nulls_first)) if descending else moment.asc(**_nulls(nulls_first)),
            "-pk" if descending else "pk",
        ]
    if by != "last_run_completion":  # the only column with nulls; the others keep the order their index has
        return [f"-{by}", "-pk"] if descending else [by, "pk"]
    column = F(by).desc(**_nulls(nulls_first)) if descending else F(by).asc(**_nulls(nulls_first))
    return [column, "-pk" if descending else "pk"]


def _nulls(first: bool) -> dict[str, Any]:
    return {"nulls_first": True} if first else {"nulls_last": True}


def _beyond(by: str, place: tuple[Any, str], falling: bool, *, backwards: bool = False) -> Q:
    """Rows that stand beyond `place` in the direction; rows without a value stand at the list's end."""
    value, pk = place
    step = "lt" if falling else "gt"
    by_id = Q(**{f"pk__{step}": pk})
    if value is None:
        at_end = Q(**{f"{by}__isnull": True})
        return (at_end & by_id) | ~at_end if backwards else at_end & by_id
    # The first condition is implied by the second; it is the one that an index can serve.
    rows = Q(**{f"{by}__{step}e": value}) & (Q(**{f"{by}__{step}": value}) | by_id)
    if by == "last_run_completion" and not backwards:
        return rows | Q(**{f"{by}__isnull": True})
    return rows
