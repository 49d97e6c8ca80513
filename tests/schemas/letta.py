"""Subjects with agents in a real engine, and shared blocks, for the tests of what reaches Letta."""

from collections.abc import Sequence

from accounts.models import User
from memory_sdk import NewBlock
from schemas import sharing
from schemas.models import SharedBlock
from schemas.sharing import Wording
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Subject

POLICIES = Wording("Be kind.\nNever promise dates.", "What holds for everybody.", 500, read_only=True)


def subject(name: str, *blocks: NewBlock) -> Subject:
    """A subject with its agent."""
    new = blocks or (NewBlock("human", "Who it is.", f"Name: {name}", 100),)
    made = create_subject(f"user_{name}", Subject.Kind.SUBJECT, new)
    delivery.advance(str(made.pk))
    made.refresh_from_db()
    assert made.agent_id
    return made


def policies(by: User) -> SharedBlock:
    """A shared block in Letta."""
    shared = sharing.create("policies", POLICIES, by)
    assert shared.block_id
    return shared


def prompt_of(subject: Subject) -> str:
    """The values of the blocks that the agent has in Letta."""
    assert subject.agent_id
    return "\n".join(block.value for block in agents().list_blocks(subject.agent_id))


def mirrors(shared: SharedBlock) -> Sequence[Block]:
    """Our copies of a shared block."""
    return list(Block.objects.filter(block_id=shared.block_id, removed_at=None).select_related("subject"))
