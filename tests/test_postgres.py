"""The database backend: moments, and connections that Postgres has closed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.utils import OperationalError


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
