"""Statements whose commit does not wait for the disk: for what may be lost when Postgres itself crashes."""

from django.db import connection


def unawaited() -> str:
    """A row for the `from` of a statement that is a transaction by itself: its commit does not wait for the disk.

    In a transaction that is open already it changes nothing: that one waits for what else it holds.
    """
    row = "1" if connection.in_atomic_block else "set_config('synchronous_commit', 'off', true)"
    return f"(select {row}) as no_wait"
