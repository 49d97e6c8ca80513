"""Our own rows about a subject: their ids, deleting them in batches, and taking the person out of rows that stay."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg import sql

from privacy.models import BatchLine, Note, Request
from privacy.naming import GONE, Named, mentions
from privacy.stores import DELETED, REWRITTEN, Store
from subjects.models import ListExport, ListPart, Run, RunHour, SyncState

BATCH = 1_000
"""rows that one transaction deletes"""

Hits = Mapping[tuple[str, str], Sequence[str]]
"""By label and field the ids of rows that name a person."""


def ids_of(subject: UUID | None) -> dict[str, list[str]]:
    """The ids of every row about a subject, by store."""
    found: dict[str, list[str]] = {}
    for label, pk in _of_each_store("select {label}, pk::text from ({rows}) as found (pk)", subject):
        found.setdefault(label, []).append(pk)
    return found


def counts_of(subject: UUID | None) -> dict[str, int]:
    """How many rows each store has about a subject."""
    counted = _of_each_store("select {label}, count(*) from ({rows}) as found", subject)
    return {label: count for label, count in counted if count}


def stores_with(subject: UUID | None) -> list[Store]:
    """The stores that have rows about a subject, in the order in which they are deleted."""
    labels = {label for (label,) in _of_each_store("select {label} where exists ({rows})", subject)}
    return [store for store in DELETED if store.label in labels]


def delete(subject: UUID | None) -> Iterator[tuple[str, int]]:
    """Delete every row about a subject, a batch in a transaction; tells store and number after each. Safe to repeat."""
    for store in stores_with(subject):
        while batch := list(store.rows(subject).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                _, gone = store.model._base_manager.filter(pk__in=batch).delete()
            yield store.label, gone.get(store.label, 0)


def still_there(ids_by_label: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Those of the ids, by store, that the tables still have."""
    left: dict[str, list[str]] = {}
    for store in DELETED:
        ids = ids_by_label.get(store.label, ())
        for start in range(0, len(ids), BATCH):
            rows = store.model._base_manager.filter(pk__in=ids[start : start + BATCH])
            left.setdefault(store.label, []).extend(str(pk) for pk in rows.values_list("pk", flat=True))
    return left


def _of_each_store(select: LiteralString, subject: UUID | None) -> list[tuple[Any, ...]]:
    """Ask every store in one statement: with twenty round trips for a person, a thousand people take twice as long."""
    if subject is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_statement(select), {"subject": subject})
        return list(cursor.fetchall())


@cache
def _statement(select: LiteralString) -> sql.Composed:
    """`select` for each store, put together. `{rows}`: the keys of the store's rows; `{label}`: its label."""
    parts = []
    for store in DELETED:
        query, values = store.rows(_ANYBODY).order_by().values_list("pk").query.sql_with_params()
        assert values == (_ANYBODY,), "one question of a store: whose rows"
        keys = sql.SQL(query.replace("%s", "%(subject)s"))
        parts.append(sql.SQL(select).format(label=sql.Literal(store.label), rows=keys))
    return sql.SQL(" union all ").join(parts)


_ANYBODY = UUID(int=0)
_CLEANED = (
    ("subjects.ListPart", "content"),
    ("subjects.ListExport", "filters"),
    ("privacy.Note", "text"),
    *((label, name) for label, names in REWRITTEN.items() for name in names),
)
"""Fields, by label and name, that are looked through for the person at once."""


def naming(label: str, subject_id: str, subject_hash: str) -> list[str]:
    """The rows of requests and of lists of ids that carry the outside id of this very subject."""
    if label == "privacy.Request":
        rows = Request.objects.filter(subject_hash=subject_hash).values_list("pk", flat=True)
        return [str(pk) for pk in rows]
    return [str(pk) for pk in BatchLine.objects.filter(subject_id=subject_id).values_list("pk", flat=True)]


# rows that stay, without the person -----------------------------------------------------------------------------------


def clean(named: Named, agent_ids: Sequence[str]) -> dict[str, int]:
    """Take the person out of rows that stay; returns how many of each store. Safe to repeat."""
    done = Counter({"subjects.SyncState": _sync_state(named, agent_ids), "sessions.Session": _sessions(named)})
    while found := {(one.label, one.field): one.ids for one in mentions(named, fields=_CLEANED)}:
        changed = Counter({label: _rewritten(named, label, found) for label in REWRITTEN})
        changed["subjects.ListExport"] = _saved_lists(found)
        changed["privacy.Note"] = Note.objects.filter(pk__in=found.get(("privacy.Note", "text"), ())).delete()[0]
        if not changed.total():
            break  # what cannot be taken out, reading everything again tells
        done += changed
    return {label: count for label, count in done.items() if count}


def forget_the_name(subject_id: str, subject_hash: str) -> dict[str, int]:
    """Empty the outside id on the person's requests and delete it from lists of ids: the last step of an erasure."""
    if not subject_id:
        return {}
    with transaction.atomic():
        lines = BatchLine.objects.filter(subject_id=subject_id).delete()[0]
        requests = Request.objects.filter(subject_hash=subject_hash).exclude(subject_id="").update(subject_id="")
    done = {"privacy.Request": requests, "privacy.BatchLine": lines}
    return {label: count for label, count in done.items() if count}


def _saved_lists(found: Hits) -> int:
    parts = found.get(("subjects.ListPart", "content"), ())
    exports = set(ListPart.objects.filter(pk__in=parts).values_list("list_export_id", flat=True))
    exports |= {UUID(pk) for pk in found.get(("subjects.ListExport", "filters"), ())}
    return ListExport.objects.filter(pk__in=exports).delete()[1].get("subjects.ListExport", 0)


def forget_reasons(subject: UUID | None) -> int:
    """Rewrite, in the hourly counts, the reasons that no run of others has: a sentence of Letta's may repeat a text.

    Also the reason of a run that was tried again and learned then is nowhere else any more, so what nobody has goes.
    """
    changed = 0
    for reason in RunHour.objects.exclude(reason__in=("", GONE)).values_list("reason", flat=True).distinct():
        others = Run.objects.exclude(subject=subject).exclude(failure="").filter(failure__startswith=reason)
        if others.exists():
            continue
        for hour in RunHour.objects.filter(reason=reason):
            try:
                with transaction.atomic():
                    changed += RunHour.objects.filter(pk=hour.pk).update(reason=GONE)
            except IntegrityError:  # that hour has such a line already
                changed += hour.delete()[0]
    return changed


def _rewritten(named: Named, label: str, found: Hits) -> int:
    changed = 0
    model = apps.get_model(label)
    for field in REWRITTEN[label]:
        for row in model._base_manager.filter(pk__in=found.get((label, field), ())).only("pk", field):
            value = getattr(row, field)
            try:
                with transaction.atomic():
                    kept = named.taken_out(value)
                    changed += kept != value and model._base_manager.filter(pk=row.pk).update(**{field: kept})
            except IntegrityError:  # as it is now there is another such row already
                changed += row.delete()[0]
    return changed


def _sync_state(named: Named, agent_ids: Sequence[str]) -> int:
    changed = 0
    with transaction.atomic():
        for state in SyncState.objects.select_for_update():
            kept = [one for one in state.left_out if not _mentions(one, agent_ids)]
            error = "" if named.stands_in(state.error) else state.error
            if kept != state.left_out or error != state.error:
                changed += SyncState.objects.filter(pk=state.pk).update(left_out=kept, error=error)
    return changed


def _mentions(value: Any, ids: Sequence[str]) -> bool:
    return any(one in str(value) for one in ids)


def _sessions(named: Named) -> int:
    """Sessions are read one by one: their data is packed. There are as many as people are signed in."""
    if not named:
        return 0
    changed = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        data = session.get_decoded()
        kept = {key: value for key, value in data.items() if key.startswith("_auth") or not named.stands_in(repr(value))}
        if kept != data:
            packed = SessionStore().encode(kept)
            changed += Session.objects.filter(pk=session.pk, session_data=session.session_data).update(session_data=packed)
    return changed + Session.objects.filter(expire_date__lte=timezone.now()).delete()[0]
