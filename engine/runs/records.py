"""Between the rows that keep a run and what a learner sees and says.

How a step is kept: one assistant row with its words, its reasoning and its calls (`tool_calls`: a list of
`{"id", "name", "arguments"}`, the arguments as JSON text, as Letta shows them), then one tool row per call, with what it
returned. All rows of a step carry its number in `step`, from 1; rows without one are the run's input.
"""

import json
from collections.abc import Iterable, Sequence

from engine.learners.base import BlockView, ToolCall
from engine.learners.protocol import Answered, Entry, Given, Returned, Step
from engine.models import Block, Message, Run
from engine.text import storable
from engine.tools import Result

EARLIER_MESSAGES = 20
"""The most messages of earlier runs that a learner is shown."""


def conversation(run: Run) -> list[Entry]:
    """The run so far: what it was given, and the steps that are recorded."""
    return entries(Message.objects.filter(run=run).order_by("position"))


def entries(messages: Iterable[Message]) -> list[Entry]:
    """Rows of a run as a learner sees them."""
    seen: list[Entry] = []
    for message in messages:
        if message.step is None:
            seen.append(Given(message.role, message.text))
        elif message.role == "tool":
            refused = message.tool_status == "error"
            seen.append(Returned(message.tool_call_id or "", message.tool_name or "", message.text, refused))
        else:
            calls = (ToolCall(call["id"], call["name"], json.loads(call["arguments"])) for call in message.tool_calls)
            seen.append(Answered(message.text, tuple(calls)))
    return seen


def messages(number: int, step: Step, results: Sequence[tuple[ToolCall, Result]]) -> list[Message]:
    """The rows of a step, in their order, not yet saved."""
    calls = [
        {"id": call.id, "name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}
        for call in step.tool_calls
    ]
    answer = Message(
        step=number,
        role="assistant",
        text=storable(step.text),
        reasoning=storable(step.reasoning),
        tool_calls=storable(calls),
    )
    return [answer] + [
        Message(
            step=number,
            role="tool",
            text=storable(result.text),
            tool_call_id=storable(call.id),
            tool_name=storable(call.name),
            tool_status="error" if result.refused else "success",
        )
        for call, result in results
    ]


def blocks(agent_id: str) -> tuple[BlockView, ...]:
    """The agent's blocks as they are now, in the order in which they were attached."""
    rows = Block.objects.filter(attachments__agent=agent_id).order_by("attachments__id")
    return tuple(
        BlockView(block.label, block.description or "", block.value, block.limit, block.read_only) for block in rows
    )


def earlier(run: Run, characters: int) -> tuple[str, ...]:
    """What earlier runs of the agent were given by users, oldest first, the newest `characters` of it."""
    texts = (
        Message.objects.filter(agent=run.agent_id, role="user", step=None)
        .exclude(run=run)
        .filter(run__position__lt=run.position)
        .order_by("-position")
        .values_list("text", flat=True)[:EARLIER_MESSAGES]
    )
    kept: list[str] = []
    for text in texts:
        characters -= len(text)
        if characters < 0:
            break
        kept.append(text)
    return tuple(reversed(kept))
