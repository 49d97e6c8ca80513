"""Finding words in blocks and messages, newest first, with the place where each hit was found.

Postgres chooses by the frequency of the words: rare ones come out of the GIN index and are sorted, common ones turn up
on a walk back from the newest row. Where it chose wrongly, a time limit ends the walk and the GIN index answers.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet
from psycopg.errors import QueryCanceled

from subjects.browsing import Cursor, Page, keyset_page
from subjects.models import Block, Message, searched

WALK_SECONDS = 1
INDEX_SECONDS = 4
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
    anchors = Block.objects.select_related("subject")
    return patiently(matching_blocks(terms).select_related("subject"), ("-created_at", "-id"), cursor, size, anchors)


def find_messages(terms: Terms, cursor: Cursor, size: int) -> Page[Message]:
    """Messages that have all the terms, newest first."""
    found = Message.objects.alias(found=searched("content")).filter(found=terms.query()).select_related("subject")
    return patiently(found, ("-id",), cursor, size, Message.objects.all())


def patiently(rows: QuerySet[Row], order: Sequence[str], cursor: Cursor, size: int, anchors: QuerySet[Row]) -> Page[Row]:
    """A keyset page of rows found by words, within a time limit.

    Raises:
        TooMuch: it took too long even through the index of words.
    """
    # Words that the statistics take for common and that only old rows have would be a walk over the whole table.
    for seconds, settings in ((WALK_SECONDS, ()), (INDEX_SECONDS, ("indexscan", "seqscan"))):
        try:
            with _limited(seconds, *(f"set local enable_{name} = off" for name in settings)):
                return keyset_page(rows, order, cursor, size, anchors)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
    raise TooMuch("Looking for this took too long. Add a word, or write the last one out.")


@contextmanager
def _limited(seconds: int, *settings: str) -> Iterator[None]:
    """A transaction whose queries are ended after `seconds` each."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("; ".join([f"set local statement_timeout = '{seconds}s'", *settings]))
        yield


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
