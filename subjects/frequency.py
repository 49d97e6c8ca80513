"""How frequent a condition is, as Postgres guesses, and limits of time for when the guess was wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Model
from psycopg.errors import QueryCanceled

WALK_SECONDS = 1
INDEX_SECONDS = 4
ROW_WALKED = 6e-7
"""seconds to look whether one row on a walk may be a hit at all (`Terms.spelled`); cutting it into words takes 8e-6"""
ROW_FETCHED = 3e-6
"""seconds to fetch one row that the GIN index named; measured by `make bench-pages`, as is the former"""
ROW_PASSED = 1e-7
"""seconds to read one entry of the index that a list's order lies in"""
STRETCH = 4.0
"""The newest stretch is as long as should hold this many times the hits that are shown."""
SUBJECT_WALKED, SUBJECT_FETCHED = 6, 6
"""A walk past a subject, or fetching it for a block that was found, costs as much as this many blocks."""
BOUNDS_SECONDS = 60
"""how long the histogram of a column is kept in a process"""
SMALL = 10_000
"""rows of a table in which every way is quick"""
Row = TypeVar("Row", bound=Model)


class TooMuch(Exception):
    """The words are so common, or so unlucky, that looking took too long. The message says what to do."""


class Slow(TooMuch):
    """A time limit ended a query."""


@dataclass(frozen=True, slots=True)
class Share:
    """How frequent a condition is, as Postgres guesses: of `rows` rows, the share `of_all`."""

    rows: int
    of_all: float

    def seconds_walked(self, size: int) -> float:
        """To find a page by walking back from the newest row."""
        return size / self.of_all * ROW_WALKED if self.of_all else float("inf")

    @property
    def seconds_fetched(self) -> float:
        """To find a page by fetching all that the index of words names."""
        return self.rows * self.of_all * ROW_FETCHED

    def stretch(self, size: float) -> float | None:
        """How many rows of the newest should hold `size` hits; None: fetching every hit there is costs no more."""
        rows = size / self.of_all if self.of_all else float("inf")
        return rows if rows < self.rows and rows * ROW_PASSED < self.seconds_fetched else None

    def walk_is_quicker(self, size: int) -> bool:
        """Whether walking beats the newest stretch of the index of words."""
        return self.rows > SMALL and self.seconds_walked(size) < self.seconds_fetched / STRETCH


def share_of(model: type[Model], sql: str, parameters: Sequence[Any]) -> Share:
    """How many of the table's rows a query selects, by Postgres's statistics; nothing is counted."""
    with connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [model._meta.db_table])
        row = cursor.fetchone()
        number = max(row[0], 0) if row else 0
        cursor.execute(f"explain (format json) {sql}", parameters)
        [plan] = cursor.fetchone()
    return Share(number, min(1.0, plan[0]["Plan"]["Plan Rows"] / number) if number else 0.0)


@lru_cache(20)
def _bounds(table: str, column: str, age: int) -> tuple[datetime, ...]:
    """The histogram that Postgres keeps of a column. It changes when the table is analysed; asking takes 1 to 2 ms."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select histogram_bounds::text::timestamptz[] from pg_stats"
            " where schemaname = current_schema() and tablename = %s and attname = %s",
            [table, column],
        )
        row = cursor.fetchone()
    return tuple(row[0] or ()) if row else ()


def end_of_stretch(
    model: type[Model], column: str, start: datetime | None, part: float, backwards: bool = False
) -> datetime | None:
    """The moment up to which about `part` of the table's rows lie, in descending order of `column` from `start` on.

    By the histogram that Postgres keeps of the column, which has about a hundred bounds: nothing is counted.

    Returns:
        None when that is not known, or is all there is.
    """
    bounds = list(_bounds(model._meta.db_table, column, int(monotonic() / BOUNDS_SECONDS)))
    if len(bounds) < 2:
        return None
    if not backwards:
        bounds.reverse()
    # Bounds run the way the list is read; those before the start are passed by.
    ahead = [bound for bound in bounds if start is None or (bound > start if backwards else bound < start)]
    step = max(1, round(part * (len(bounds) - 1) + 0.5))
    return ahead[step] if step < len(ahead) else None


@contextmanager
def time_limit() -> Iterator[None]:
    """Let no query in this block go on for longer than anybody waits.

    Raises:
        TooMuch: one did.
    """
    with limited(INDEX_SECONDS):
        yield


@contextmanager
def by_words() -> Iterator[None]:
    """Queries that are to use the index of words."""
    with limited(INDEX_SECONDS, "set local enable_indexscan = off", "set local enable_seqscan = off"):
        yield


@contextmanager
def walking() -> Iterator[None]:
    """Queries that are to walk through a table in the order of an index, past what they do not look for."""
    with limited(WALK_SECONDS, "set local enable_bitmapscan = off", "set local enable_seqscan = off"):
        yield


@contextmanager
def limited(seconds: int, *settings: str) -> Iterator[None]:
    """A transaction whose queries are ended after `seconds` each.

    Raises:
        TooMuch: that happened.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("; ".join([f"set local statement_timeout = '{seconds}s'", *settings]))
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise Slow("Looking for this took too long. Add a word, or write the last one out.") from error
