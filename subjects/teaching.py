"""Learning from files: taking one in, confirming what was read of it, trying again."""

import hashlib
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_ui.waking import wake
from subjects.frozen import refuse_frozen
from subjects.models import Document, DocumentPart, Subject

TAKE_IN = "subjects.tasks.take_in"
MOST_BYTES = 10 * 1024 * 1024
MOST_PARTS = 500
KINDS = {
    ".txt": Document.Kind.TEXT,
    ".text": Document.Kind.TEXT,
    ".log": Document.Kind.TEXT,
    ".md": Document.Kind.MARKDOWN,
    ".markdown": Document.Kind.MARKDOWN,
    ".pdf": Document.Kind.PDF,
    ".html": Document.Kind.HTML,
    ".htm": Document.Kind.HTML,
    ".docx": Document.Kind.DOCX,
    ".csv": Document.Kind.CSV,
}


class BadFile(ValueError):
    """The file cannot be taken; the message says why. Nothing was written."""


def kind_of(name: str) -> Document.Kind:
    """The kind a file's name says it is. Raises BadFile for one that is not read here."""
    ending = PurePath(name).suffix.lower()
    if ending == ".doc":
        raise BadFile("Word files of before 2007 (.doc) are not read here. Save it as .docx, and give that.")
    if ending not in KINDS:
        raise BadFile(f"Files that can be read end in {', '.join(KINDS)}.")
    return KINDS[ending]


def take_in(subject: Subject, name: str, content: bytes, by: User | None = None) -> tuple[Document, bool]:
    """Keep a file until its text has been read, and have it read. Returns the document and whether it is new.

    The same file, given to the same subject again, is the document it already is.

    Raises:
        BadFile: too large, empty, or of no kind that is read here.
        Frozen: a privacy request keeps the subject from learning.
    """
    kind = kind_of(name)
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Split it.")
    if not content.strip():
        raise BadFile("The file is empty.")
    refuse_frozen(subject)
    digest = hashlib.sha256(content).hexdigest()
    known = subject.documents.filter(sha256=digest, state__in=Document.GIVEN).defer("content")
    if (document := known.first()) is not None:
        return document, False
    try:
        with transaction.atomic():
            document = Document.objects.create(
                subject=subject,
                name=_tidy_name(name),
                kind=kind,
                size=len(content),
                sha256=digest,
                content=content,
                created_by=by,
                wake_at=timezone.now(),
            )
            record(Action.TOOK_FILE, by=by, subject=subject.pk, detail={"file": document.pk, "bytes": len(content)})
            wake(TAKE_IN, str(document.pk))
    except IntegrityError:  # sent twice at the same moment
        return known.get(), False
    return document, True


def learn_from(document: Document, by: User | None = None) -> bool:
    """Store the parts of a document that was read, and learn from them. Returns whether there was something to begin."""
    return _go_on(document, Document.State.READY, Action.LEARNED_FILE, by)


def retry(document: Document, by: User | None = None) -> bool:
    """Go on with a document that failed, from the first part that is not stored. Returns whether it had failed."""
    return _go_on(document, Document.State.FAILED, Action.RETRIED_FILE, by)


def discard(document: Document, by: User | None = None) -> bool:
    """Drop a document of which nothing was learned yet, with its text. Returns whether it was such a one."""
    with transaction.atomic():
        dropped = Document.objects.filter(
            pk=document.pk, state__in=(Document.State.READING, Document.State.READY, Document.State.UNREADABLE)
        ).update(state=Document.State.DISCARDED, content=None, wake_at=None, ended_at=timezone.now())
        if dropped:
            DocumentPart.objects.filter(document=document).delete()
            record(Action.DISCARDED_FILE, by=by, subject=document.subject_id, detail={"file": document.pk})
    return bool(dropped)


def _go_on(document: Document, state: Document.State, action: Action, by: User | None) -> bool:
    now = timezone.now()
    refuse_frozen(document.subject)
    with transaction.atomic():
        begun = Document.objects.filter(pk=document.pk, state=state).update(
            state=Document.State.STORING, failure="", ended_at=None, wake_at=now, tries=0
        )
        if begun:
            record(action, by=by, subject=document.subject_id, detail={"file": document.pk})
            wake(TAKE_IN, str(document.pk))
    return bool(begun)


def _tidy_name(name: str) -> str:
    """The bare name, on one line and not endless; it stands in headings and in what the agent reads."""
    bare = PurePath(name.replace("\\", "/")).name
    one_line = " ".join("".join(sign if sign.isprintable() else " " for sign in bare).split())
    return one_line if len(one_line) <= 120 else f"{one_line[:100]}…{PurePath(one_line).suffix[:15]}"
