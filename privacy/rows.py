"""Our own rows about a subject: their ids, deleting them in batches, and taking the person out of rows that stay."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy.models import BatchLine, Note, Request
from privacy.naming import GONE, Named, rows_naming
from privacy.stores import DELETED, REWRITTEN, Store
from subjects.models import ListExport, ListPart, Run, RunHour, SyncState

BATCH = 1_000
"""rows that one transaction deletes"""


def ids_of(subject: UUID | None, subject_hash: str) -> dict[str, list[str]]:
    """The ids of every row about a subject, by store."""
    found = {
        store.label: [str(pk) for pk in store.rows(subject, subject_hash).values_list("pk", flat=True)] for store in DELETED
    }
    return {label: ids for label, ids in found.items() if ids}


def counts_of(subject: UUID | None, subject_hash: str) -> dict[str, int]:
    """How many rows each store has about a subject."""
    found = {store.label: store.rows(subject, subject_hash).count() for store in DELETED}
    return {label: count for label, count in found.items() if count}


def delete(subject: UUID | None, subject_hash: str) -> Iterator[tuple[str, int]]:
    """Delete every row about a subject, a batch in a transaction; tells store and number after each. Safe to repeat."""
    for store in DELETED:
        while batch := list(store.rows(subject, subject_hash).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                _, gone = store.model._base_manager.filter(pk__in=batch).delete()
            yield store.label, gone.get(store.label, 0)


def still_there(label: str, ids: Sequence[str]) -> list[str]:
    """Those of the ids that a table still has."""
    store = next(store for store in DELETED if store.label == label)
    left: list[str] = []
    for start in range(0, len(ids), BATCH):
        rows = store.model._base_manager.filter(pk__in=ids[start : start + BATCH])
        left += [str(pk) for pk in rows.values_list("pk", flat=True)]
    return left


def naming(label: str, subject_id: str, subject_hash: str) -> list[str]:
    """The rows of requests and of lists of ids that carry the outside id of this very subject."""
    if label == "privacy.Request":
        rows = Request.objects.filter(subject_hash=subject_hash).values_list("pk", flat=True)
        return [str(pk) for pk in rows]
    return [str(pk) for pk in BatchLine.objects.filter(subject_id=subject_id).values_list("pk", flat=True)]


def late(subject: UUID | None, subject_hash: str) -> list[Store]:
    """Stores that have rows about the subject after all."""
    return [store for store in DELETED if store.rows(subject, subject_hash).exists()]


# rows that stay, without the person -----------------------------------------------------------------------------------


def clean(named: Named, agent_ids: Sequence[str]) -> dict[str, int]:
    """Take the person out of rows that stay; returns how many of each store. Safe to repeat."""
    done = {
        "subjects.ListExport": _saved_lists(named),
        "subjects.SyncState": _sync_state(named, agent_ids),
        "sessions.Session": _sessions(named),
        **{label: _rewritten(named, label, fields) for label, fields in REWRITTEN.items()},
        "privacy.Note": Note.objects.filter(pk__in=rows_naming("privacy.Note", "text", named)).delete()[0],
    }
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


def _saved_lists(named: Named) -> int:
    parts = rows_naming("subjects.ListPart", "content", named)
    exports = set(ListPart.objects.filter(pk__in=parts).values_list("list_export_id", flat=True))
    exports |= {UUID(pk) for pk in rows_naming("subjects.ListExport", "filters", named)}
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


def _rewritten(named: Named, label: str, fields: Sequence[str]) -> int:
    changed = 0
    model = apps.get_model(label)
    for field in fields:
        while pks := rows_naming(label, field, named):
            for row in model._base_manager.filter(pk__in=pks).only("pk", field):
                try:
                    with transaction.atomic():
                        changed += model._base_manager.filter(pk=row.pk).update(
                            **{field: named.taken_out(getattr(row, field))}
                        )
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
