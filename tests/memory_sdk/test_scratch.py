"""Scratch agents, and texts stored as passages under tags of one's own, on a live server."""

import uuid

import pytest

from memory_sdk import Agents, NewBlock, NotFound, Turn
from tests.contract.targets import Target
from tests.memory_sdk.wire import Recording


@pytest.fixture
def counted(server: Target, wire: Recording) -> Agents:
    return Agents(server.api_key, server.base_url, model=server.model, embedding=server.embedding, transport=wire)


def test_a_scratch_agent_is_nobodys_memory_and_leaves_nothing(counted: Agents, wire: Recording, subject_id: str) -> None:
    key = f"tidy-{uuid.uuid4()}"
    blocks = [NewBlock("human", "Who they are", "Ann", 500), NewBlock("plan", "", "x", 50)]
    agent_id = counted.create_scratch_agent(key, blocks)
    assert len(wire.take()) == 1
    [found] = counted.find_scratch_agents(key)
    assert found.id == agent_id
    assert agent_id in {agent.id for agent in counted.find_scratch_agents()}
    assert agent_id not in {agent.id for agent in counted.iter_agents()}
    copies = counted.list_blocks(agent_id)
    assert {(copy.label, copy.value, copy.limit) for copy in copies} == {("human", "Ann", 500), ("plan", "x", 50)}
    run_id = counted.send_messages(agent_id, [Turn("system", "Tidy up."), Turn("user", "Hello")], f"{key}-0")
    assert counted.wait_for_run(run_id, 60).succeeded
    counted.delete_agent(agent_id)
    assert counted.find_scratch_agents(key) == []
    with pytest.raises(NotFound):
        counted.get_block(copies[0].id)


def test_texts_are_stored_in_few_requests_and_known_by_their_tag(counted: Agents, wire: Recording, subject_id: str) -> None:
    agent = counted.create_agent(subject_id, [NewBlock("human", "", "", 500)])
    texts = [(f"Part {number} is about cat flaps.", ["file", f"doc-{number}"]) for number in range(12)]
    wire.take()
    counted.store_passages(agent.id, texts[:6])
    assert len(wire.take()) == 2  # the first tells which archive it is
    counted.store_passages(agent.id, texts[6:])
    assert len(wire.take()) == 1
    for text, (_, tag) in texts:
        assert counted.has_passage(agent.id, text, tag)
    assert not counted.has_passage(agent.id, texts[0][0], "doc-99")
    counted.store_passages(agent.id, [])
    counted.delete_subject(subject_id)


def test_a_text_that_cannot_be_sent_is_refused_first(counted: Agents, wire: Recording) -> None:
    with pytest.raises(ValueError, match="text"):
        counted.store_passages("agent-x", [("\ud800", ["file"])])
    with pytest.raises(ValueError, match="key"):
        counted.create_scratch_agent("a/b", [])
    assert wire.take() == []
