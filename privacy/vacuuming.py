"""Vacuuming after an erasure: deleted rows lie in Postgres's files until then."""

from datetime import datetime, timedelta

from django.apps import apps
from django.db import DatabaseError, connection
from django.utils import timezone

from memory_ui.locks import exclusively
from privacy.models import Vacuuming
from privacy.personal_fields import FIELDS
from privacy.stores import NOT_OF_SUBJECTS

LOCK = "privacy-vacuum"
KEPT = timedelta(days=1)


def tables() -> list[str]:
    """Every table of this database that holds something about subjects; those of the engine are among them."""
    labels = [label for label, fields in FIELDS.items() if fields.personal_names and label not in NOT_OF_SUBJECTS]
    models = [apps.get_model(label) for label in labels]
    return sorted({model._meta.db_table for model in models})


def vacuum_since(moment: datetime) -> dict[str, str] | None:
    """Vacuum every table, unless that was begun after `moment`; by table when it was done, or why not.

    None: somebody else is vacuuming; ask again. Many erasures that end together share one vacuuming.
    """
    found = Vacuuming.objects.filter(started_at__gt=moment, ended_at__isnull=False).order_by("pk").first()
    if found is None:
        with exclusively(LOCK) as mine:
            if not mine:
                return None
            found = _vacuum()
    assert found.ended_at is not None
    return {table: trouble or found.ended_at.isoformat() for table, trouble in found.tables.items()}


def _vacuum() -> Vacuuming:
    vacuuming = Vacuuming.objects.create()
    for table in tables():
        vacuuming.tables[table] = _vacuum_table(table)
    vacuuming.ended_at = timezone.now()
    vacuuming.save()
    Vacuuming.objects.filter(started_at__lt=timezone.now() - KEPT).delete()
    return vacuuming


def _vacuum_table(table: str) -> str:
    """Empty, or the kind of trouble. VACUUM waits for a lock only for as long as the autovacuum needs to make way."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"vacuum {connection.ops.quote_name(table)}")
    except DatabaseError as error:
        return f"not vacuumed: {type(error.__cause__ or error).__name__}"
    return ""
