"""The tags that agents and blocks carry, each once and in order, however many carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from django.db import connection
from pydantic import AfterValidator

LONGEST = 2_500
"""bytes; an entry of an index holds little more"""


def _fit(tag: str) -> str:
    if len(tag.encode()) > LONGEST:
        raise ValueError(f"a tag has {LONGEST:,} bytes at most")
    return tag


Tag = Annotated[str, AfterValidator(_fit)]
"""A tag as it is given to keep."""

# Steps from each tag to the next one by the index: a tag that a million agents have is one step, not a million entries.
_WALK = """
    with recursive walk (tag) as (
        (select tag from engine_tagged where {window} order by tag {direction} limit 1)
        union all
        select (
            select tag from engine_tagged where {window} and tag {beyond} walk.tag order by tag {direction} limit 1
        ) from walk where walk.tag is not null
    )
    select tag from walk where tag is not null limit %(most)s"""
# Where few tags hold the text a step for each would take longer than reading the index through.
_SEARCH = """
    select distinct tag from engine_tagged where {window} and strpos(lower(tag collate "default"), lower(%(part)s)) > 0
    order by tag {direction} limit %(most)s"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of the list is wanted. Tags themselves are the cursors, compared byte by byte, as Letta sorts them."""

    before: str | None
    after: str | None
    descending: bool
    most: int


def listed(stretch: Stretch, part: str | None = None) -> Sequence[str]:
    """The tags in the stretch; with `part` those that hold it, whatever the case of the letters."""
    # Before a cursor the nearest tags are wanted, so they are taken from the other end and turned round.
    backwards = stretch.before is not None and stretch.after is None
    descending = stretch.descending != backwards
    beyond, back = ("<", ">") if stretch.descending else (">", "<")
    window = ["true"]
    window += [f"tag {beyond} %(after)s"] if stretch.after is not None else []
    window += [f"tag {back} %(before)s"] if stretch.before is not None else []
    sql = (_SEARCH if part else _WALK).format(
        window=" and ".join(window), direction="desc" if descending else "asc", beyond="<" if descending else ">"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"after": stretch.after, "before": stretch.before, "part": part, "most": stretch.most})
        tags = [tag for (tag,) in cursor.fetchall()]
    return tags[::-1] if backwards else tags
