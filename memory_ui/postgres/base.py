"""The database backend; Django looks for it in a module of this name."""

import select
from datetime import UTC
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import Format, TransactionStatus

_MOMENTS = psycopg.adapters.types["timestamptz"].oid


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but psycopg reads moments in C, and a connection is looked at instead of asked whether it is there."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """A connection of its own, never one of a pool."""
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        # Django puts a loader in Python in its place, to give moments in another zone than the session's; both are UTC here.
        # That took longer than all else of a row.
        assert self.timezone == UTC, "DATABASES has a TIME_ZONE"
        in_c = psycopg.adapters.get_loader(_MOMENTS, Format.TEXT)
        assert in_c is not None
        connection.adapters.register_loader(_MOMENTS, in_c)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor without Django's second look at the zone. Those on the server are switched off in the settings."""
        assert name is None, "DISABLE_SERVER_SIDE_CURSORS is off"
        return self.connection.cursor()

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
