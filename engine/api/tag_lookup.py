"""Agents looked up by tag alone, as every call of the SDKs begins: the list's own query, its SQL compiled once.

Compiling it takes Django longer than Postgres takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from engine.api.agent_inputs import ListFilters
from engine.api.paging import Order
from engine.models import Agent

# With more said than this, the list is read in the ordinary way.
_SAID = {"tags", "match_all_tags", "limit", "order", "include", "include_relationships"}

# With more tags than this, too.
MOST_TAGS = 8

# Makes the list's queryset for filters.
ToQuery = Callable[[ListFilters], QuerySet[Agent]]


def by_tag_alone(filters: ListFilters) -> bool:
    """Whether nothing but tags chooses the agents, and it is the first page."""
    return 0 < len(filters.tags or []) <= MOST_TAGS and filters.model_fields_set <= _SAID


def look_up(filters: ListFilters, to_query: ToQuery) -> list[Agent]:
    """What `to_query(filters)` gives, for filters `by_tag_alone`."""
    tags = filters.tags or []
    sql, params = _compiled(len(tags), filters.match_all_tags, filters.order, filters.limit, to_query)
    return list(Agent.objects.raw(sql, [tags[_MARKS.index(value)] if value in _MARKS else value for value in params]))


# Stand in the compiled query for the tags that are really asked for.
_MARKS = tuple(f"tag {number}" for number in range(MOST_TAGS))


@lru_cache(maxsize=64)
def _compiled(count: int, every: bool, order: Order, limit: int | None, to_query: ToQuery) -> tuple[str, tuple[Any, ...]]:
    marks = list(_MARKS[:count])
    sql, params = to_query(ListFilters(tags=marks, match_all_tags=every, order=order, limit=limit)).query.sql_with_params()
    return sql, tuple(params)
