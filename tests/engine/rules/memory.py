"""An agent's memory for these tests: blocks, and the learner's calls carried out on them as the tools would."""

from collections.abc import Sequence
from datetime import date

from engine.learners.base import BlockView, ToolCall, Turn
from engine.learners.rules import learn
from engine.learners.rules.edits import applied

TODAY = date(2026, 11, 20)
HUMAN = "Details about the human user you are speaking to."
SUMMARY = "A short (1-2 sentences) running summary of the conversation."


def block(label: str, value: str = "", description: str = "", limit: int = 10_000, read_only: bool = False) -> BlockView:
    return BlockView(label, description, value, limit, read_only)


def user_blocks(human: str = "", summary: str = "") -> list[BlockView]:
    """The two blocks of a user agent, as the AI Memory SDK makes them."""
    return [block("human", human, HUMAN), block("summary", summary, SUMMARY, limit=1000)]


def turns(*contents: str) -> list[Turn]:
    """Turns of the customer; a content that begins with "> " is the assistant's."""
    return [Turn("assistant", one[2:]) if one.startswith("> ") else Turn("user", one) for one in contents]


def carried_out(calls: Sequence[ToolCall], blocks: Sequence[BlockView]) -> dict[str, str]:
    """The blocks' values after the calls, which must all be such as the tools accept."""
    values = {one.label: one.value for one in blocks}
    views = {one.label: one for one in blocks}
    for call in calls:
        label = call.arguments["label"]
        assert not views[label].read_only, f"{label} is read-only"
        values[label] = applied(values[label], call.name, call.arguments)
        assert len(values[label]) <= max(views[label].limit, len(views[label].value)), f"{label} is over its limit"
    return values


def learned(conversation: Sequence[Turn], blocks: Sequence[BlockView] | None = None, today: date = TODAY) -> dict[str, str]:
    """What the blocks hold after the conversation; the user agent's two blocks unless told."""
    blocks = user_blocks() if blocks is None else blocks
    return carried_out(learn(conversation, blocks, today), blocks)


def lines(*contents: str) -> list[str]:
    """The lines of `human` after the customer's turns."""
    return learned(turns(*contents))["human"].split("\n")


def line_of(label: str, *contents: str) -> str:
    """The value of the `human` line that begins with `label`; empty when there is none."""
    for line in lines(*contents):
        if line.startswith(label):
            return line.removeprefix(label).strip(" :")
    return ""
