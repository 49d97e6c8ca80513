"""Plans about blocks: reading, adding, resetting and deleting them on a subject's agent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

from memory_sdk import calls, reading
from memory_sdk.calls import Call
from memory_sdk.errors import LettaError, NotFound
from memory_sdk.models import Block, BlockChange, NewBlock
from memory_sdk.plans import Plan
from memory_sdk.subjects import Known, find

CHANGEABLE = ("value", "description", "limit", "read_only")


def of_agent(agent_id: str) -> Plan[list[Block]]:
    """The blocks of an agent; NotFound when there is no such agent."""
    return [reading.block(item) for item in reading.records((yield calls.agents_blocks_list(agent_id)))]


def of_subject(known: Known, subject_id: str) -> Plan[tuple[str, list[Block]] | None]:
    """Agent id and blocks of a subject, None when it has no agent. One request, two after the agent was replaced."""
    agent_id = known.agents.get(subject_id)
    if agent_id is not None:
        try:
            return agent_id, (yield from of_agent(agent_id))
        except NotFound:
            known.forget(subject_id)
    agent = yield from find(known, subject_id, with_blocks=True)
    return None if agent is None else (agent.id, list(agent.blocks or ()))


def labelled(known: Known, subject_id: str, label: str) -> Plan[Block | None]:
    """One block of a subject, or None. Requests as `of_subject`."""
    found = yield from of_subject(known, subject_id)
    return None if found is None else pick(found[1], label)


def pick(blocks: list[Block], label: str) -> Block | None:
    """The block of that label."""
    return next((block for block in blocks if block.label == label), None)


def add(agent_id: str, new: NewBlock) -> Plan[Block]:
    """A new block on an agent. Three requests: attaching alone leaves it out of the agent's compiled prompt."""
    block = reading.block(reading.record((yield calls.blocks_create(new))))
    try:
        yield from attach(agent_id, block.id)
    except LettaError:
        with suppress(LettaError):  # what went wrong first is what there is to tell
            yield replace(calls.blocks_delete(block.id), undoing=True)
        raise
    return block


def attach(agent_id: str, block_id: str) -> Plan[None]:
    """Attach a block and recompile the agent's prompt, without which the next run would not see it."""
    yield calls.agents_blocks_attach(agent_id, block_id)
    yield calls.agents_recompile(agent_id)


def detach(agent_id: str, block_id: str) -> Plan[None]:
    """Detach a block and recompile the agent's prompt, in which the block's text would stay."""
    yield calls.agents_blocks_detach(agent_id, block_id)
    yield calls.agents_recompile(agent_id)


def remove(agent_id: str, block_id: str) -> Plan[bool]:
    """Take a block off an agent and delete it unless other agents use it. True when it was deleted."""
    users = reading.records((yield calls.blocks_agents_list(block_id, limit=2)))
    if any(reading.text(user, "id") != agent_id for user in users):
        yield from detach(agent_id, block_id)
        return False
    yield calls.blocks_delete(block_id)
    yield calls.agents_recompile(agent_id)
    return True


def update(
    block_id: str,
    *,
    value: str | None = None,
    description: str | None = None,
    limit: int | None = None,
    label: str | None = None,
    read_only: bool | None = None,
    unless_changed: Block | None = None,
) -> Plan[Block]:
    """Change what is not None; Letta recompiles the prompts of the block's agents by itself."""
    given: dict[str, object] = {
        "value": value,
        "description": description,
        "limit": limit,
        "label": label,
        "read_only": read_only,
    }
    changes = {key: change for key, change in given.items() if change is not None}
    etag = None if unless_changed is None else unless_changed.etag
    return reading.block(reading.record((yield calls.blocks_update(block_id, changes, etag))))


def update_several(agent_id: str, changes: Sequence[BlockChange]) -> Plan[list[Block]]:
    """Change several blocks of an agent, all or none. The engine of this process alone can; its shape is not Letta's."""
    given = [
        {"id": one.block_id} | {name: value for name in CHANGEABLE if (value := getattr(one, name)) is not None}
        for one in changes
    ]
    answer = yield Call("PATCH", f"/v1/agents/{quote(agent_id, safe='')}/core-memory/blocks", body={"blocks": given})
    return [reading.block(item) for item in reading.records(answer)]


def reset(agent_id: str, existing: Block, new: NewBlock) -> Plan[Block]:
    """Put a block back to a start value: in place, or as a block of its own where it was shared with other agents."""
    users = reading.records((yield calls.blocks_agents_list(existing.id, limit=2)))
    if any(reading.text(user, "id") != agent_id for user in users):
        yield calls.agents_blocks_detach(agent_id, existing.id)
        return (yield from add(agent_id, new))
    return (yield from update(existing.id, value=new.value, description=new.description, limit=new.limit))
