"""Queries that Django writes once: of a page's time, more went into making SQL anew than Postgres took to answer it.

A prepared query is a function that returns a queryset. What it is given in place are values, which differ from call to
call; what it is given by name is how the query is made, and each way of making it is written once in a process. Postgres may
keep such a statement, too, by its own `PREPARE` (memory_ui.postgres), unless it is to be planned for the values it has.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, update_wrapper
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.sql.compiler import SQLCompiler
from psycopg.sql import Literal

Row = TypeVar("Row")

WAYS = 500
"""ways of making one query that a process remembers; the values are in none of them"""
_SAMPLES: dict[type, Callable[[int], Any]] = {
    # None of them is a value that a query could hold by itself, and all of them pass the fields' own checks.
    UUID: lambda number: UUID(int=0xB0A7_5EED << 96 | number),
    str: lambda number: f"\u241f sample {number} \u241f",
    int: lambda number: 1_803_000_000 + number,
    datetime: lambda number: datetime(1801, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
    date: lambda number: date(1801, 1, 1) + timedelta(days=number),
}

Shape = tuple[type | tuple[type, ...], ...]


class NotPrepared(TypeError):
    """The query cannot be written once: its SQL depends on the values, or holds something made of them."""


class prepared(Generic[Row]):  # a decorator
    """Call the decorated function with the same arguments, and get the rows: all of them, fetched.

    Values (in place): UUID, str, int, datetime, date, and tuples of these, for `__in`. By name: anything hashable.
    `only`, `select_related`, `values_list`, slices, annotations and `prefetch_related` work as ever.

    Raises:
        NotPrepared: at the first call, when a value is not handed on to Postgres as it is (`startswith` adds a `%`), is
            of another type, or is None, which is other SQL: give that by name.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        update_wrapper(self, make)
        self._make = make
        self._kept = True
        self._written = lru_cache(WAYS)(self._write)

    @classmethod
    def planned_anew(cls, make: Callable[..., QuerySet[Any, Row]]) -> "prepared[Row]":
        """As a decorator: written once as well, but planned by Postgres for the values of each call."""
        made = cls(make)
        made._kept = False
        return made

    def __call__(self, *values: Any, **how: Any) -> list[Row]:
        return self._of(values, how).rows(values, self._kept)

    def first(self, *values: Any, **how: Any) -> Row | None:
        """The first row, or the only one; None when there is none."""
        return next(iter(self(*values, **how)), None)

    def count(self, *values: Any, **how: Any) -> int:
        """How many rows there are; a slice is counted as far as it goes."""
        return self._of(values, how).count(values, self._kept)

    def statement(self, *values: Any, **how: Any) -> tuple[str, tuple[Any, ...]]:
        """The SQL with `%s` for each parameter, and the parameters: to ask Postgres what it thinks of the query."""
        written = self._of(values, how)
        return written.sql, written.given(values)

    def _of(self, values: tuple[Any, ...], how: dict[str, Any]) -> "_Written[Row]":
        return self._written(tuple([_type_of(value) for value in values]), tuple(how.items()))

    def _write(self, shape: Shape, how: tuple[tuple[str, Any], ...]) -> "_Written[Row]":
        return _write(self._make, shape, dict(how))


def _type_of(value: object) -> type | tuple[type, ...]:
    if isinstance(value, tuple):
        return tuple([_plain(type(one)) for one in value])
    return _plain(type(value))


def _plain(of: type) -> type:
    if of in _SAMPLES:
        return of
    # A member of TextChoices is a text; a bool is a whole number by birth, but another way of making the query.
    found = next((plain for plain in _SAMPLES if issubclass(of, plain) and of is not bool), None)
    if found is None:
        raise NotPrepared(f"a value is of the type {of.__name__}: give it by name")
    return found


@dataclass(frozen=True, slots=True)
class _Written(Generic[Row]):
    """SQL with the places of the values in it, and what Django needs to make rows of what Postgres answers.

    `places`: for each parameter the value's place in the call, and the place in the tuple where it is one.
    """

    sql: str
    places: tuple[tuple[int, int | None], ...]
    queryset: QuerySet[Any, Row]
    compiler: SQLCompiler
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]
    """What makes Python's values of those columns that the driver leaves as they are."""

    def given(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([values[place] if at is None else values[place][at] for place, at in self.places])

    def rows(self, values: tuple[Any, ...], kept: bool) -> list[Row]:
        if not self.sql:
            return []
        answered = connection.rows(  # type: ignore[attr-defined]  # memory_ui.postgres has it
            self.sql, self.given(values), kept=kept
        )
        queryset: Any = self.queryset
        found: list[Row] = list(queryset._iterable_class(_Answered(self, answered)))
        if queryset._prefetch_related_lookups:
            prefetch_related_objects(found, *queryset._prefetch_related_lookups)  # type: ignore[type-var]
        return found

    def count(self, values: tuple[Any, ...], kept: bool) -> int:
        if not self.sql:
            return 0
        answered: list[tuple[int]] = connection.rows(  # type: ignore[attr-defined]  # memory_ui.postgres has it
            f"SELECT count(*) FROM ({self.sql}) counted",  # noqa: S608  # Django's own, with values beside it
            self.given(values),
            kept=kept,
        )
        return answered[0][0]


class _Answered:
    """What makes rows takes this for a queryset, its query and its compiler in turn, and finds what Postgres answered."""

    def __init__(self, written: _Written[Any], answered: list[tuple[Any, ...]]) -> None:
        compiler = written.compiler
        self._queryset = written.queryset
        self._rows = iter(answered)
        if written.converters:
            self._rows = map(tuple, compiler.apply_converters(self._rows, written.converters))
        self.query = self
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map

    def get_compiler(self, *_: Any, **__: Any) -> "_Answered":
        return self

    def execute_sql(self, **_: Any) -> None:
        """Postgres has answered."""

    def results_iter(self, *_: Any, **__: Any) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._queryset, name)
        except AttributeError:
            return getattr(self._queryset.query, name)


def _write(make: Callable[..., QuerySet[Any, Row]], shape: Shape, how: dict[str, Any]) -> _Written[Row]:
    # Twice with other samples: what is the same in both is no value, and SQL that differs depends on the values.
    try:
        first, second = (_compiled(make(*_samples(shape, start), **how)) for start in (1, 1_000_001))
    except EmptyResultSet:  # as for `__in` of nothing: Django does not even ask
        return _Written("", (), *_uncompiled(make(*_samples(shape, 1), **how)), {})
    if first[0] != second[0]:
        raise NotPrepared("its SQL depends on the values")
    of = dict(zip(_flat(_samples(shape, 1)), _places(shape), strict=True))
    again = dict(zip(_flat(_samples(shape, 1_000_001)), _places(shape), strict=True))
    places = []
    for one, other in zip(first[1], second[1], strict=True):
        place = of.get(one) if isinstance(one, Hashable) else None
        if place != (again.get(other) if isinstance(other, Hashable) else None) or (place is None and one != other):
            raise NotPrepared("a parameter is made of a value instead of being one")
        places.append(place)
    if set(of.values()) - set(places):
        raise NotPrepared("a value is not handed on to Postgres")
    sql, parameters, queryset, compiler = first
    converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
    fixed = ["%s" if place else _literal(one) for one, place in zip(parameters, places, strict=True)]
    filled = sql.replace("%%", "%%%%") % tuple(fixed)  # so that it still is a form, for the values
    return _Written(filled, tuple([place for place in places if place]), queryset, compiler, converters)


def _literal(value: Any) -> str:
    connection.ensure_connection()
    return Literal(value).as_string(connection.connection).replace("%", "%%")


def _compiled(made: QuerySet[Any, Row]) -> tuple[str, tuple[Any, ...], QuerySet[Any, Row], SQLCompiler]:
    queryset, compiler = _uncompiled(made)
    sql, parameters = compiler.as_sql()
    return sql, tuple(parameters), queryset, compiler


def _uncompiled(queryset: QuerySet[Any, Row]) -> tuple[QuerySet[Any, Row], SQLCompiler]:
    return queryset, queryset.query.get_compiler(connection=connection)


def _samples(shape: Shape, start: int) -> list[Any]:
    samples: list[Any] = []
    number = start
    for one in shape:
        if isinstance(one, tuple):
            samples.append(tuple(_SAMPLES[of](number + at) for at, of in enumerate(one)))
            number += len(one)
        else:
            samples.append(_SAMPLES[one](number))
            number += 1
    return samples


def _flat(samples: list[Any]) -> list[Any]:
    return [one for sample in samples for one in (sample if isinstance(sample, tuple) else (sample,))]


def _places(shape: Shape) -> list[tuple[int, int | None]]:
    return [
        (place, at) for place, one in enumerate(shape) for at in (range(len(one)) if isinstance(one, tuple) else (None,))
    ]
