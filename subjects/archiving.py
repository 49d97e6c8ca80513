"""Adding to a subject's archive and deleting from it. It lies in Letta alone, where nothing tells who changed what.

So the audit log says what was asked before Letta is asked, and what came of it when Letta has answered. When a worker dies
or an answer is lost, the first entry stands alone: asked, and not known whether it was done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from accounts.models import User
from audit.actions import Action
from audit.models import Entry
from audit.recording import Detail, record
from memory_sdk import LettaError
from subjects.editing import alone
from subjects.letta import agents
from subjects.models import Subject

MARK = "memory-ui-"
"""How the tag begins by which a passage added here is found again; pages do not show it."""
LONGEST_PASSAGE = 20_000
"""characters; as the SDK cuts what it stores"""
LONGEST_TAGS = 500
"""characters of all tags of a passage that is added here, with what is between them"""


def add_passage(subject: Subject, text: str, tags: Sequence[str], key: UUID, by: User | None = None) -> str:
    """Store `text` in the archive; returns the passage's id. With the `key` of one that is there: that one's.

    Raises:
        Busy: the subject is being worked on, or the same is being added just now.
        Frozen: a privacy request keeps the subject as it is.
        LettaError: Letta refused or did not answer. It may have taken the passage; the same call tells.
    """
    assert subject.agent_id is not None
    mark = f"{MARK}{key.hex}"
    with alone(subject):
        for passage in agents().search_passages(subject.agent_id, text[:300], [mark]):
            if mark in passage.tags:
                if not Entry.objects.filter(subject=subject.pk, action=Action.ADDED_PASSAGE, detail__key=str(key)).exists():
                    # The answer to an earlier attempt was lost.
                    record(Action.ADDED_PASSAGE, by=by, subject=subject.pk, detail={"key": key, "passage": passage.id})
                return passage.id
        with _on_the_record(Action.ASKED_TO_ADD_PASSAGE, subject, {"key": key}, by):
            passage_id = agents().create_passage(subject.agent_id, text, [*tags, mark]).id
        record(Action.ADDED_PASSAGE, by=by, subject=subject.pk, detail={"key": key, "passage": passage_id})
        return passage_id


def delete_passage(subject: Subject, passage_id: str, by: User | None = None) -> None:
    """Delete a passage from the archive. `passage_id`: of the form `passage-<uuid>`.

    Raises:
        Busy: the subject is being worked on.
        Frozen: a privacy request keeps the subject as it is.
        NotFound: Letta has no such passage (any more).
        LettaError: Letta refused or did not answer. It may have deleted the passage; the same call tells.
    """
    assert subject.agent_id is not None
    with alone(subject):
        with _on_the_record(Action.ASKED_TO_DELETE_PASSAGE, subject, {"passage": passage_id}, by):
            agents().delete_passage(subject.agent_id, passage_id)
        record(Action.DELETED_PASSAGE, by=by, subject=subject.pk, detail={"passage": passage_id})


@contextmanager
def _on_the_record(asked: Action, subject: Subject, detail: Detail, by: User | None) -> Iterator[None]:
    """Say what is asked before it is, and that nothing came of it when Letta says so."""
    record(asked, by=by, subject=subject.pk, detail=detail)
    try:
        yield
    except LettaError as error:
        if error.permanent:  # of others nobody knows whether it was done
            record(Action.ARCHIVE_UNCHANGED, by=by, subject=subject.pk, detail=detail)
        raise
