"""Finding words in blocks and messages, newest first, with the place where each hit was found.

Common words turn up on a walk back from the newest row; rare ones come out of the GIN index and are sorted; those between
come out of the GIN index too, but only the newest stretch of the table is looked at first. Which it is, is decided here by
the statistics that Postgres keeps of words, and not by its planner: that takes every word it does not know for one in a
thousand, and for one that is not there it would walk through ten million messages. A time limit ends a wrong guess.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan

from memory_ui.keyset import Cursor, Page, Rows, keyset_page, row_of
from memory_ui.prepared import prepared
from subjects.frequency import (
    SMALL,
    STRETCH,
    SUBJECT_FETCHED,
    SUBJECT_WALKED,
    Share,
    Slow,
    by_words,
    end_of_stretch,
    share_of,
    walking,
)
from subjects.frequency import TooMuch as TooMuch
from subjects.models import Block, Message, searched

SHORTEST_START = 3
"""characters; of a shorter last word every word of the language would be a continuation"""
MOST_TERMS = 12

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person looks for: every term must occur; `start`: the last one need only be the beginning of a word."""

    words: tuple[str, ...]
    start: bool

    @property
    def query(self) -> str:
        """As Postgres takes it. It cuts each term as it cut the text, so `user-12` and `a@b.example` are found whole."""
        quoted = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in self.words]
        if self.start:
            quoted[-1] += ":*"
        return " & ".join(quoted)

    @property
    def parts(self) -> list[str]:
        """All letters and numbers of the terms, for `spelled`."""
        return sorted({part for word in self.words for part in re.findall(r"[^\W\d_]+|\d+", word)})


def terms_of(text: str) -> Terms | None:
    """What `text` asks for: all its words, "quoted phrases" as they stand; None when it holds no word at all."""
    found = [(phrase or word).strip() for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', text.replace("\x00", ""))]
    words = tuple(word for word in found if re.search(r"\w", word))[:MOST_TERMS]
    if not words:
        return None
    open_end = not text.rstrip().endswith('"') and text == text.rstrip()
    return Terms(words, start=open_end and len(words[-1]) >= SHORTEST_START)


def spelled(column: str, parts: Sequence[str]) -> Q:
    """That all `Terms.parts` stand somewhere in `column`: true of every hit and of little else.

    Postgres finds that out fifteen times as quickly as it cuts a text into words, so a walk asks for both. Its own
    `lower`, because that is what its words went through.
    """
    return Q(*(GreaterThan(StrIndex(Lower(column), Lower(Value(part))), 0) for part in parts))


def blocks_with(query: str, *parts: str) -> QuerySet[Block]:
    """Blocks whose value has all the terms (`Terms.query`); with `Terms.parts`, as suits a walk."""
    rows = Block.objects.filter(removed_at=None).alias(found=searched("value")).filter(found=_searched_for(query))
    return rows.filter(spelled("value", parts)) if parts else rows


def share_of_blocks(terms: Terms) -> Share:
    """How many of all blocks have the terms, by Postgres's statistics."""
    return share_of(Block, *_blocks_counted.statement(terms.query))


_blocks_counted = prepared(lambda query: blocks_with(query).order_by())


def find_blocks(terms: Terms, cursor: Cursor, size: int) -> Page[Block]:
    """Blocks that have all the terms, the youngest first."""
    anchors = Rows(Block, Block.objects.all)
    order = ("-created_at", "-id")
    share = share_of_blocks(terms)
    if share.walk_is_quicker(size):
        with suppress(Slow), walking():
            return keyset_page(Rows(Block, _blocks_spelled, terms.query, *terms.parts), order, cursor, size, anchors)
    if end := _end_of_newest_blocks(share, cursor, size):
        with suppress(Slow), by_words():
            page = keyset_page(Rows(Block, _blocks_since, terms.query, end), order, cursor, size, anchors)
            if page.after is not None:
                return page
    with by_words():
        return keyset_page(Rows(Block, _blocks_spelled, terms.query), order, cursor, size, anchors)


def _blocks_spelled(query: str, *parts: str) -> QuerySet[Block]:
    return blocks_with(query, *parts).prefetch_related("subject")


def _blocks_since(query: str, moment: datetime) -> QuerySet[Block]:
    return blocks_with(query).filter(created_at__gte=moment).prefetch_related("subject")


def _searched_for(query: str) -> SearchQuery:
    return SearchQuery(query, config="simple", search_type="raw")


def _end_of_newest_blocks(share: Share, cursor: Cursor, size: int) -> datetime | None:
    """How old the blocks may be among which a page is likely to be found; None: any."""
    length = share.stretch(STRETCH * size)
    if share.rows <= SMALL or length is None or cursor.backwards:
        return None
    start = row_of(Block, cursor.key)
    return end_of_stretch(Block, "created_at", start.created_at if start else None, length / share.rows)


def find_messages(terms: Terms, cursor: Cursor, size: int) -> Page[Message]:
    """Messages that have all the terms, newest first."""
    share = share_of(Message, *_messages_counted.statement(terms.query))
    order, anchors = ("-id",), Rows(Message, Message.objects.all)
    if share.walk_is_quicker(size):
        with suppress(Slow), walking():
            return keyset_page(Rows(Message, _messages_spelled, terms.query, *terms.parts), order, cursor, size, anchors)
    length = share.stretch(STRETCH * size)
    if length is not None and not cursor.backwards:
        newest = int(cursor.key) if cursor.key and cursor.key.isdecimal() else _newest_message()
        with suppress(Slow), by_words():
            after = max(0, newest - round(length))
            page = keyset_page(Rows(Message, _messages_after, terms.query, after), order, cursor, size, anchors)
            if page.after is not None:
                return page
    with by_words():
        return keyset_page(Rows(Message, _messages_spelled, terms.query), order, cursor, size, anchors)


def messages_with(query: str, *parts: str) -> QuerySet[Message]:
    """Messages that have all the terms (`Terms.query`); with `Terms.parts`, as suits a walk."""
    rows = Message.objects.alias(found=searched("content")).filter(found=_searched_for(query))
    return rows.filter(spelled("content", parts)) if parts else rows


def _messages_spelled(query: str, *parts: str) -> QuerySet[Message]:
    return messages_with(query, *parts).prefetch_related("subject")


def _messages_after(query: str, pk: int) -> QuerySet[Message]:
    return messages_with(query).filter(id__gt=pk).prefetch_related("subject")


_messages_counted = prepared(lambda query: messages_with(query).order_by())


def subjects_with(terms: Terms, size: int) -> Q:
    """The condition on subjects that a block of theirs has all the terms, as suits a list of `size`.

    Raises:
        TooMuch: it took too long even through the index of words.
    """
    share = share_of_blocks(terms)
    if share.rows > SMALL and share.seconds_walked(size * SUBJECT_WALKED) < share.seconds_fetched * SUBJECT_FETCHED:
        return Q(Exists(blocks_with(terms.query, *terms.parts).filter(subject=OuterRef("pk"))))
    with by_words():
        return Q(pk__in=list(blocks_with(terms.query).order_by().values_list("subject", flat=True)))


def _newest_message() -> int:
    newest = Message.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0
