"""Starting a subject from a template version: its blocks with the placeholders filled in, and where it stands."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import Block as ExistingBlock
from memory_sdk import NewBlock
from memory_sdk.names import HUMAN_LABEL, SUMMARY_LABEL
from schemas.models import BlockSchema, SharedBlock, Standing, Version
from schemas.placeholders import Filling, fill
from schemas.publishing import default_version
from schemas.sharing import alone, ensure_created
from subjects.creation import USER_BLOCKS, admit, create_subject
from subjects.models import Subject


def start_subject(version: Version, filling: Filling, by: User | None = None) -> Subject:
    """Create the subject `filling.subject_id` with the blocks of `version`, and note that it stands there.

    Raises:
        BadSubject, SubjectExists: as `subjects.creation.create_subject`; a value over its limit once filled in, too.
        LettaError: a shared block is not in Letta yet, and could not be created there; nothing was written.
    """
    admit(filling.subject_id)
    schemas = list(version.schemas.select_related("shared_block"))
    for schema in schemas:
        if schema.shared_block is not None:
            have_in_letta(schema.shared_block)
    blocks = [block_of(schema, filling) for schema in schemas]
    with transaction.atomic():
        subject = create_subject(filling.subject_id, kind_of([schema.label for schema in schemas]), blocks, by)
        Standing.objects.create(subject=subject, version=version)
        record(
            Action.ASSIGNED_TEMPLATE,
            by=by,
            subject=subject.pk,
            detail={"template": version.template_id, "version": version.number or 0},
        )
    return subject


def start_default(subject_id: str) -> Subject:
    """Create a subject as new ones are to be: from the default template, without one as a user of the AI Memory SDK.

    Raises what `start_subject` raises.
    """
    version = default_version()
    if version is None:
        return create_subject(subject_id, Subject.Kind.USER, USER_BLOCKS)
    return start_subject(version, Filling(subject_id))


def block_of(schema: BlockSchema, filling: Filling) -> NewBlock | ExistingBlock:
    """The block that a subject gets of a schema: a new one, or the shared one that Letta has."""
    if schema.shared_block is not None:
        return shared_block_of(schema.shared_block)
    return NewBlock(
        label=schema.label,
        description=schema.description,
        value=fill(schema.value, filling),
        limit=schema.limit,
        read_only=schema.read_only,
    )


def shared_block_of(shared: SharedBlock) -> ExistingBlock:
    """A shared block as Letta has it."""
    assert shared.block_id is not None, "it has to be created in Letta first"
    return ExistingBlock(
        id=shared.block_id,
        label=shared.label,
        description=shared.description,
        value=shared.value,
        limit=shared.limit,
        read_only=shared.read_only,
    )


def kind_of(labels: Sequence[str]) -> Subject.Kind:
    """What a subject with these blocks is to the AI Memory SDK: a user has `human` and `summary`."""
    return Subject.Kind.USER if {HUMAN_LABEL, SUMMARY_LABEL} <= set(labels) else Subject.Kind.SUBJECT


def have_in_letta(shared: SharedBlock) -> None:
    """See to it that Letta has a shared block.

    Raises:
        LettaError: Letta refused or did not answer.
        Busy: a worker is just doing it; in a moment it is there.
    """
    if shared.block_id is None:
        with alone(shared):
            shared.refresh_from_db()
            ensure_created(shared)
