"""Plans about scratch agents: short-lived ones on which a console tries things, away from every subject's memory."""

from __future__ import annotations

from collections.abc import Sequence

from memory_sdk import calls, reading
from memory_sdk.errors import NotFound, Refused
from memory_sdk.models import Agent, NewBlock
from memory_sdk.plans import Plan
from memory_sdk.subjects import Models

SCRATCH_TAG = "memory-ui-scratch"
"""Every scratch agent has it, and none of the SDK's tags: nobody takes one for a subject's agent."""
NAME_PREFIX = "memory_ui_scratch_"


def create(models: Models, key: str, blocks: Sequence[NewBlock]) -> Plan[str]:
    """A scratch agent with blocks of its own; returns its id. `key` is a tag too, by which `find` finds it. One request."""
    try:
        answer = yield calls.agents_create(
            name=f"{NAME_PREFIX}{key}",
            tags=[SCRATCH_TAG, key],
            blocks=blocks,
            block_ids=(),
            model=models.model,
            embedding=models.embedding,
        )
    except NotFound as error:  # Letta says 404 for a model handle it does not know
        raise Refused(
            f"Letta knows no model {models.model!r} or no embedding {models.embedding!r}.", status=error.status
        ) from None
    return reading.agent(reading.record(answer), with_blocks=False).id


def find(tag: str) -> Plan[list[Agent]]:
    """The scratch agents with `tag`, at most a page of them. One request."""
    answer = yield calls.agents_list(tags=[tag], include=["agent.tags"])
    found = [reading.agent(item, with_blocks=False) for item in reading.records(answer)]
    return [agent for agent in found if SCRATCH_TAG in agent.tags]
