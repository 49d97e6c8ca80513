"""Saving a list of subjects as CSV: a short one at once, a long one piece by piece in the background.

A state machine like `delivery`: pieces are kept as they are written, so a killed worker's list goes on where it was.
"""

import csv
import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_ui.keyset import Cursor
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from subjects.estimates import estimated_subjects
from subjects.listing import SubjectRow, subject_rows, subjects_page
from subjects.models import ListExport, ListPart, Subject
from subjects.searching import TooMuch
from subjects.wanted import Wanted

AT_ONCE = 1_000
"""rows that are written while the person waits, and in one piece"""
TURN_SECONDS = 10.0
"""How long one task writes before others get their turn."""
SILENCE = timedelta(seconds=30)
"""After which a list that nobody writes is taken up again."""
KEPT = timedelta(hours=24)
WRITE = "subjects.tasks.write_list"
COLUMNS = (
    "id",
    "kind",
    "blocks",
    "created (UTC)",
    "last learned (UTC)",
    "last run",
    "last run given (UTC)",
    "agent",
    "tags",
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def short_list(wanted: Wanted) -> bytes | None:
    """The CSV of all that is wanted; None when there is more than AT_ONCE.

    Raises:
        TooMuch: looking for the words took too long.
    """
    page = subjects_page(wanted, Cursor(), AT_ONCE)
    return _csv(subject_rows(page.rows), head=True) if page.is_whole else None


@transaction.atomic
def start_export(wanted: Wanted, person: User) -> ListExport:
    """Have a long list written in the background, in an order in which no row moves meanwhile."""
    if wanted.is_by_learning:
        wanted = replace(wanted, sort="newest")
    expected = 0 if wanted.is_filtered else estimated_subjects()
    export = ListExport.objects.create(person=person, filters=wanted.as_json(), rows_expected=expected)
    record(Action.EXPORTED_LIST, by=person, detail={"list": export.pk, "by_words": bool(wanted.text)})
    wake(WRITE, str(export.pk))
    return export


def advance(export_pk: str) -> float | None:
    """Write for a while; returns the seconds until there is more to do, None when it is over."""
    limit = time.monotonic() + TURN_SECONDS
    with exclusively(f"list:{export_pk}") as mine:
        while mine:
            export = ListExport.objects.filter(pk=export_pk, state=ListExport.State.WRITING).first()
            if export is None:
                return None
            if time.monotonic() > limit:
                return 0.1
            try:
                _write_part(export)
            except TooMuch as error:
                _end(export, ListExport.State.FAILED, str(error))
    return None


def due() -> list[str]:
    """Lists that nobody writes although they are not done."""
    return [str(pk) for pk in ListExport.objects.filter(wake_at__lte=timezone.now()).values_list("pk", flat=True)[:100]]


def delete_expired() -> None:
    """Delete lists that are older than KEPT, with what was written."""
    for export in ListExport.objects.filter(created_at__lt=timezone.now() - KEPT)[:20]:
        export.delete()


def content_of(export: ListExport) -> Iterator[bytes]:
    """The CSV, a piece at a time."""
    for position in export.parts.order_by("position").values_list("position", flat=True):
        yield bytes(export.parts.values_list("content", flat=True).get(position=position))


@transaction.atomic
def _write_part(export: ListExport) -> None:
    if export.after and not Subject.objects.filter(pk=export.after).exists():
        _end(export, ListExport.State.FAILED, "A subject of the list was deleted meanwhile. Save the list again.")
        return
    page = subjects_page(Wanted.from_json(export.filters), Cursor(export.after or None), AT_ONCE)
    position = export.parts.count()
    ListPart.objects.create(list_export=export, position=position, content=_csv(subject_rows(page.rows), head=position == 0))
    export.rows_done += len(page.rows)
    export.after = page.after or ""
    export.wake_at = timezone.now() + SILENCE
    export.save(update_fields=["rows_done", "after", "wake_at"])
    if page.after is None:
        _end(export, ListExport.State.READY)


def _end(export: ListExport, state: ListExport.State, failure: str = "") -> None:
    export.state, export.failure, export.ended_at, export.wake_at = state, failure, timezone.now(), None
    export.save(update_fields=["state", "failure", "ended_at", "wake_at"])


def _csv(rows: Iterable[SubjectRow], *, head: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in _cells(row)] for row in rows)
    return text.getvalue().encode()


def _cells(row: SubjectRow) -> Sequence[str]:
    subject, run = row.subject, row.last_run
    return (
        subject.subject_id,
        subject.get_kind_display(),
        row.blocks,
        _moment(subject.created_at),
        _moment(subject.last_learned_at),
        str(run.get_state_display()) if run else "",
        _moment(run.created_at if run else None),
        subject.agent_id or "",
        ", ".join(subject.tags),
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def harmless(cell: str) -> str:
    """Spreadsheets run what looks like a formula; what others wrote must stay text."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
