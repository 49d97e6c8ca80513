"""Vacuuming after an erasure: deleted rows lie in Postgres's files until then. Erasures that end together share one.

It takes as long for one person as for a thousand. So an erasure whose rows are deleted waits, taking up no room, while
others are about to join it; the last of them vacuums for all.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.models import F, QuerySet
from django.utils import timezone

from memory_ui.locks import exclusively, held
from privacy.beginning import ready
from privacy.models import Erasure, Request, Vacuuming
from privacy.personal_fields import FIELDS
from privacy.stores import NOT_OF_SUBJECTS

LOCK = "privacy-vacuum"
KEPT = timedelta(days=1)
NOT_DONE = "not vacuumed"
"""What is said of a table begins so, instead of a time."""
PATIENCE = timedelta(seconds=30)
"""How long the first one waits for others to join it."""
TOGETHER = 100
"""How many wait for one vacuuming at most."""

Kind, State, Step = Request.Kind, Request.State, Erasure.Step
DELETED = (Step.VACUUM, Step.VERIFY, Step.RECEIPT)
"""Steps at which the rows of an erasure are deleted."""


def tables() -> list[str]:
    """Every table of this database that holds something about subjects; those of the engine are among them."""
    labels = [label for label, fields in FIELDS.items() if fields.personal_names and label not in NOT_OF_SUBJECTS]
    models = [apps.get_model(label) for label in labels]
    return sorted({model._meta.db_table for model in models})


def since(moment: datetime) -> dict[str, str] | None:
    """When each table was vacuumed, or why not, by a vacuuming that was begun after `moment`; None: there was none."""
    found = Vacuuming.objects.filter(started_at__gt=moment, ended_at__isnull=False).order_by("pk").first()
    return None if found is None else _by_table(found)


def vacuum() -> dict[str, str] | None:
    """Vacuum every table now; by table when it was done, or why not. None: somebody else is vacuuming."""
    with exclusively(LOCK) as mine:
        return _by_table(_vacuum()) if mine else None


def others_will_join() -> bool:
    """Whether another erasure is about to need a vacuuming too, and those that wait can still wait for it."""
    late = timezone.now() - PATIENCE
    waiting = _waiting()
    if waiting.filter(deleted_at__lt=late).exists() or waiting[:TOGETHER].count() == TOGETHER:
        return False
    deleting = Request.objects.filter(kind=Kind.ERASURE, state=State.WORKING).exclude(erasure__step__in=DELETED)
    return deleting.exists() or ready().filter(kind=Kind.ERASURE).exists()


def to_wake(most: int) -> list[UUID]:
    """Requests that wait for a vacuuming no more: it is done, or it is on one of them to do it. `most` at most."""
    parked = (
        _waiting_at_all().filter(request__wake_at=None).order_by(F("request__batch").asc(nulls_first=True), "deleted_at")
    )
    last = _last()
    if last is not None:
        found = parked.filter(deleted_at__lt=last)
        if pks := list(found.values_list("request", flat=True)[:most]):
            return pks
    if held([LOCK]):
        return []  # whoever vacuums wakes them
    first = parked.values_list("request", flat=True)[: min(most, 1)]
    return list(first) if first and not others_will_join() else []


def _waiting_at_all() -> QuerySet[Erasure]:
    return Erasure.objects.filter(step=Step.VACUUM, request__state=State.WORKING)


def _waiting() -> QuerySet[Erasure]:
    """Those whose rows were deleted after the last vacuuming began."""
    last = _last()
    return _waiting_at_all() if last is None else _waiting_at_all().filter(deleted_at__gte=last)


def _last() -> datetime | None:
    """When the newest vacuuming that ended was begun."""
    return Vacuuming.objects.filter(ended_at__isnull=False).order_by("-pk").values_list("started_at", flat=True).first()


def _by_table(vacuuming: Vacuuming) -> dict[str, str]:
    assert vacuuming.ended_at is not None
    return {table: trouble or vacuuming.ended_at.isoformat() for table, trouble in vacuuming.tables.items()}


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
        return f"{NOT_DONE}: {type(error.__cause__ or error).__name__}"
    return ""
