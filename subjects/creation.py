"""Creating a subject: our rows first, the Letta agent right after, by a worker."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import Block as SharedBlock
from memory_sdk import NewBlock
from memory_sdk.names import checked_subject_id
from memory_ui.waking import wake
from subjects.arriving import refused
from subjects.models import Block, Revision, Subject

USER_BLOCKS = (
    NewBlock(label="human", description="Details about the human user you are speaking to.", limit=10_000),
    NewBlock(label="summary", description="A short (1-2 sentences) running summary of the conversation.", limit=1_000),
)
"""What a user starts with, as the AI Memory SDK has it."""


class BadSubject(ValueError):
    """The subject cannot be created as asked. `field`: the field to put right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SubjectExists(BadSubject):
    """There is a subject of this id already: `subject`."""

    def __init__(self, subject: Subject) -> None:
        super().__init__("subject_id", "There is a subject with this id already.")
        self.subject = subject


def admit(subject_id: str) -> None:
    """Ask at the door. To be called before a transaction that creates the subject: its end would undo what guards note.

    Raises:
        BadSubject: the person was erased; the privacy desk has word of it.
    """
    if not Subject.objects.filter(subject_id=subject_id).exists() and (reason := refused({subject_id: ""}).get(subject_id)):
        raise BadSubject("subject_id", reason)


def create_subject(
    subject_id: str, kind: Subject.Kind, blocks: Sequence[NewBlock | SharedBlock], by: User | None = None
) -> Subject:
    """Create a subject with `blocks`; its agent follows within a moment (`Subject.agent_id`).

    A block that Letta has already is attached and so shared with the subjects that have it.

    Raises:
        BadSubject: Letta would refuse the id or the blocks, or the person was erased; nothing was written.
        SubjectExists: the id is taken.
    """
    try:
        checked_subject_id(subject_id)
    except ValueError as error:
        raise BadSubject("subject_id", str(error)) from error
    admit(subject_id)
    labels = [block.label for block in blocks]
    if len(set(labels)) < len(labels):
        raise BadSubject("blocks", "Two blocks have the same label; a label stands once in a subject.")
    for block in blocks:
        if isinstance(block, NewBlock) and len(block.value) > block.limit:
            raise BadSubject(
                "blocks",
                f"The starting value of {block.label} has {len(block.value)} characters; its limit is {block.limit}.",
            )
    try:
        with transaction.atomic():
            subject = Subject.objects.create(subject_id=subject_id, kind=kind, created_by=by, wake_at=timezone.now())
            rows = Block.objects.bulk_create(
                Block(
                    subject=subject,
                    block_id=block.id if isinstance(block, SharedBlock) else None,
                    label=block.label,
                    description=block.description,
                    value=block.value,
                    limit=block.limit,
                    read_only=block.read_only,
                    position=position,
                    line_revisions=[1] * len(block.value.split("\n")),
                )
                for position, block in enumerate(blocks)
            )
            Revision.objects.bulk_create(
                Revision(
                    block=row,
                    number=1,
                    value=row.value,
                    description=row.description,
                    limit=row.limit,
                    source=Revision.Source.CREATED,
                    editor=by,
                )
                for row in rows
            )
            record(Action.CREATED_SUBJECT, by=by, subject=subject.pk, detail={"blocks": len(rows)})
    except IntegrityError as error:
        taken = Subject.objects.filter(subject_id=subject_id).first()
        if taken is None:
            raise
        raise SubjectExists(taken) from error
    wake("subjects.tasks.advance", str(subject.pk))
    return subject


@transaction.atomic
def retry_setup(subject: Subject, by: User | None = None) -> None:
    """Try again to create the agent of a subject that Letta refused or did not answer for."""
    waiting = Subject.objects.filter(pk=subject.pk, agent_id=None)
    if waiting.update(setup_refused=False, setup_error="", tries=0, wake_at=timezone.now()):
        record(Action.RETRIED_SETUP, by=by, subject=subject.pk)
    wake("subjects.tasks.advance", str(subject.pk))
