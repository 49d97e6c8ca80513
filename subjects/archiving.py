"""Adding to a subject's archive, which lies in Letta alone: once, however often the same is sent."""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from subjects.editing import alone
from subjects.letta import agents
from subjects.models import Subject

MARK = "memory-ui-"
"""How the tag begins by which a passage added here is found again; pages do not show it."""


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
                return passage.id
        record(Action.ADDED_PASSAGE, by=by, subject=subject.pk, detail={"key": key})
        return agents().create_passage(subject.agent_id, text, [*tags, mark]).id
