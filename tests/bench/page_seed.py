"""Fills a database with invented subjects, blocks, runs and messages, by COPY, for the benchmark of the pages.

Words are made up and as unequally frequent as words are (Zipf): search is only as honest as the text it searches.
Everything is drawn from one seed, so that two databases of one size are the same.
"""

import itertools
import random
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

VOCABULARY = 20_000
SENTENCES = 40_000
MESSAGES_EACH = 10
HEAVY_MESSAGES = 2_000  # of the one subject that has much more than others
DAYS = 730
LABELS = ("preferences", "goals", "history", "contract", "team", "style", "devices", "open_questions")
TABLES = ("subject", "tagged", "block", "run", "message", "revision")
RANKS = {"common": 1, "frequent": 100, "middling": 1_000, "scarce": 15_000}
"""Words that are searched for, by their place in the order of frequency."""


@dataclass(frozen=True)
class Words:
    """The invented language: its words, the most frequent first, and sentences made of them."""

    words: list[str]
    sentences: list[str]

    @classmethod
    def make(cls) -> "Words":
        """The same words every time."""
        draw = random.Random(7)
        sounds = [first + second for first in "bdfghklmnprstvwz" for second in ("a", "e", "i", "o", "u")]
        words: dict[str, None] = {}
        while len(words) < VOCABULARY:
            # Frequent words are short.
            words["".join(draw.choices(sounds, k=2 + (len(words) > 500) + (len(words) > 5_000)))] = None
        known = list(words)
        weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(1, VOCABULARY + 1)))
        sentences = [
            " ".join(draw.choices(known, cum_weights=weights, k=draw.randint(4, 9))).capitalize() + "."
            for _ in range(SENTENCES)
        ]
        return cls(known, sentences)


def seed(url: str, subjects: int) -> dict[str, float]:
    """Fill the empty, migrated database at `url`; returns the seconds that each part took."""
    taken: dict[str, float] = {}
    rows = _Rows(subjects, Words.make())
    with psycopg.connect(url, autocommit=True) as connection:
        # Rows refer to rows that we make ourselves: ten million look-ups of foreign keys would prove nothing.
        connection.execute("set session_replication_role = replica")
        connection.execute("set maintenance_work_mem = '600MB'")
        connection.execute("set max_parallel_maintenance_workers = 2")
        connection.execute("set synchronous_commit = off")
        with _without_indexes(connection, taken):
            for table in TABLES:
                with _timed(taken, f"copy {table}"):
                    _copy(connection, f"subjects_{table}", *getattr(rows, table)())
        with _timed(taken, "vacuum and analyze"):
            connection.execute("select setval('subjects_message_id_seq', (select max(id) from subjects_message))")
            connection.execute("select setval('subjects_revision_id_seq', (select max(id) from subjects_revision))")
            connection.execute("vacuum (analyze)")
    return taken


class _Rows:
    """The rows of each table, as its columns and an iterator over its values."""

    def __init__(self, subjects: int, words: Words) -> None:
        self.count = subjects
        self.words = words
        self.now = datetime.now(UTC)
        self.step = timedelta(days=DAYS) / subjects

    def _draw(self, part: str) -> random.Random:
        return random.Random(f"{part} {self.count}")

    def _born(self, place: int) -> datetime:
        return self.now - timedelta(days=DAYS) + self.step * place

    def _kind(self, place: int) -> str:
        return "subject" if place % 10 in (3, 7, 9) else "user"

    def _labels(self, place: int) -> tuple[str, ...]:
        if self._kind(place) == "user":
            return "human", "summary"
        # One label in a thousand subjects is nearly nobody's.
        return ("rare_label",) if place % 1_000 == 3 else (LABELS[place % len(LABELS)],)

    def _tags(self, place: int) -> list[str]:
        tags = ["de"] if place % 2 else ["fr"]
        # One tag that only the oldest have, which a walk back from the newest would find last.
        return tags + ["pilot"] * (place % 1_000 == 5) + ["legacy"] * (place < self.count // 20)

    def _learned(self, place: int) -> bool:
        return place % 20 != 0

    def _failed(self, place: int) -> bool:
        return place % 25 == 11

    def subject(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("id", "subject_id", "kind", "agent_id", "setup_error", "setup_refused", "tries", "created_at",
                   "last_learned_at", "mirrored_at", "duplicate_agent_ids", "log_cursor", "tags", "frozen_for")  # fmt: skip
        draw = self._draw("subject")

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                born = self._born(place)
                name = self.words.words[draw.randrange(VOCABULARY)]
                learned = born + (self.now - born) * draw.random() if self._learned(place) else None
                yield (_id("subject", place), f"{self._kind(place)}_{name}_{place}", self._kind(place),
                       f"agent-{_id('agent', place)}", "", False, 0, born, learned, self.now, [], "",
                       self._tags(place), "")  # fmt: skip

        return columns, rows()

    def tagged(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("subject_id", "tag", "subject_created_at")  # what the trigger would write

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                for tag in self._tags(place):
                    yield _id("subject", place), tag, self._born(place)

        return columns, rows()

    def block(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("id", "subject_id", "block_id", "label", "description", "value", "limit", "read_only", "position",
                   "line_revisions", "created_at", "subject_created_at")  # fmt: skip
        draw = self._draw("block")

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                for position, label in enumerate(self._labels(place)):
                    yield (_id(f"block{position}", place), _id("subject", place),
                           f"block-{_id(f'block{position}', place)}", label, "What is known.", self._value(draw), 5_000,
                           False, position, [1, 1, 1], self._born(place), self._born(place))  # fmt: skip

        return columns, rows()

    def run(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("id", "subject_id", "position", "idempotency_key", "source", "state", "letta_run_id", "attempt",
                   "failure", "message_count", "cancel_requested", "created_at", "queued_at", "sending_at",
                   "sent_at", "ended_at")  # fmt: skip

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                at = self._born(place) + timedelta(seconds=5)
                failed = self._failed(place)
                yield (_id("run", place), _id("subject", place), 0, f"seed-{place}", "imported",
                       "failed" if failed else "completed", f"run-{_id('run', place)}", 1,
                       "The model did not answer." if failed else "", self._messages(place), False, at, at, at,
                       at, at + timedelta(seconds=3 + place % 9))  # fmt: skip

        return columns, rows()

    def message(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("id", "subject_id", "run_id", "position", "role", "content", "created_at")
        draw = self._draw("message")
        sentences, number = self.words.sentences, itertools.count(1)

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                subject, run, at = _id("subject", place), _id("run", place), self._born(place) + timedelta(seconds=5)
                for position in range(self._messages(place)):
                    text = f"{draw.choice(sentences)} {draw.choice(sentences)}"
                    if position == 0:
                        text += f" Order {order_number(place)}."
                    role = "assistant" if position % 2 else "user"
                    yield next(number), subject, run, position, role, text, at

        return columns, rows()

    def revision(self) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        columns = ("id", "block_id", "number", "value", "description", "limit", "source", "run_id", "reason", "created_at")
        draw, number = self._draw("block"), itertools.count(1)

        def rows() -> Iterator[tuple[Any, ...]]:
            for place in range(self.count):
                for position, _ in enumerate(self._labels(place)):
                    block, at = _id(f"block{position}", place), self._born(place)
                    yield next(number), block, 1, "", "What is known.", 5_000, "created", None, "", at
                    value, later = self._value(draw), at + timedelta(seconds=8)
                    run = _id("run", place)
                    yield next(number), block, 2, value, "What is known.", 5_000, "run", run, "", later

        return columns, rows()

    def _messages(self, place: int) -> int:
        return HEAVY_MESSAGES if place == heavy_place(self.count) else MESSAGES_EACH

    def _value(self, draw: random.Random) -> str:
        return "\n".join(draw.choices(self.words.sentences, k=3))


def order_number(place: int) -> str:
    """A number that one message alone holds."""
    return f"NR{place:07d}X"


def heavy_place(subjects: int) -> int:
    """The subject that has HEAVY_MESSAGES messages."""
    return subjects // 2


def subject_pk(place: int) -> uuid.UUID:
    """The primary key of the subject at `place`."""
    return _id("subject", place)


_KINDS = {"subject": 1, "agent": 2, "block0": 3, "block1": 4, "run": 5}


def _id(kind: str, place: int) -> uuid.UUID:
    # As good as random: real ids are, and how far rows that belong together lie apart is part of what is measured.
    return uuid.UUID(int=(place * 8 + _KINDS[kind]) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4)


def _copy(connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any], taken: dict[str, float]) -> Iterator[None]:
    """Drop what makes COPY slow, and make it again: a sorted build is many times faster than ten million insertions."""
    names = [f"subjects_{table}" for table in TABLES]
    constraints = connection.execute(
        "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint"
        " where contype = 'u' and conrelid = any(%s::regclass[])", [names]
    ).fetchall()  # fmt: skip
    for table, name, _ in constraints:
        connection.execute(f"alter table {table} drop constraint {name}")
    indexes = connection.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid), coalesce(attstattarget, -1)"
        " from pg_index join pg_attribute on attrelid = indexrelid and attnum = 1"
        " where not indisprimary and indrelid = any(%s::regclass[])", [names]
    ).fetchall()  # fmt: skip
    for name, *_ in indexes:
        connection.execute(f"drop index {name}")
    yield
    for name, definition, statistics in indexes:
        with _timed(taken, f"index {name}"):
            connection.execute(definition)
        if statistics >= 0:
            connection.execute(f"alter index {name} alter column 1 set statistics {statistics}")
    with _timed(taken, "unique constraints"):
        for table, name, definition in constraints:
            connection.execute(f"alter table {table} add constraint {name} {definition}")


@contextmanager
def _timed(taken: dict[str, float], what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    taken[what] = time.monotonic() - begun
    print(f"  {what}: {taken[what]:.0f} s", flush=True)
