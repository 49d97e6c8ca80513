"""Looking for an outside id in texts: as a word of its own, in every personal field of every table of ours.

Every text is read, however many there are. A full-text index cuts `path/user_1` as one word, and sees neither what stands in
angle brackets nor the end of a long text: what it does not find is not proven to be gone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import sql

from privacy.personal_fields import FIELDS, OVER_REST

SHORTEST = 4
"""characters; what is shorter stands in any text by chance"""
TEXTS = (models.CharField, models.TextField, models.JSONField, ArrayField)
LISTED = 100
"""rows of one field whose ids are told"""
GONE = "(erased)"
"""What stands where an outside id was, in a text that is not about the person and stays."""
PACKED = ("sessions.Session",)
"""Not searched here: opened one by one by whoever cleans them."""


@dataclass(frozen=True)
class Named:
    """An outside id to look for. False when it is too short, or there is none."""

    text: str

    def __bool__(self) -> bool:
        return len(self.text) >= SHORTEST

    @property
    def pattern(self) -> str:
        """The id as a word of its own, as Python and Postgres read regular expressions: `user_1` is not in `user_12`."""
        return rf"(?:^|[^\w-]){re.escape(self.text)}(?:$|[^\w-])"

    @property
    def sought(self) -> dict[str, str | bytes]:
        """What statements that look for it are given."""
        return {"text": self.text, "bytes": self.text.encode(), "pattern": self.pattern}

    def taken_out(self, value: Any) -> Any:
        """A text, or a JSON value with texts, with GONE in the place of the id."""
        if isinstance(value, str):
            return re.sub(rf"(?<![\w-]){re.escape(self.text)}(?![\w-])", GONE, value)
        if isinstance(value, list):
            return [self.taken_out(one) for one in value]
        if isinstance(value, dict):
            return {self.taken_out(key): self.taken_out(one) for key, one in value.items()}
        return value

    def stands_in(self, text: str) -> bool:
        """Whether the id stands in a text."""
        return bool(self) and re.search(self.pattern, text) is not None


@dataclass(frozen=True)
class Mention:
    """A field in which an outside id stands, and the rows (at most LISTED)."""

    label: str
    field: str
    ids: tuple[str, ...]


def mentions(
    named: Named,
    excused: Mapping[str, Sequence[str]] | None = None,
    fields: Sequence[tuple[str, str]] | None = None,
) -> Iterator[Mention]:
    """Where the id stands in a personal field of a table of ours, or in those of `fields` (label and name) alone.

    `excused` names rows that are known and kept, by table.
    """
    if not named:
        return
    wanted = everywhere() if fields is None else tuple(fields)
    known = {label: list((excused or {}).get(label, ())) for label, _ in wanted}
    found: dict[tuple[str, str], list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_statement(wanted), {**named.sought, **known})
        for label, name, pk in cursor.fetchall():
            found.setdefault((label, name), []).append(pk)
    for label, name in wanted:
        if ids := found.get((label, name)):
            yield Mention(label, name, tuple(ids))


@cache
def everywhere() -> tuple[tuple[str, str], ...]:
    """Every personal field that can hold a text, by label and name, of every table that is not written over REST alone."""
    return tuple(
        (label, field.name)
        for label, fields in FIELDS.items()
        if not label.startswith(OVER_REST) and label not in PACKED
        for field in apps.get_model(label)._meta.concrete_fields
        if field.name in fields.personal_names and isinstance(field, (*TEXTS, models.BinaryField))
    )


def rows_naming(label: str, name: str, named: Named) -> list[str]:
    """The ids of rows with the outside id in a field of text, JSON, bytes or an array of texts, at most LISTED."""
    return [pk for one in mentions(named, fields=[(label, name)]) for pk in one.ids]


@cache
def _statement(fields: tuple[tuple[str, str], ...]) -> sql.Composed:
    """Label, field and key of the rows that hold an id: one statement, for the fields are many and the rows are few."""
    parts = []
    for label, name in fields:
        model = apps.get_model(label)
        field = model._meta.get_field(name)
        stands_in = _IN_BYTES if isinstance(field, models.BinaryField) else IN_TEXT
        parts.append(
            _ROWS.format(
                label=sql.Literal(label),
                name=sql.Literal(name),
                table=sql.Identifier(model._meta.db_table),
                stands_in=stands_in.format(column=sql.Identifier(str(field.column))),
                key=sql.Identifier(str(model._meta.pk.column)),
                known=sql.Placeholder(label),
                most=sql.Literal(LISTED),
            )
        )
    return sql.SQL(" union all ").join(parts)


# What is known is left out before LISTED counts: a shared block that is kept has as many copies as subjects.
_ROWS = sql.SQL(
    "(select {label}, {name}, {key}::text from {table} where {stands_in} and {key}::text <> all({known}) limit {most})"
)
_IN_BYTES = sql.SQL("position(%(bytes)s in {column}) > 0")
IN_TEXT = sql.SQL("case when strpos({column}::text, %(text)s) > 0 then {column}::text ~ %(pattern)s else false end")
"""Whether the id stands in a column. For the bare text first: that is ten times as fast as a regular expression, and of two
conditions Postgres would take the expression first, as one operator where the other one is two."""
