"""Exclusive work on one thing across all workers: session-level Postgres advisory locks.

A lock lives as long as the connection that took it, so a killed worker frees its locks at once, with no lease to run
out and no heartbeat to keep. They say who is alive; the rows themselves (conditional updates) keep the work correct.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@contextmanager
def exclusively(name: str) -> Iterator[bool]:
    """Try to hold the lock `name`; yields whether this thread has it. Never waits. Not reentrant."""
    number = _number(name)
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [number])
        row = cursor.fetchone()
    if row is None or not row[0]:
        yield False
        return
    try:
        yield True
    finally:
        # A connection that broke in between took the lock with it; there is nothing left to free then.
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [number])
