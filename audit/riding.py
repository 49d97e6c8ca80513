"""Entries of reads go to the database together with the page's next query: they cost it no round trip of their own.

Whatever becomes of that query, the entry is there before the page is sent: one that found no query to go along with, or
whose query failed, is written by itself at the end (`arrive`), and when that fails too, there is no page.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from psycopg import ClientCursor


class _Rider:
    """A statement that waits for a query of this connection. Postgres takes both in one message, as one transaction."""

    def __init__(self, statement: str, parameters: Sequence[Any]) -> None:
        self.statement = statement
        self.parameters = parameters

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """A statement is about to be executed: go along with it, or wait for a better one."""
        cursor = context["cursor"].cursor
        plain = not many and isinstance(cursor, ClientCursor) and isinstance(params, list | tuple)
        # In somebody's transaction it might be rolled back, and a change is not to be committed as lazily as a read's entry.
        if not plain or connection.in_atomic_block or not sql.startswith("SELECT"):
            return execute(sql, params, many, context)
        result = execute(f"{self.statement};{sql}", [*self.parameters, *params], many, context)
        connection.execute_wrappers.remove(self)
        cursor.nextset()
        return result


def ride(statement: str, parameters: Sequence[Any]) -> None:
    """Have `statement` executed with the next query of this request, or at its end. Outside of a transaction only."""
    connection.execute_wrappers.append(_Rider(statement, parameters))


def arrive() -> None:
    """Execute what still waits. The end of each request; raises what the database raises."""
    waiting = [wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, _Rider)]
    for rider in waiting:
        connection.execute_wrappers.remove(rider)
    for rider in waiting:
        with connection.cursor() as cursor:
            cursor.execute(rider.statement, rider.parameters)
