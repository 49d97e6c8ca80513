"""The engine in this process as Letta, and another program that uses it."""

import uuid
from collections.abc import Iterator, Sequence

import pytest
from django.utils import timezone

from engine import models as engine
from engine.tasks import work
from engine.transport import EngineTransport
from memory_sdk import NewBlock, Turn
from memory_sdk.agents import Agents
from subjects.letta import ENGINE_URL, agents
from subjects.listed import take
from subjects.models import Subject, SyncState
from subjects.sync import sync
from tests.faulty_proxy import FaultyProxy

HUMAN = NewBlock("human", "Details about the person.", "", 5000)
SUMMARY = NewBlock("summary", "What was said, in a sentence or two.", "", 1000)


class OtherProgram:
    """An assistant with its own connection to the same Letta: the SDK's calls, and none of our tables."""

    def __init__(self, letta: Agents) -> None:
        self.letta = letta

    def create_user(self, subject_id: str, *blocks: NewBlock) -> str:
        """A user as the SDK makes one; returns the agent's id."""
        return self.letta.create_agent(subject_id, blocks or (HUMAN, SUMMARY), kind="user").id

    def create_subject(self, subject_id: str, *blocks: NewBlock) -> str:
        return self.letta.create_agent(subject_id, blocks, kind="subject").id

    def send(self, agent_id: str, *said: str) -> str:
        """Give an agent a batch to learn from; returns the run's id. Nothing is learned yet."""
        turns = [Turn("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(said)]
        return self.letta.send_messages(agent_id, turns, str(uuid.uuid4()))

    def teach(self, agent_id: str, *said: str) -> str:
        """The same, and learned."""
        run_id = self.send(agent_id, *said)
        work(agent_id)
        return run_id

    def rewrite(self, agent_id: str, label: str, value: str) -> None:
        """Change a block over REST, which moves no agent's activity."""
        self.letta.update_block(self._block(agent_id, label), value=value)

    def remove(self, agent_id: str, label: str) -> None:
        self.letta.remove_block(agent_id, self._block(agent_id, label))

    def delete(self, agent_id: str) -> None:
        engine.Agent.objects.filter(pk=agent_id).delete()

    def _block(self, agent_id: str, label: str) -> str:
        return next(block.id for block in self.letta.list_blocks(agent_id) if block.label == label)


@pytest.fixture
def other(transactional_db: None) -> Iterator[OtherProgram]:
    agents.cache_clear()
    with Agents(base_url=ENGINE_URL, transport=EngineTransport()) as letta:
        yield OtherProgram(letta)


@pytest.fixture
def faulty(other: OtherProgram, proxy: FaultyProxy) -> Iterator[FaultyProxy]:
    """Our own connection to the engine goes through the proxy; the other program's does not."""
    yield proxy
    proxy.faults.clear()


def pass_over(seconds: float | None = None, *, whole: bool = False) -> SyncState:
    """One pass to its end."""
    state = sync(seconds, whole=whole)
    assert state is not None
    assert state.error == ""
    return state


def only_list(other: OtherProgram) -> None:
    """Take the agents over, and leave their logs for later."""
    take(list(other.letta.iter_agents(with_blocks=True)), timezone.now())


def subject_named(subject_id: str) -> Subject:
    return Subject.objects.get(subject_id=subject_id)


def turns_of(subject: Subject) -> Sequence[tuple[str, str]]:
    """What is kept of what was said, in order."""
    return list(subject.messages.order_by("id").values_list("role", "content"))
