"""How many subjects there are, without counting a large table."""

from django.db import connection

from subjects.models import Subject


def estimated_subjects() -> int:
    """About how many subjects there are, as Postgres last counted."""
    with connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [Subject._meta.db_table])
        row = cursor.fetchone()
    return round(row[0], -2) if row else 0


def subjects_up_to(most: int) -> int:
    """How many subjects there are, but never more than `most`."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from (select from subjects_subject limit %s) counted", [most])
        return int(cursor.fetchone()[0])
