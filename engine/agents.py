"""Agents: make, change and remove them, with their blocks and tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from engine.blocks import new_block
from engine.models import Agent, Attachment, Block, Message, Run
from engine.names import random_name
from engine.prompt import default
from engine.shapes.agents import system_message_id

COLUMNS = ("name", "description", "system", "model", "embedding", "metadata", "hidden", "tags")
"""Fields of a request that have a column; all others are kept in `options` as they were given."""


class LabelTaken(Exception):
    """A label can stand only once in an agent's context."""


def create(
    fields: dict[str, Any], blocks: Sequence[dict[str, Any]], block_ids: Sequence[str], first: Sequence[dict[str, Any]] = ()
) -> tuple[Agent, list[Block]]:
    """A new agent with its blocks, in the order of their attachment.

    `fields` are those of Letta's request; `first` are the messages its conversation starts with. Raises LabelTaken, and
    Block.DoesNotExist with the id of an unknown block: an agent without what was asked for would learn into nothing.
    """
    agent_type = fields.pop("agent_type", "letta_v1_agent")
    agent = Agent(
        agent_type=agent_type,
        name=_or(fields.pop("name", None), random_name),
        system=_or(fields.pop("system", None), lambda: default(agent_type)),
        tags=list(dict.fromkeys(fields.pop("tags", None) or [])),
        **{name: fields.pop(name) for name in COLUMNS if fields.get(name) is not None},
    )
    agent.options = {name: value for name, value in fields.items() if value is not None}
    agent.updated_at = agent.created_at
    mine = [new_block(given) for given in blocks]
    with transaction.atomic():
        attached = mine + _known(block_ids)
        if len({block.label for block in attached}) < len(attached):
            raise LabelTaken
        agent.save(force_insert=True)
        Block.objects.bulk_create(mine)
        Attachment.objects.bulk_create([Attachment(agent=agent, block=block, label=block.label) for block in attached])
        Message.objects.bulk_create(_opening(agent, first))
    return agent, attached


def _known(block_ids: Sequence[str]) -> list[Block]:
    """The blocks, in the order of their ids. Raises Block.DoesNotExist."""
    found = Block.objects.in_bulk(block_ids) if block_ids else {}
    for block_id in block_ids:
        if block_id not in found:
            raise Block.DoesNotExist(block_id)
    return [found[block_id] for block_id in dict.fromkeys(block_ids)]


def _or(given: Any, otherwise: Any) -> Any:
    return otherwise() if given is None else given


def _opening(agent: Agent, first: Sequence[dict[str, Any]]) -> list[Message]:
    # The system message has no text of its own: it is compiled from the blocks whenever it is read.
    system = Message(pk=system_message_id(agent.pk), agent=agent, position=0, role="system", created_at=agent.created_at)
    return [system] + [
        Message(agent=agent, position=position, created_at=agent.created_at, **message)
        for position, message in enumerate(first, start=1)
    ]


def update(agent: Agent, changes: dict[str, Any]) -> None:
    """Change the fields that `changes` gives; None leaves a field as it is. `block_ids` replaces all attachments.

    Raises LabelTaken and Block.DoesNotExist.
    """
    changes = {name: value for name, value in changes.items() if value is not None}
    block_ids = changes.pop("block_ids", None)
    for name in COLUMNS:
        if name in changes:
            setattr(agent, name, changes.pop(name))
    if changes:
        agent.options = {**agent.options, **changes}
    agent.tags = list(dict.fromkeys(agent.tags))
    agent.updated_at = timezone.now()
    with transaction.atomic():
        agent.save(update_fields=[*COLUMNS, "options", "updated_at"])
        if block_ids is not None:
            _attach_exactly(agent, block_ids)


def _attach_exactly(agent: Agent, block_ids: Sequence[str]) -> None:
    Attachment.objects.filter(agent=agent).exclude(block_id__in=block_ids).delete()
    kept = set(Attachment.objects.filter(agent=agent).values_list("block_id", flat=True))
    for block in _known(block_ids):
        if block.pk not in kept:
            attach(agent, block)


def attach(agent: Agent, block: Block) -> None:
    """Put a block into the agent's context; once is enough. Raises LabelTaken."""
    try:
        with transaction.atomic():
            Attachment.objects.create(agent=agent, block=block, label=block.label)
    except IntegrityError as error:
        if not Attachment.objects.filter(agent=agent, block=block).exists():
            raise LabelTaken from error


def detach(agent_id: str, block_id: str) -> bool:
    """Take a block out of the agent's context; False when it was not in it. The block itself stays."""
    return Attachment.objects.filter(agent_id=agent_id, block_id=block_id).delete()[0] > 0


def delete(agent_id: str) -> bool:
    """Delete an agent with its conversation and its runs; False when there is none.

    Its blocks and its archive stay, as in Letta: others may share them.
    """
    with transaction.atomic():
        # The lock under which the run loop writes: no step of a run lands half before, half after the deletion.
        if not Agent.objects.select_for_update().filter(pk=agent_id).only("pk").exists():
            return False
        Message.objects.filter(agent_id=agent_id).delete()
        Run.objects.filter(agent_id=agent_id).delete()
        Agent.objects.filter(pk=agent_id).delete()
    return True


def blocks_of(agent_id: str) -> QuerySet[Block]:
    """The agent's blocks in the order of their attachment."""
    return Block.objects.filter(attachments__agent_id=agent_id).order_by("attachments__id")


def blocks_of_many(agents: Iterable[Agent]) -> dict[str, list[Block]]:
    """The blocks of several agents, by agent id, in one query."""
    blocks: dict[str, list[Block]] = {agent.pk: [] for agent in agents}
    for attachment in Attachment.objects.filter(agent_id__in=blocks).select_related("block").order_by("id"):
        blocks[attachment.agent_id].append(attachment.block)
    return blocks
