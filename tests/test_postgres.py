"""The database backend: moments, statements that Postgres keeps, and connections that it has closed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.utils import DataError, NotSupportedError, OperationalError
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A connection that nobody else uses, to look at ours from."""
    how = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**how, autocommit=True) as other:
        yield other
    connection.close()  # what is cleaned up next needs one that works


def _hang_up(other: psycopg.Connection[tuple[int]]) -> None:
    """As when Postgres is restarted: our connection is closed from over there."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    other.execute("select pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.parametrize("moment", [datetime(2026, 3, 1, 12, 30, 1, 4, UTC), datetime(1, 1, 2, tzinfo=UTC)])
def test_moments_come_back_as_they_went_in_utc(db: None, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select %s::timestamptz, null::timestamptz", [moment])
        found, nothing = cursor.fetchone()
    assert (found, found.tzinfo, nothing) == (moment, UTC, None)


def test_a_connection_is_usable_while_postgres_keeps_it(other: psycopg.Connection[tuple[int]]) -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    with transaction.atomic():
        assert connection.is_usable(), "in a transaction, too"
    _hang_up(other)
    assert not connection.is_usable()
    connection.close()
    assert not connection.is_usable(), "nothing was opened"


def test_a_failed_transaction_is_not_usable(other: psycopg.Connection[tuple[int]]) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor, pytest.raises(psycopg.errors.DivisionByZero):
            cursor.cursor.execute("select 1 / 0")
        assert not connection.is_usable()
        transaction.set_rollback(True)


def test_the_next_request_opens_a_new_connection(other: psycopg.Connection[tuple[int]]) -> None:
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"]
    _hang_up(other)
    close_old_connections()  # as at the beginning of every request
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchone() == (1,)


def test_without_a_look_the_query_would_have_failed(other: psycopg.Connection[tuple[int]]) -> None:
    _hang_up(other)
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("select 1")


def _kept() -> list[str]:
    """The statements that Postgres keeps for our connection."""
    with connection.cursor() as cursor:
        cursor.execute("select statement from pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def _rows(statement: str, *values: object, kept: bool = True) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = connection.rows(  # type: ignore[attr-defined]  # memory_ui.postgres has it
        statement, values, kept=kept
    )
    return found


def test_what_is_asked_again_is_kept_without_its_values(other: psycopg.Connection[tuple[int]]) -> None:
    for number in range(20):
        assert _rows("select 'a%%', %s::int + 1 where %s <> 'secret'", number, f"word {number}") == [("a%", number + 1)]
    with connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("select 'asked by somebody else', %s", [1])
            assert _rows("select %s::int, 'planned anew'", 1, kept=False) == [(1, "planned anew")]
    assert _kept() == ["select 'a%', $1::int + 1 where $2 <> 'secret'"]
    assert connection.connection.prepare_threshold is None, "psycopg counts nobody else's statements"


def test_kept_statements_outlive_what_is_rolled_back(other: psycopg.Connection[tuple[int]]) -> None:
    for _ in range(3):
        with transaction.atomic():
            assert [_rows("select %s::int", number) for number in range(3)] == [[(0,)], [(1,)], [(2,)]]
            transaction.set_rollback(True)
    with pytest.raises(DataError):
        _rows("select 1 / %s::int", 0)
    assert _rows("select %s::int", 7) == [(7,)]


def test_after_a_column_has_changed_kept_statements_are_read_anew(other: psycopg.Connection[tuple[int]]) -> None:
    other.execute("create table changing (told varchar(3))")
    try:
        other.execute("insert into changing values ('abc')")
        for _ in range(5):
            assert _rows("select told from changing where told = %s", "abc") == [("abc",)]
        other.execute("alter table changing alter told type varchar(9)")
        assert _rows("select told from changing where told = %s", "abc") == [("abc",)]
        for _ in range(5):
            _rows("select told from changing where told = %s", "abc")
        other.execute("alter table changing alter told type varchar(12)")
        with pytest.raises(NotSupportedError), transaction.atomic():
            _rows("select told from changing where told = %s", "abc")
        with transaction.atomic():
            assert _rows("select told from changing where told = %s", "abc") == [("abc",)]
    finally:
        other.execute("drop table changing")


def test_who_watches_statements_sees_these_too(other: psycopg.Connection[tuple[int]]) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert _rows("select %s::int", 7) == [(7,)]
    assert [query["sql"] for query in captured.captured_queries] == ["select 7::int"]


def test_kept_statements_need_no_connection_that_was_closed(other: psycopg.Connection[tuple[int]]) -> None:
    for _ in range(5):
        assert _rows("select %s::int", 7) == [(7,)]
    _hang_up(other)
    close_old_connections()
    for _ in range(5):
        assert _rows("select %s::int", 7) == [(7,)]
