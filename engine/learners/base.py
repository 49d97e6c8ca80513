"""What a learner sees and what it answers: the common ground of `rules` and `llm`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """One conversation turn to learn from."""

    role: str
    """user, assistant, system or tool"""
    content: str


@dataclass(frozen=True, slots=True)
class BlockView:
    """A memory block as the learner may see it."""

    label: str
    description: str
    value: str
    limit: int
    """characters"""
    read_only: bool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a memory tool, by Letta's tool names and arguments."""

    id: str
    name: str
    arguments: dict[str, Any]
    problem: str | None = None
    """Why it cannot be carried out, when what the model wrote was no proper call."""
