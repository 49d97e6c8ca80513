"""Which tags are common, as Postgres itself has counted them: it decides how a list by tags is best read.

A common tag (`ai-memory-sdk`, on every agent) is read along the index of the list's order and stops after a page. A rare one
(a subject's id, on one agent) is looked up by tag and sorted. Postgres cannot tell the two apart when a page is small: it
takes every tag that it has no figure for to be on some rows in two hundred, and walks a million agents to find one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection

SECONDS = 300.0
"""how long a figure is used; ANALYZE does not come more often"""

_known: tuple[float, frozenset[str]] = (0.0, frozenset())


def are_rare(tags: Sequence[str], *, every: bool) -> bool:
    """Whether few agents have any of the tags, or, with `every`, all of them."""
    known = [tag in _common() for tag in tags]
    return not all(known) if every else not any(known)


def _common() -> frozenset[str]:
    global _known
    until, common = _known
    if time.monotonic() >= until:
        with connection.cursor() as cursor:
            cursor.execute(
                "select most_common_elems::text::text[] from pg_stats"
                " where schemaname = current_schema() and tablename = 'engine_agent' and attname = 'tags'"
            )
            row = cursor.fetchone()
        common = frozenset(row[0] or ()) if row else frozenset()
        _known = (time.monotonic() + SECONDS, common)
    return common
