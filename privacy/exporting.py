"""Answering access (Art. 15) and portability (Art. 20): a person's archive, made in the background, fetched by the asker."""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import LettaError
from privacy.archiving import write_archive
from privacy.gathering import expected
from privacy.models import Export, ExportPart, Request
from privacy.requesting import State, finish
from subjects.letta import agents
from subjects.models import Subject

KEPT = timedelta(days=7)
PART = 512 * 1024  # bytes
PATIENCE = timedelta(minutes=30)
"""How long Letta is waited for before an export ends without an archive."""
PAUSE = 15.0  # seconds before Letta is asked again
REPORTED = 200  # records between two notes of the progress

NOBODY = "Nothing is stored under this id, here or in Letta."
COMING = "Letta knows this id and we do not yet: the export begins when it has come in."
NEVER_CAME = "Letta knows this id, but it did not come in: see what the sync left out. Then try again."
WAITING = "Letta has not given the archive's texts yet. It is asked again by itself."
NO_LETTA = "Letta did not give the archive's texts, so that no complete archive could be made. Try again when Letta is up."
ERASED = "The person is being erased, or was: there is nothing to hand out any more."


def work(request_pk: UUID) -> float | None:
    """Make the archive that a request asks for; returns the seconds until it is looked at again. Safe to repeat."""
    request = Request.objects.get(pk=request_pk)
    subject = Subject.objects.filter(subject_id=request.subject_id).first()
    if subject is None:
        return _unknown(request)
    Request.objects.filter(pk=request_pk, subject=None).update(subject=subject.pk)
    export, _ = Export.objects.update_or_create(
        request=request,
        defaults={"subject": subject.pk, "state": Export.State.WRITING, "done": 0, "expected": expected(subject)},
    )
    # Without a name on the disk: nothing is left of it, whatever happens to this process.
    with tempfile.TemporaryFile() as archive:
        try:
            write_archive(archive, request, subject, lambda count: _report(export, count))
        except LettaError:
            return _without_letta(request)
        archive.seek(0)
        kept = _keep(export, subject, iter(lambda: archive.read(PART), b""))
    finish(request_pk, *((State.DONE, "") if kept else (State.PARTIAL, ERASED)))
    return None


def content_of(export: Export, by: User) -> Iterator[bytes]:
    """The archive, a part at a time; that it was fetched stands in the audit log before the first byte leaves."""
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).update(fetched_at=timezone.now())
        record(Action.DOWNLOADED_EXPORT, by=by, subject=export.subject, privacy_request=export.request_id)
    return _parts(export)


def may_fetch(export: Export, person: User) -> bool:
    """Whether `person` is the asker: whoever filed the request. A program cannot fetch: for what came over HTTP it is
    the officer who took the request on."""
    request = export.request
    return person.pk == (request.assignee_id if request.filed_key_id else request.filed_by_id)


def delete_expired() -> int:
    """Delete the bytes of archives that expired; returns how many."""
    expired = list(
        Export.objects.filter(state=Export.State.READY, expires_at__lte=timezone.now()).values_list("pk", flat=True)[:100]
    )
    for pk in expired:
        with transaction.atomic():
            ExportPart.objects.filter(export=pk).delete()
            Export.objects.filter(pk=pk).update(state=Export.State.EXPIRED, size=0)
    return len(expired)


def _keep(export: Export, subject: Subject, pieces: Iterator[bytes]) -> bool:
    """Store the archive, unless the person is erased meanwhile."""
    digest, size = hashlib.sha256(), 0
    with transaction.atomic():
        # Whoever erases freezes the row first: either these parts are there to be deleted, or they are never written.
        row = Subject.objects.select_for_update().filter(pk=subject.pk).first()
        if row is None or row.frozen_for == Subject.FrozenFor.ERASURE:
            Export.objects.filter(pk=export.pk).delete()
            return False
        ExportPart.objects.filter(export=export).delete()
        for position, piece in enumerate(pieces):
            ExportPart.objects.create(export=export, position=position, content=piece)
            digest.update(piece)
            size += len(piece)
        Export.objects.filter(pk=export.pk).update(
            state=Export.State.READY, size=size, sha256=digest.hexdigest(), expires_at=timezone.now() + KEPT
        )
        record(Action.EXPORTED_MEMORY, by=None, subject=subject.pk, privacy_request=export.request_id)
    return True


def _unknown(request: Request) -> float | None:
    try:
        found = agents().find_agent(request.subject_id, with_blocks=False)
    except LettaError:
        return _without_letta(request)
    except ValueError:  # no id that the SDK would look up
        found = None
    if found is None:
        finish(request.pk, State.DONE, NOBODY)
    elif _is_late(request):
        finish(request.pk, State.PARTIAL, NEVER_CAME)
    else:
        Request.objects.filter(pk=request.pk).update(failure=COMING)
        return PAUSE
    return None


def _without_letta(request: Request) -> float | None:
    if _is_late(request):
        finish(request.pk, State.PARTIAL, NO_LETTA)
        return None
    Request.objects.filter(pk=request.pk).update(failure=WAITING)
    return PAUSE


def _is_late(request: Request) -> bool:
    return request.begun_at is not None and timezone.now() - request.begun_at > PATIENCE


def _report(export: Export, count: int) -> None:
    if count % REPORTED == 0:
        Export.objects.filter(pk=export.pk).update(done=count)


def _parts(export: Export) -> Iterator[bytes]:
    for position in export.parts.order_by("position").values_list("position", flat=True):
        yield bytes(export.parts.values_list("content", flat=True).get(position=position))
