"""Giving an agent one more block, so that no answer which gets lost leaves a second one or one that nobody has.

Letta makes a block and attaches it in two requests. Whoever is cut off in between leaves a block that no agent leads to,
with what it says about a person. So each is made with a tag that names the subject by our id: the next attempt takes up what
the last one left, and what nobody takes up is deleted.
"""

import logging
import uuid
from dataclasses import replace

from memory_sdk import Block as Seen
from memory_sdk import LettaError, NewBlock
from memory_ui.locks import exclusively
from subjects.letta import agents
from subjects.models import Block, Subject

logger = logging.getLogger(__name__)

TAG = "memory-ui-added"
"""Carried by every block that was added here, beside `tag_of` its subject."""


def tag_of(subject: Subject) -> str:
    """The tag of blocks that were made for a subject here. It says nothing of whom."""
    return f"{TAG}:{subject.pk}"


def give(subject: Subject, agent_id: str, new: NewBlock) -> Seen:
    """A block of the subject's agent with the label, text and limit of `new`: the one of an attempt before, or a new one.

    For who holds the subject's lock. Two requests more than the SDK's `add_block` where something was left.

    Raises:
        LettaError: Letta refused (409: the agent has such a label) or did not answer.
    """
    for left in agents().find_blocks(new.label, tag_of(subject)):
        having = agents().block_agents(left.id)
        same = (left.value, left.description, left.limit) == (new.value, new.description, new.limit)
        if agent_id in having and same:
            agents().recompile(agent_id)  # the answer that was missing may have been to this
            return left
        if _is_nobodys(left.id):
            if not same:
                left = agents().update_block(left.id, value=new.value, description=new.description, limit=new.limit)
            agents().attach_block(agent_id, left.id)
            return left
    return agents().add_block(agent_id, replace(new, tags=(*new.tags, TAG, tag_of(subject))))


def delete_left_over() -> int:
    """Delete blocks that were made for a subject of ours and never attached; returns how many."""
    deleted = 0
    try:
        for left in agents().removal.orphaned_blocks(tag=TAG).orphans:
            pk = next(filter(None, map(_subject_of, left.tags)), None)
            if pk is None or not Subject.objects.filter(pk=pk).exists():
                continue  # another console's
            # Without the lock somebody might be about to attach it.
            with exclusively(f"subject:{pk}") as mine:
                if mine and _is_nobodys(left.id):
                    agents().delete_block(left.id)
                    deleted += 1
    except LettaError as error:
        logger.warning("left-over blocks are looked for later: %s", error)
    return deleted


def _is_nobodys(block_id: str) -> bool:
    """Whether the block was never attached: one that our mirror knows was taken off again, and may be wanted as it is."""
    return not Block.objects.filter(block_id=block_id).exists() and not agents().block_agents(block_id)


def _subject_of(tag: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(tag.removeprefix(f"{TAG}:"))
    except ValueError:
        return None
