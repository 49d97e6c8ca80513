"""Looking for an outside id in texts: as a word of its own, in every personal field of every table of ours."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db import connection, models
from psycopg import sql

from privacy.personal_fields import FIELDS, OVER_REST
from subjects.models import searched

SHORTEST = 4
"""characters; what is shorter stands in any text by chance"""
TEXTS = (models.CharField, models.TextField, models.JSONField, ArrayField)
INDEXED = {("subjects.Message", "content"), ("subjects.Block", "value")}
"""Fields with a full-text index, by which the search goes in a table of more than SCANNED rows."""
SCANNED = 200_000
"""rows; up to here every text is read. The index cuts `path/user_1` as one word, so reading finds a little more."""
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
    known = excused or {}
    by_index = {(label, name) for label, name in INDEXED if (label, name) in wanted and _is_large(label)}
    found: dict[tuple[str, str], list[str]] = {(label, name): _by_index(label, name, named) for label, name in by_index}
    if read := tuple(one for one in wanted if one not in by_index):
        with connection.cursor() as cursor:
            cursor.execute(_statement(read), named.sought)
            for label, name, pk in cursor.fetchall():
                found.setdefault((label, name), []).append(pk)
    for label, name in wanted:
        ids = tuple(pk for pk in found.get((label, name), ()) if pk not in known.get(label, ()))
        if ids:
            yield Mention(label, name, ids)


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
        parts.append(
            (_IN_BYTES if isinstance(field, models.BinaryField) else _IN_TEXT).format(
                label=sql.Literal(label),
                name=sql.Literal(name),
                table=sql.Identifier(model._meta.db_table),
                column=sql.Identifier(str(field.column)),
                key=sql.Identifier(str(model._meta.pk.column)),
                most=sql.Literal(LISTED),
            )
        )
    return sql.SQL(" union all ").join(parts)


_IN_BYTES = sql.SQL(
    "(select {label}, {name}, {key}::text from {table} where position(%(bytes)s in {column}) > 0 limit {most})"
)
# For the bare text first: that is ten times as fast as a regular expression.
_IN_TEXT = sql.SQL(
    "(select {label}, {name}, {key}::text from {table}"
    " where strpos({column}::text, %(text)s) > 0 and {column}::text ~ %(pattern)s limit {most})"
)


def _by_index(label: str, name: str, named: Named) -> list[str]:
    query = SearchQuery(named.text, config="simple", search_type="phrase")
    near = apps.get_model(label)._base_manager.annotate(found=searched(name)).filter(found=query).values_list("pk", name)
    found: list[str] = []
    for pk, text in near.iterator():
        if named.stands_in(text) and len(found) < LISTED:
            found.append(str(pk))
    return found


def _is_large(label: str) -> bool:
    with connection.cursor() as cursor:
        table = apps.get_model(label)._meta.db_table
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [table])
        row = cursor.fetchone()
    return bool(row) and int(row[0]) > SCANNED
