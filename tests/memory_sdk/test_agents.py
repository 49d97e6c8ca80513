"""`Agents` on a live server: what the console builds on."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memory_sdk import Agents, NewBlock, NotFound, Refused, RunFailed, Turn, Unavailable
from tests.contract.targets import Target
from tests.faulty_proxy import Fault, FaultyProxy
from tests.memory_sdk.wire import Recording
from tests.model_answers import Answer, finish


@pytest.fixture
def counted(server: Target, wire: Recording) -> Agents:
    return Agents(server.api_key, server.base_url, model=server.model, embedding=server.embedding, transport=wire)


def test_the_server_says_who_it_is(agents: Agents) -> None:
    health = agents.health()
    assert health.status == "ok"
    assert health.version


def test_an_agent_is_created_in_one_request_and_found_in_one(
    counted: Agents, server: Target, wire: Recording, subject_id: str
) -> None:
    blocks = [
        NewBlock("human", "Who they are", "Ann", 500, metadata={"schema": "human-1"}, tags=("person",)),
        NewBlock("rules", "Never edited", "fixed", 50, read_only=True),
    ]
    made = counted.create_agent(subject_id, blocks, kind="user", tags=["template:basic-3"])
    assert len(wire.take()) == 1
    assert (made.subject_id, made.name) == (subject_id, f"subconscious_agent_user_{subject_id}")
    found = counted.find_agent(subject_id)
    assert len(wire.take()) == 1
    assert found is not None
    assert (found.id, found.duplicates) == (made.id, ())
    assert sorted(found.tags) == sorted([subject_id, "ai-memory-sdk", "template:basic-3"])
    assert found.created_at is not None
    assert datetime.now(UTC) - found.created_at < timedelta(minutes=5)
    by_label = {block.label: block for block in found.blocks or ()}
    human = by_label["human"]
    assert (human.description, human.value, human.limit, human.read_only) == ("Who they are", "Ann", 500, False)
    assert counted.get_block(human.id).tags == ("person",)
    # Letta's own server forgets the metadata of a block that is created together with its agent.
    assert dict(human.metadata) == ({"schema": "human-1"} if server.name == "engine" else {})
    assert by_label["rules"].read_only
    assert sorted(block.id for block in made.blocks or ()) == sorted(block.id for block in found.blocks or ())


def test_blocks_are_changed_by_id(agents: Agents, subject_id: str) -> None:
    agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are", "Ann", 500)])
    (block,) = agent.blocks or ()
    assert agents.update_block(block.id, value="Anna", limit=600).value == "Anna"
    agents.update_block(block.id, description="Somebody", read_only=True)
    changed = agents.get_block(block.id)
    assert (changed.value, changed.description, changed.limit) == ("Anna", "Somebody", 600)
    assert changed.read_only
    assert agents.list_blocks(agent.id) == [changed]
    assert agents.update_block(block.id, value="").value == ""


def test_a_block_of_its_own_keeps_its_metadata(agents: Agents) -> None:
    block = agents.create_block(NewBlock("human", "Who they are", metadata={"schema": "human-1"}, tags=("person",)))
    found = agents.get_block(block.id)
    assert (dict(found.metadata), found.tags) == ({"schema": "human-1"}, ("person",))
    agents.delete_block(block.id)
    with pytest.raises(NotFound):
        agents.get_block(block.id)


def test_blocks_come_and_go(agents: Agents, subject_id: str) -> None:
    agent = agents.create_agent(subject_id)
    added = agents.add_block(agent.id, NewBlock("notes", "Notes", "n"))
    assert [block.id for block in agents.list_blocks(agent.id)] == [added.id]
    with pytest.raises(Refused) as taken:
        agents.add_block(agent.id, NewBlock("notes", "Notes again"))
    assert taken.value.status == 409
    agents.detach_block(agent.id, added.id)
    assert agents.list_blocks(agent.id) == []
    agents.attach_block(agent.id, added.id)
    assert agents.block_agents(added.id) == [agent.id]
    assert agents.remove_block(agent.id, added.id) is True
    with pytest.raises(NotFound):
        agents.get_block(added.id)


def test_a_block_that_is_attached_to_nothing_yet_is_found_by_its_tag(
    counted: Agents, wire: Recording, agents: Agents, subject_id: str
) -> None:
    tag = f"made-for:{uuid.uuid4()}"
    agent = agents.create_agent(subject_id)
    made = agents.create_block(NewBlock("notes", "Notes", "n", tags=(tag,)))
    agents.create_block(NewBlock("notes", "Notes", "n", tags=("another",)))
    assert [block.id for block in counted.find_blocks("notes", tag)] == [made.id]
    assert counted.find_blocks("other", tag) == []
    wire.take()
    counted.attach_block(agent.id, made.id, recompile=False)
    assert len(wire.take()) == 1
    assert [block.id for block in counted.find_blocks("notes", tag)] == [made.id]


def test_what_is_not_there_is_not_found(agents: Agents) -> None:
    agent_id = f"agent-{uuid.uuid4()}"
    for ask in (
        lambda: agents.get_agent(agent_id),
        lambda: agents.list_blocks(agent_id),
        lambda: agents.get_block(f"block-{uuid.uuid4()}"),
        lambda: agents.get_run(f"run-{uuid.uuid4()}"),
        lambda: agents.send_messages(agent_id, [Turn("user", "hi")], "key-1"),
        lambda: agents.read_log(agent_id),
    ):
        with pytest.raises(NotFound):
            ask()


# learning -------------------------------------------------------------------------------------------------------------


def test_a_batch_is_sent_found_and_followed(
    counted: Agents, wire: Recording, subject_id: str, says: Callable[..., str]
) -> None:
    agent = counted.create_agent(subject_id, [NewBlock("human", "Who they are")])
    since = datetime.now(UTC)
    key = str(uuid.uuid4())
    turns = [Turn("user", says("Likes cats")), Turn("assistant", "Noted.")]
    assert counted.find_run(agent.id, key, since) is None
    wire.take()
    run_id = counted.send_messages(agent.id, turns, key)
    assert len(wire.take()) == 1
    assert counted.find_run(agent.id, key, since) == run_id  # whether it has begun or not
    done = counted.wait_for_run(run_id, timeout=30)
    assert done.succeeded
    assert counted.find_run(agent.id, key, since) == run_id
    assert counted.find_run(agent.id, str(uuid.uuid4()), since) is None

    state = counted.get_run(run_id, with_usage=True)
    assert (state.agent_id, state.status, state.error) == (agent.id, "completed", None)
    assert state.created_at is not None
    assert state.completed_at is not None
    assert since - timedelta(minutes=1) < state.created_at <= state.completed_at < datetime.now(UTC) + timedelta(minutes=1)
    assert state.usage is not None
    assert state.usage.total_tokens == state.usage.prompt_tokens + state.usage.completion_tokens > 0

    log = counted.read_log(agent.id)
    (batch,) = log.batches
    assert (batch.run_id, batch.idempotency_key, batch.turns) == (run_id, key, tuple(turns))
    assert {(touch.run_id, touch.label) for touch in log.touches} == {(run_id, "human")}


def test_a_batch_sent_twice_is_learned_once_where_the_server_knows_keys(
    agents: Agents, server: Target, subject_id: str, says: Callable[..., str]
) -> None:
    agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are")])
    turns, key = [Turn("user", says("Likes cats"))], str(uuid.uuid4())
    first = agents.send_messages(agent.id, turns, key)
    second = agents.send_messages(agent.id, turns, key)
    # Letta's own server starts a second run: whoever is not sure asks find_run first.
    assert (first == second) is (server.name == "engine")


def test_a_batch_whose_answer_got_lost_is_found(server: Target, subject_id: str, says: Callable[..., str]) -> None:
    fault = Fault("POST", "/messages/async", "lose_answer")
    with (
        FaultyProxy(server.base_url, [fault]) as proxy,
        Agents(server.api_key, proxy.url, model=server.model, embedding=server.embedding) as agents,
    ):
        agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are")])
        since, key = datetime.now(UTC), str(uuid.uuid4())
        with pytest.raises(Unavailable):
            agents.send_messages(agent.id, [Turn("user", says("Likes cats"))], key)
        assert proxy.count("POST", "/messages/async") == 1
        run_id = agents.find_run(agent.id, key, since)
        assert run_id is not None
        assert agents.wait_for_run(run_id, timeout=30).succeeded
        assert [run.id for run in agents.iter_runs(agent.id)] == [run_id]


def test_a_failed_run_says_why(agents: Agents, subject_id: str, says: Callable[..., str]) -> None:
    agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are")])
    refusal = Answer(status=400, content="This model is out of order.")
    run_id = agents.send_messages(agent.id, [Turn("user", says("x", *[refusal] * 20))], str(uuid.uuid4()))
    with pytest.raises(RunFailed):
        agents.wait_for_run(run_id, timeout=60)
    state = agents.get_run(run_id, with_usage=True)
    assert state.finished
    assert not state.succeeded
    assert state.error


def test_a_run_can_be_cancelled(agents: Agents, subject_id: str, says: Callable[..., str]) -> None:
    agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are")])
    slow = Answer(tool_calls=finish().tool_calls, delay=3)
    run_id = agents.send_messages(agent.id, [Turn("user", says("x", slow))], str(uuid.uuid4()))
    time.sleep(0.3)
    agents.cancel_run(agent.id, run_id)
    with pytest.raises(RunFailed) as caught:
        agents.wait_for_run(run_id, timeout=20)
    assert caught.value.cancelled
    assert agents.get_run(run_id).error == "It was cancelled."


def test_cancelling_a_finished_run_changes_nothing(agents: Agents, subject_id: str, says: Callable[..., str]) -> None:
    agent = agents.create_agent(subject_id, [NewBlock("human", "Who they are")])
    run_id = agents.send_messages(agent.id, [Turn("user", says("Likes cats"))], str(uuid.uuid4()))
    agents.wait_for_run(run_id, timeout=30)
    agents.cancel_run(agent.id, run_id)
    assert agents.get_run(run_id).succeeded


# listing --------------------------------------------------------------------------------------------------------------


def test_agents_are_listed_by_their_last_activity_and_none_is_lost(
    counted: Agents, wire: Recording, subject_id: str, says: Callable[..., str]
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    made = [counted.create_agent(f"{subject_id}-{number}", [NewBlock("human", "Who")]) for number in range(5)]
    try:
        run_id = counted.send_messages(made[1].id, [Turn("user", says("Likes cats"))], str(uuid.uuid4()))
        counted.wait_for_run(run_id, timeout=30)
        time.sleep(0.3)  # Letta notes the run's end on the agent a moment after the run itself
        wire.take()
        listed = [agent for agent in counted.iter_agents(since=since, page_size=2) if agent.id in {a.id for a in made}]
        assert len(wire.take()) >= 3
        expected = [made[1], made[4], made[3], made[2], made[0]]
        assert [agent.subject_id for agent in listed] == [agent.subject_id for agent in expected]
        assert all(agent.last_activity and agent.last_activity >= since for agent in listed)
        following = [agent.id for agent in counted.iter_agents(after=made[3].id, since=since)]
        assert [agent_id for agent_id in following if agent_id in {a.id for a in made}] == [made[2].id, made[0].id]
    finally:
        for agent in made:
            counted.delete_agent(agent.id)


def test_a_list_survives_the_deletion_of_the_agent_it_stands_at(agents: Agents, subject_id: str) -> None:
    made = [agents.create_agent(f"{subject_id}-{number}", []) for number in range(6)]
    ids = {agent.id for agent in made}
    try:
        seen: list[str] = []
        for agent in agents.iter_agents(page_size=2):
            if agent.id in ids:
                seen.append(agent.id)
                if len(seen) % 2 == 0:
                    agents.delete_agent(agent.id)
            if len(seen) == len(ids):
                break
        assert seen == [agent.id for agent in reversed(made)]
    finally:
        for agent in made:
            agents.delete_agent(agent.id)


def test_the_log_of_an_agent_is_read_page_by_page(
    counted: Agents, wire: Recording, subject_id: str, monkeypatch: pytest.MonkeyPatch, says: Callable[..., str]
) -> None:
    monkeypatch.setattr("memory_sdk.calls.PAGE", 3)
    agent = counted.create_agent(subject_id, [NewBlock("human", "Who")])
    keys = [str(uuid.uuid4()) for _ in range(4)]
    for key in keys:
        run_id = counted.send_messages(agent.id, [Turn("user", says(key))], key)
        counted.wait_for_run(run_id, timeout=30)
    wire.take()
    pages = [counted.read_log(agent.id)]
    while pages[-1].more:
        pages.append(counted.read_log(agent.id, after=pages[-1].last_id))
    assert len(wire.take()) == len(pages) > 3
    batches = [batch for page in pages for batch in page.batches]
    assert [batch.idempotency_key for batch in batches] == keys
    newer = counted.read_log(agent.id, after=batches[-1].message_id)
    assert newer.batches == ()
    assert counted.read_log(agent.id, after=pages[-1].last_id).last_id == pages[-1].last_id
    runs = list(counted.iter_runs(agent.id))
    assert [run.id for run in runs] == [batch.run_id for batch in batches][::-1]
