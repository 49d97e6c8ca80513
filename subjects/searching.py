"""Finding words in blocks and messages, newest first, with the place where each hit was found.

Common words turn up on a walk back from the newest row; rare ones come out of the GIN index and are sorted; those between
come out of the GIN index too, but only the newest stretch of the table is looked at first. Which it is, is decided here by
the statistics that Postgres keeps of words, and not by its planner: that takes every word it does not know for one in a
thousand, and for one that is not there it would walk through ten million messages. A time limit ends a wrong guess.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from psycopg.errors import QueryCanceled

from subjects.browsing import Cursor, Page, keyset_page
from subjects.models import Block, Message, searched

WALK_SECONDS = 1
INDEX_SECONDS = 4
ROW_WALKED = 8e-6
"""seconds to cut one row into words on a walk; measured by `make bench-pages`, as is the next"""
ROW_FETCHED = 3e-6
"""seconds to fetch one row that the GIN index named"""
STRETCH = 4.0
"""The newest stretch is as long as should hold this many times the hits that are shown."""
SUBJECT_WALKED, SUBJECT_FETCHED = 2, 6
"""A walk past a subject, or fetching it for a block that was found, costs as much as this many blocks."""
SMALL = 10_000
"""rows of a table in which every way is quick"""
SHORTEST_START = 3
"""characters; of a shorter last word every word of the language would be a continuation"""
MOST_TERMS = 12
AROUND = 90
"""characters of a snippet on either side of its first hit"""

Row = TypeVar("Row", bound=Model)


class TooMuch(Exception):
    """The words are so common, or so unlucky, that looking took too long. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person looks for: every term must occur; `start`: the last one need only be the beginning of a word."""

    words: tuple[str, ...]
    start: bool

    def query(self) -> SearchQuery:
        """As Postgres takes it. It cuts each term as it cut the text, so `user-12` and `a@b.example` are found whole."""
        quoted = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in self.words]
        if self.start:
            quoted[-1] += ":*"
        return SearchQuery(" & ".join(quoted), config="simple", search_type="raw")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a snippet; `hit`: it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """The part of a text around the first hit. `before`, `after`: there is more text on that side."""

    segments: list[Segment]
    before: bool
    after: bool


def terms_of(text: str) -> Terms | None:
    """What `text` asks for: all its words, "quoted phrases" as they stand; None when it holds no word at all."""
    found = [(phrase or word).strip() for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', text.replace("\x00", ""))]
    words = tuple(word for word in found if re.search(r"\w", word))[:MOST_TERMS]
    if not words:
        return None
    open_end = not text.rstrip().endswith('"') and text == text.rstrip()
    return Terms(words, start=open_end and len(words[-1]) >= SHORTEST_START)


def matching_blocks(terms: Terms) -> QuerySet[Block]:
    """Blocks whose value has all the terms."""
    return Block.objects.filter(removed_at=None).alias(found=searched("value")).filter(found=terms.query())


def find_blocks(terms: Terms, cursor: Cursor, size: int) -> Page[Block]:
    """Blocks that have all the terms, the youngest first."""
    rows = matching_blocks(terms)
    anchors = Block.objects.all()
    order = ("-created_at", "-id")
    if _share(rows).walk_is_quicker(size):
        with suppress(_Slow), _limited(WALK_SECONDS):
            return keyset_page(rows.prefetch_related("subject"), order, cursor, size, anchors)
    with _by_words():
        return keyset_page(rows.prefetch_related("subject"), order, cursor, size, anchors)


def find_messages(terms: Terms, cursor: Cursor, size: int) -> Page[Message]:
    """Messages that have all the terms, newest first."""
    rows = Message.objects.alias(found=searched("content")).filter(found=terms.query())
    share = _share(rows)
    order, anchors = ("-id",), Message.objects.all()
    if share.seconds_walked(size) < share.seconds_fetched / STRETCH:
        with suppress(_Slow), _limited(WALK_SECONDS):
            return keyset_page(rows.prefetch_related("subject"), order, cursor, size, anchors)
    stretch = round(STRETCH * size / share.of_all) if share.of_all else share.rows
    if stretch < share.rows and not cursor.backwards:
        newest = int(cursor.key) if cursor.key and cursor.key.isdecimal() else _newest_message()
        with suppress(_Slow), _by_words():
            page = keyset_page(
                rows.filter(id__gt=newest - stretch).prefetch_related("subject"), order, cursor, size, anchors
            )
            if page.after is not None:
                return page
    with _by_words():
        return keyset_page(rows.prefetch_related("subject"), order, cursor, size, anchors)


def subjects_with(terms: Terms, size: int) -> Q:
    """The condition on subjects that a block of theirs has all the terms, as suits a list of `size`.

    Raises:
        TooMuch: it took too long even through the index of words.
    """
    rows = matching_blocks(terms)
    share = _share(rows)
    if share.rows > SMALL and share.seconds_walked(size * SUBJECT_WALKED) < share.seconds_fetched * SUBJECT_FETCHED:
        return Q(Exists(rows.filter(subject=OuterRef("pk"))))
    with _by_words():
        return Q(pk__in=list(rows.order_by().values_list("subject", flat=True)))


@contextmanager
def time_limit() -> Iterator[None]:
    """Let no query in this block go on for longer than anybody waits.

    Raises:
        TooMuch: one did.
    """
    with _limited(INDEX_SECONDS):
        yield


class _Slow(TooMuch):
    """A time limit ended a query."""


@dataclass(frozen=True, slots=True)
class _Share:
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

    def walk_is_quicker(self, size: int) -> bool:
        """Whether walking beats fetching all hits."""
        return self.rows > SMALL and self.seconds_walked(size) < self.seconds_fetched


def _share(rows: QuerySet[Row]) -> _Share:
    with connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [rows.model._meta.db_table])
        row = cursor.fetchone()
    number = max(row[0], 0) if row else 0
    plan = json.loads(rows.order_by().explain(format="json"))
    return _Share(number, min(1.0, plan[0]["Plan"]["Plan Rows"] / number) if number else 0.0)


def _newest_message() -> int:
    newest = Message.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


@contextmanager
def _by_words() -> Iterator[None]:
    """Queries that are to use the index of words."""
    with _limited(INDEX_SECONDS, "set local enable_indexscan = off", "set local enable_seqscan = off"):
        yield


@contextmanager
def _limited(seconds: int, *settings: str) -> Iterator[None]:
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
        raise _Slow("Looking for this took too long. Add a word, or write the last one out.") from error


def snippet(text: str, terms: Terms) -> Snippet:
    """The part of `text` around the first hit, with every hit in it marked.

    Made here and not by ts_headline: what it marks is text of others, and must be told from our marks when it is escaped.
    """
    hits = [found.span() for found in _pattern(terms).finditer(text)]
    first = hits[0] if hits else (0, 0)
    begin, end = _word_start(text, first[0] - AROUND), _word_end(text, first[1] + AROUND)
    edges = [begin]
    for one in hits:
        if one[0] >= begin and one[1] <= end:
            edges += one
    edges.append(end)
    segments = [Segment(text[a:b], hit=place % 2 == 1) for place, (a, b) in enumerate(pairwise(edges)) if a < b]
    return Snippet(segments, before=begin > 0, after=end < len(text))


def _pattern(terms: Terms) -> re.Pattern[str]:
    alternatives = []
    for place, word in enumerate(terms.words):
        parts = [re.escape(part) for part in re.findall(r"\w+", word)]
        if terms.start and place == len(terms.words) - 1:
            parts[-1] += r"\w*"
        alternatives.append(r"\W+".join(parts))
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _word_start(text: str, place: int) -> int:
    if place <= 0:
        return 0
    space = text.find(" ", place, place + 20)
    return place if space < 0 else space + 1


def _word_end(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - 20, place)
    return place if space < 0 else space
