"""Looking for an outside id in texts: as a word of its own, in every personal field of every table of ours."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db import connection, models
from django.db.models import Field
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


def mentions(named: Named, excused: Mapping[str, Sequence[str]]) -> Iterator[Mention]:
    """Where the id stands in a personal field of a table of ours; `excused` names rows that are known and kept, by table."""
    for label, field in fields_to_search() if named else ():
        ids = tuple(one for one in rows_naming(label, field.name, named) if one not in excused.get(label, ()))
        if ids:
            yield Mention(label, field.name, ids)


def fields_to_search() -> Iterator[tuple[str, "Field[Any, Any]"]]:
    """Every personal field that can hold a text, of every table that is not written over REST alone."""
    for label, fields in FIELDS.items():
        if label.startswith(OVER_REST) or label in PACKED:
            continue
        for field in apps.get_model(label)._meta.concrete_fields:
            if field.name in fields.personal_names and isinstance(field, (*TEXTS, models.BinaryField)):
                yield label, field


def rows_naming(label: str, name: str, named: Named) -> list[str]:
    """The ids of rows with the outside id in a field of text, JSON, bytes or an array of texts, at most LISTED."""
    if not named:
        return []
    model = apps.get_model(label)
    field = model._meta.get_field(name)
    if (label, name) in INDEXED and _estimated_rows(model) > SCANNED:
        return _by_index(model, name, named)
    names = {
        "table": sql.Identifier(model._meta.db_table),
        "column": sql.Identifier(str(field.column)),
        "key": sql.Identifier(str(model._meta.pk.column)),
        "most": sql.Literal(LISTED),
    }
    values: list[str | bytes] = [named.text, named.pattern]
    statement = _IN_TEXT
    if isinstance(field, models.BinaryField):
        statement, values = _IN_BYTES, [named.text.encode()]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**names), values)
        return [str(pk) for (pk,) in cursor.fetchall()]


_IN_BYTES = sql.SQL("select {key} from {table} where position(%s in {column}) > 0 limit {most}")
# For the bare text first: that is ten times as fast as a regular expression.
_IN_TEXT = sql.SQL("select {key} from {table} where strpos({column}::text, %s) > 0 and {column}::text ~ %s limit {most}")


def _by_index(model: type[models.Model], name: str, named: Named) -> list[str]:
    query = SearchQuery(named.text, config="simple", search_type="phrase")
    near = model._base_manager.annotate(found=searched(name)).filter(found=query).values_list("pk", name)
    found: list[str] = []
    for pk, text in near.iterator():
        if named.stands_in(text) and len(found) < LISTED:
            found.append(str(pk))
    return found


def _estimated_rows(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [model._meta.db_table])
        row = cursor.fetchone()
    return max(0, int(row[0])) if row else 0
