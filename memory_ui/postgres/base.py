"""The database backend; Django looks for it in a module of this name."""

import select
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import Format, TransactionStatus

_MOMENTS = psycopg.adapters.types["timestamptz"].oid
_AGAIN = 2
"""times that a connection asks a statement before Postgres is to keep it"""
_KEPT = 200
"""statements that Postgres keeps for a connection"""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but psycopg reads moments in C, Postgres keeps statements, and a connection is looked at instead of asked
    whether it is there."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """A connection of its own, never one of a pool."""
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        # Django puts a loader in Python in its place, to give moments in another zone than the session's; both are UTC here.
        # That took longer than all else of a row.
        assert self.timezone == UTC, "DATABASES has a TIME_ZONE"
        in_c = psycopg.adapters.get_loader(_MOMENTS, Format.TEXT)
        assert in_c is not None
        connection.adapters.register_loader(_MOMENTS, in_c)
        connection.prepared_max = _KEPT
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor without Django's second look at the zone. Those on the server are switched off in the settings."""
        assert name is None, "DISABLE_SERVER_SIDE_CURSORS is off"
        return self.connection.cursor()

    def rows(self, statement: str, values: Sequence[Any], *, kept: bool) -> list[tuple[Any, ...]]:
        """All rows of a statement with `%s` for each value: for those that are asked again and again.

        Values travel beside the statement, so that what has no type by its place in it needs a cast. `kept`: from the third
        time on Postgres has read it (`PREPARE`), and when one plan seems to suit all values, planned it, too.

        Raises:
            django.db.Error: as from `cursor().execute()`.
        """
        if self.execute_wrappers or self.queries_logged:  # which want to see every statement go by
            with self.cursor() as cursor:
                cursor.execute(statement, values)
                found: list[tuple[Any, ...]] = cursor.fetchall()
                return found
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            try:
                return self._rows(statement, values, kept)
            except psycopg.errors.FeatureNotSupported:  # a migration has changed a column: the rows would be others
                if self.connection.info.transaction_status != TransactionStatus.IDLE:
                    raise  # psycopg forgets them all when the transaction is rolled back
                self.connection.prepare_threshold = _AGAIN  # else psycopg does not notice
                self.connection.execute("deallocate all")
                return self._rows(statement, values, kept)

    def _rows(self, statement: str, values: Sequence[Any], kept: bool) -> list[tuple[Any, ...]]:
        connection: psycopg.Connection[tuple[Any, ...]] = self.connection
        # Only here: statements of others hold their values, and psycopg would keep the text of each for its count.
        connection.prepare_threshold = _AGAIN if kept else None
        try:
            return psycopg.Cursor(connection).execute(statement, values).fetchall()
        finally:
            connection.prepare_threshold = None

    def is_usable(self) -> bool:
        """Whether Postgres is still there. Django asks it at the beginning of each request, which takes a round trip.

        Who has hung up has left something to read, if only the end; from who has not there is nothing until we ask.
        """
        if self.connection is None:
            return False
        pgconn = self.connection.pgconn
        if pgconn.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS) and not _to_read(pgconn.socket):
            return True
        return bool(super().is_usable())


def _to_read(socket: int) -> bool:
    looked = select.poll()
    looked.register(socket, select.POLLIN)
    return bool(looked.poll(0))
