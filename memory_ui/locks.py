"""Exclusive work on one thing across all workers: session-level Postgres advisory locks.

A lock belongs to the database session: when a worker is killed its connection closes and its locks are free at once,
with no lease to run out and no heartbeat to keep. Locks say who is alive; the rows themselves (conditional updates,
tokens) keep the work correct, also behind a pooler that shares sessions and so may let two hold one lock.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection


def number(name: str) -> int:
    """The 64-bit number by which Postgres knows the lock `name`."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@contextmanager
def exclusively(name: str) -> Iterator[bool]:
    """Try to hold the lock `name`; yields whether this thread has it. Never waits. Not to be nested for one name."""
    key = number(name)
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        if mine:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("select pg_advisory_unlock(%s)", [key])
            except (DatabaseError, InterfaceError):
                connection.close()  # which frees the lock too


def held(names: Iterable[str]) -> set[str]:
    """Those of the locks `names` that somebody holds now."""
    keys = {number(name): name for name in names}
    with connection.cursor() as cursor:
        cursor.execute(
            "select (classid::bigint << 32) | objid::bigint from pg_locks"
            " where locktype = 'advisory' and objsubid = 1 and granted"
            " and database = (select oid from pg_database where datname = current_database())"
        )
        return {keys[key] for (key,) in cursor.fetchall() if key in keys}
