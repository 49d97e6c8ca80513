"""The worker's part of learning from files: read the text, store its parts as passages, give each to learn from.

Safe to repeat at every step: a part is marked in the transaction that queues its run, and a passage whose storing was not
confirmed is looked for, by a tag of its own, before it is stored again.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from memory_sdk import LettaError, NotFound, Unauthorized
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after
from subjects import delivery
from subjects.extraction import SECONDS, UNREADABLE, Unreadable
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Document, DocumentPart, Run
from subjects.splitting import split
from subjects.teaching import MOST_PARTS
from subjects.transcripts import Turn

logger = logging.getLogger(__name__)

BATCH = 10  # parts at a time: progress is seen, and little is looked up again after a time-out
TAG = "file"
DAMAGED = "The file could not be read: it is damaged, or made in a way that no reader here understands."
TOO_SLOW = f"The file could not be read within {SECONDS} seconds. Split it, or save it as text."
GONE = "Letta no longer has this subject's agent. What was learned before stays."


def advance(document_pk: str) -> float | None:
    """Do what can be done for the document now; returns the seconds until there is more to do, None for nothing.

    Never raises for what Letta or the file does: that is recorded on the document, in words.
    """
    with exclusively(f"document:{document_pk}") as mine:
        while mine:
            document = Document.objects.select_related("subject").filter(pk=document_pk).defer("content").first()
            if document is None or document.subject.frozen_at is not None:
                return None  # thawing wakes it up again
            # Reading may take its time, and another worker would only wait for the lock.
            _update(document, wake_at=timezone.now() + delivery.SILENCE)
            try:
                pause = _step(document)
            except LettaError as error:
                pause = _trouble(document, error)
            else:
                if document.tries:
                    _update(document, tries=0)
            if pause:
                _update(document, wake_at=timezone.now() + timedelta(seconds=pause) + delivery.SILENCE)
                return pause
            if pause is None and Document.objects.filter(pk=document.pk, state=document.state).update(wake_at=None):
                return None
    return None


def due(limit: int = 200) -> list[str]:
    """Claim the documents that stand still, for the sweep: their ids, none of them twice within a while."""
    now = timezone.now()
    with transaction.atomic():
        rows = Document.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [document.pk for document in rows.only("pk")]
        Document.objects.filter(pk__in=ids).update(wake_at=now + delivery.SILENCE)
    return [str(pk) for pk in ids]


def extract(content: bytes, kind: str) -> str:
    """The text of a file, read by a process of its own within limits of time and memory.

    Raises:
        Unreadable: with a sentence that says why.
    """
    command = [sys.executable, "-m", "subjects.extraction", kind]
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}  # no secrets
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=SECONDS + 30, cwd=settings.BASE_DIR, env=environment
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(TOO_SLOW) from None
    if done.returncode == UNREADABLE:
        raise Unreadable(done.stdout.decode())
    if done.returncode in (-9, -24):  # the limit of processor time: SIGKILL or SIGXCPU
        raise Unreadable(TOO_SLOW)
    if done.returncode:
        raise Unreadable(DAMAGED)
    return done.stdout.decode()


def _step(document: Document) -> float | None:
    """One step; returns how long to wait before the next, 0 to go on at once, None when there is none."""
    if document.state == Document.State.READING:
        _read(document)
        return 0.0
    if document.state == Document.State.STORING:
        return _store(document)
    return None


def _read(document: Document) -> None:
    content = bytes(Document.objects.values_list("content", flat=True).get(pk=document.pk) or b"")
    try:
        text = extract(content, document.kind)
        parts = split(text)
        if len(parts) > MOST_PARTS:
            raise Unreadable(f"The text makes {len(parts):,} parts; {MOST_PARTS} are the most. Split the file.")
    except Unreadable as error:
        reading = Document.objects.filter(pk=document.pk, state=Document.State.READING)
        reading.update(state=Document.State.UNREADABLE, failure=str(error), content=None, ended_at=timezone.now())
        return
    with transaction.atomic():
        if Document.objects.filter(pk=document.pk, state=Document.State.READING).update(
            state=Document.State.READY, content=None, characters=len(text), part_count=len(parts), failure=""
        ):
            DocumentPart.objects.bulk_create(
                DocumentPart(document=document, position=position, text=part) for position, part in enumerate(parts)
            )


def _store(document: Document) -> float | None:
    agent_id = document.subject.agent_id
    if agent_id is None:
        _update(document, failure="Waiting for the subject's agent to be created in Letta.")
        return 5.0
    parts = list(document.parts.filter(stored=False).order_by("position")[:BATCH])
    if not parts:
        _update(document, state=Document.State.STORED, failure="", ended_at=timezone.now())
        return 0.0
    if document.archived and (pause := _archive(document, agent_id, parts)):
        return pause
    with transaction.atomic():
        for part in parts:
            run = learn(
                document.subject,
                [Turn("user", f"{_heading(document, part)}\n{part.text}")],
                source=Run.Source.FILE,
                key=f"document-{document.pk}-{part.position}",
                by=document.created_by,
            )
            DocumentPart.objects.filter(pk=part.pk).update(run=run, stored=True, text="")
        _update(document, storing_at=None, failure="")
    return 0.0


def _archive(document: Document, agent_id: str, parts: Sequence[DocumentPart]) -> float:
    """Store parts as passages; returns how long to wait first, while an earlier request may still be on its way."""
    if document.storing_at is not None:
        if (early := document.storing_at + delivery.IN_FLIGHT - timezone.now()) > timedelta(0):
            return early.total_seconds()
        parts = [part for part in parts if not agents().has_passage(agent_id, part.text, _tag(part))]
    else:
        _update(document, storing_at=timezone.now())
    tagged = [(part.text, [TAG, str(document.pk), _tag(part)]) for part in parts]
    try:
        agents().store_passages(agent_id, tagged)
    except LettaError as error:
        if not error.permanent or isinstance(error, NotFound | Unauthorized):
            raise
        logger.warning("document %s: %s", document.pk, error)
        _update(document, archived=False)  # learning from it is worth having all the same
    return 0.0


def _tag(part: DocumentPart) -> str:
    return f"{part.document_id}-{part.position + 1}"


def _heading(document: Document, part: DocumentPart) -> str:
    of = f", part {part.position + 1} of {document.part_count}" if document.part_count > 1 else ""
    return f"From the document “{document.name}”{of}:"


def _trouble(document: Document, error: LettaError) -> float:
    logger.warning("document %s: %s", document.pk, error)
    if error.permanent and not isinstance(error, Unauthorized):
        failure = GONE if isinstance(error, NotFound) else f"{error} What was learned before stays."
        Document.objects.filter(pk=document.pk, state=Document.State.STORING).update(
            state=Document.State.FAILED, failure=failure, ended_at=timezone.now()
        )
        return 0.0
    _update(document, failure=str(error), tries=document.tries + 1)
    return pause_after(document.tries, delivery.LONGEST_PAUSE)


def _update(document: Document, **fields: object) -> None:
    Document.objects.filter(pk=document.pk).update(**fields)
