"""Agents of a test's own, and learning runs whose model says what the test wants."""

from __future__ import annotations

import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from letta_client import Letta
from letta_client.types.agent_state import AgentState
from letta_client.types.agents.run import Run

from tests.contract.targets import Target
from tests.model_answers import Answer

TERMINAL = ("completed", "failed", "cancelled")
RUN_SECONDS = 30.0
_numbers = itertools.count(1)


def unique(word: str) -> str:
    """A word no other test, run or target uses: the marker of a script, a tag, part of a label."""
    return f"{word}{next(_numbers)}x{uuid.uuid4().hex[:10]}"


@dataclass(frozen=True)
class Learned:
    """What a learning run left behind. `returns` are its tool returns, oldest first, as (status, text)."""

    run: Run
    messages: list[Any]
    blocks: dict[str, str]
    requests: list[dict[str, Any]] = field(repr=False)

    @property
    def returns(self) -> list[tuple[str, str]]:
        return [(m.status, m.tool_return) for m in self.messages if m.message_type == "tool_return_message"]

    @property
    def kinds(self) -> list[str]:
        """The types of the run's messages, in the server's order."""
        return [m.message_type for m in self.messages]


@dataclass(frozen=True)
class Scripted:
    """Makes agents on the target, and runs on them."""

    target: Target
    letta: Letta

    def agent(self, **fields: Any) -> AgentState:
        """A sleep-time agent with blocks `human` (limit 60) and read-only `rules`; `fields` override."""
        given: dict[str, Any] = {
            "name": unique("agent"),
            "agent_type": "sleeptime_agent",
            "initial_message_sequence": [],
            "memory_blocks": [
                {"label": "human", "description": "About the person", "value": "Name: Ann\nCity: Bern", "limit": 60},
                {"label": "rules", "description": "Never edited", "value": "fixed", "read_only": True},
            ],
            "model": self.target.model,
            "embedding": self.target.embedding,
        }
        return self.letta.agents.create(**{**given, **fields})

    def start(self, agent_id: str, *answers: Answer, text: str = "hello", **request: Any) -> tuple[Run, str]:
        """Send one user message that the model will answer with `answers`; gives the run and the script's marker."""
        marker = unique("mark")
        self.target.script.program(marker, *answers)
        messages = [{"role": "user", "content": f"{marker} {text}"}]
        run = self.letta.agents.messages.create_async(agent_id, messages=messages, **request)  # type: ignore[arg-type]
        return run, marker

    def learn(self, agent_id: str, *answers: Answer, text: str = "hello", **request: Any) -> Learned:
        """The same, waited for."""
        run, marker = self.start(agent_id, *answers, text=text, **request)
        ended = self.wait(run.id)
        self.target.script.program(marker)  # what was not asked for must not answer a later run
        return Learned(
            ended,
            list(self.letta.runs.messages.list(run.id)),
            self.values(agent_id),
            self.target.script.requests(marker),
        )

    def wait(self, run_id: str, *, until: tuple[str, ...] = TERMINAL, seconds: float = RUN_SECONDS) -> Run:
        """The run, once its status is one of `until`."""
        limit = time.monotonic() + seconds
        while (run := self.letta.runs.retrieve(run_id)).status not in until:
            if time.monotonic() > limit:
                pytest.fail(f"the run is still {run.status} after {seconds} s")
            time.sleep(0.03)
        return run

    def values(self, agent_id: str) -> dict[str, str]:
        """The agent's blocks: label → value."""
        return {str(block.label): block.value for block in self.letta.agents.blocks.list(agent_id)}


def slow(*answers: Answer, seconds: float = 1.0) -> list[Answer]:
    """The answers, the first of which takes a while."""
    first = answers[0]
    return [Answer(tool_calls=first.tool_calls, delay=seconds), *answers[1:]]
