"""What the run loop and a learner say to each other: the run so far goes in, one step of it comes out."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from engine.learners.base import BlockView, ToolCall


@dataclass(frozen=True, slots=True)
class Given:
    """A message that the run was started with."""

    role: str
    """user, system or assistant"""
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An earlier step of the same run, as it was recorded."""

    text: str
    tool_calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What a tool answered to a call of an earlier step. A refusal is an answer too: the learner may mend it."""

    call_id: str
    name: str
    text: str
    refused: bool


Entry = Given | Answered | Returned


@dataclass(frozen=True, slots=True)
class Context:
    """All that a learner may know when it decides the next step."""

    agent_type: str
    system: str
    """The system prompt the agent was created with; empty for the engine's own."""
    blocks: tuple[BlockView, ...]
    """As they are now, after the steps so far and after what others wrote meanwhile."""
    conversation: tuple[Entry, ...]
    """This run, oldest first."""
    earlier: tuple[str, ...]
    """User messages of earlier runs, oldest first, no longer together than the learner's `remembers`."""
    tools: tuple[str, ...]
    """Names of the tools the agent is offered."""
    today: date
    """The day the run was asked for, UTC: what was said then is dated by it, however late the run is worked."""
    seconds: float
    """Time left for this run."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: calls to carry out in this order, words, or both."""

    tool_calls: tuple[ToolCall, ...] = ()
    text: str = ""
    reasoning: str | None = None
    finished: bool = False
    """Nothing follows, whatever the calls return."""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class LearnerFailed(Exception):
    """The learner cannot go on, and the run fails with this sentence.

    The sentence is shown to people and kept: it holds no memory text and no secret.
    """

    def __init__(self, stop_reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.stop_reason = stop_reason
        """One of Letta's stop reasons."""
        self.sentence = sentence


class Learner(Protocol):
    """Decides the edits of a run, one step at a time. Safe to use from several threads."""

    name: str
    remembers: int
    """How many characters of earlier conversation it wants to see; 0 for none."""

    def next_step(self, context: Context) -> Step:
        """The next step of the run. Raises LearnerFailed."""
        ...
