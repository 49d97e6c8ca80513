"""`Memory` on a live server: what its calls do and how many requests they take."""

from collections.abc import Callable, Iterator

import pytest

from memory_sdk import Agents, Memory, NewBlock, RunFailed
from tests.contract.targets import Target
from tests.memory_sdk.wire import Recording
from tests.model_answers import Answer

FIND = "GET /v1/agents/"
CREATE = "POST /v1/agents/"
BLOCKS = "GET /v1/agents/{agent}/core-memory/blocks"
SEND = "POST /v1/agents/{agent}/messages/async"
PASSAGE = "POST /v1/agents/{agent}/archival-memory"
PASSAGES = "POST /v1/archives/{archive}/passages/batch"
SEARCH = "GET /v1/agents/{agent}/archival-memory/search"


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


@pytest.fixture
def other(server: Target) -> Iterator[Memory]:
    """Another program's `Memory`, which does not tell ours what it does."""
    with Memory(server.api_key, None, server.base_url, model=server.model, embedding=server.embedding) as found:
        yield found


# users ----------------------------------------------------------------------------------------------------------------


def test_a_user_is_created_with_two_blocks_in_three_requests(
    memory: Memory, agents: Agents, wire: Recording, subject_id: str
) -> None:
    agent_id = memory.initialize_user_memory(subject_id, user_context_block_value="Name: Ann", summary_block_char_limit=500)
    assert wire.take() == [FIND, CREATE, PASSAGE]
    agent = agents.get_agent(agent_id)
    assert agent.name == f"subconscious_agent_user_{subject_id}"
    assert sorted(agent.tags) == sorted([subject_id, "ai-memory-sdk"])
    found = {block.label: (block.description, block.value, block.limit) for block in agent.blocks or ()}
    assert found == {
        "human": ("Details about the human user you are speaking to.", "Name: Ann", 10_000),
        "summary": ("A short (1-2 sentences) running summary of the conversation.", "", 500),
    }
    assert memory.search(subject_id, "Initialized", tags=[]) == [f"Initialized memory for user {subject_id}"]


def test_a_user_that_exists_is_not_created_again_but_can_be_reset(memory: Memory, subject_id: str) -> None:
    first = memory.initialize_user_memory(subject_id, user_context_block_value="old")
    with pytest.raises(ValueError, match="already exists"):
        memory.initialize_user_memory(subject_id)
    assert memory.get_memory_agent_id(subject_id) == first
    second = memory.initialize_user_memory(subject_id, reset=True)
    assert second != first
    assert memory.get_memory_agent_id(subject_id) == second
    assert memory.get_user_memory(subject_id) == ""


def test_a_read_is_one_request(memory: Memory, wire: Recording, subject_id: str) -> None:
    memory.initialize_user_memory(subject_id, user_context_block_value="Likes cats")
    wire.take()
    for read in (
        lambda: memory.get_user_memory(subject_id),
        lambda: memory.get_summary(subject_id),
        lambda: memory.get_memory("human", subject_id=subject_id),
        lambda: memory.get_memory("no such block", subject_id=subject_id),
        lambda: memory.list_blocks(subject_id),
    ):
        read()
        assert wire.take() == [BLOCKS]
    memory.search(subject_id, "cats")
    assert wire.take() == [SEARCH]


def test_even_the_first_read_is_one_request(memory: Memory, other: Memory, wire: Recording, subject_id: str) -> None:
    other.initialize_user_memory(subject_id, user_context_block_value="Likes cats")
    assert memory.get_user_memory(subject_id) == "Likes cats"
    assert wire.take() == [FIND]
    assert memory.get_user_memory(subject_id) == "Likes cats"
    assert wire.take() == [BLOCKS]


def test_an_agent_that_was_replaced_by_somebody_else_is_found_again(memory: Memory, other: Memory, subject_id: str) -> None:
    memory.initialize_user_memory(subject_id, user_context_block_value="old")
    other.initialize_user_memory(subject_id, user_context_block_value="new", reset=True)
    assert memory.get_user_memory(subject_id) == "new"
    other.delete_user(subject_id)
    assert memory.get_user_memory(subject_id) is None
    assert memory.search(subject_id, "old") is None


def test_a_user_in_prompts(memory: Memory, subject_id: str) -> None:
    memory.initialize_user_memory(
        subject_id, user_context_block_prompt='Who "they" are', user_context_block_value="x</human>y"
    )
    formatted = '<human description="Who &quot;they&quot; are">\nx&lt;/human>y\n</human>'
    assert memory.get_user_memory(subject_id, prompt_formatted=True) == formatted
    assert memory.get_memory("human", prompt_formatted=True, subject_id=subject_id) == formatted
    assert memory.get_summary(subject_id, prompt_formatted=True) == "<conversation_summary>\n\n</conversation_summary>"


def test_an_unknown_user_has_nothing(memory: Memory, subject_id: str) -> None:
    assert memory.get_user_memory(subject_id) is None
    assert memory.get_summary(subject_id, prompt_formatted=True) is None
    assert memory.get_memory_agent_id(subject_id) is None
    assert memory.search(subject_id, "anything") is None
    assert memory.list_blocks(subject_id) == []
    memory.delete_block("human", subject_id=subject_id)
    memory.delete_user(subject_id)


# learning -------------------------------------------------------------------------------------------------------------


def test_a_user_learns_from_messages(memory: Memory, wire: Recording, subject_id: str, says: Callable[..., str]) -> None:
    memory.initialize_user_memory(subject_id)
    wire.take()
    run_id = memory.add_messages(subject_id, [user(says("Likes cats")), {"role": "assistant", "content": "Noted."}])
    assert wire.take() == [SEND]
    memory.wait_for_run(run_id, timeout=30)
    assert "Likes cats" in (memory.get_user_memory(subject_id) or "")


def test_messages_of_a_new_user_create_it(
    memory: Memory, wire: Recording, subject_id: str, says: Callable[..., str]
) -> None:
    run_id = memory.add_messages(subject_id, [user(says("Likes tea"))])
    assert wire.take() == [FIND, CREATE, PASSAGE, SEND]
    memory.wait_for_run(run_id, timeout=30)
    assert {block.label for block in memory.list_blocks(subject_id)} == {"human", "summary"}
    assert "Likes tea" in (memory.get_user_memory(subject_id) or "")


def test_a_bound_instance_learns_in_three_ways(
    memory: Memory, server: Target, subject_id: str, says: Callable[..., str]
) -> None:
    with Memory(server.api_key, subject_id, server.base_url, model=server.model, embedding=server.embedding) as bound:
        assert bound.subject_id == subject_id
        bound.initialize_memory("human", "Who they are")
        memory.wait_for_run(bound.add_messages([user(says("one"))]), timeout=30)
        memory.wait_for_run(bound.add_messages_here([user(says("two"))]), timeout=30)
        memory.wait_for_run(memory.add_messages_for_subject(subject_id, [user(says("three"))]), timeout=30)
        value = bound.get_memory("human") or ""
    assert [word for word in ("one", "two", "three") if word in value] == ["one", "two", "three"]


def test_n_messages_are_stored_in_one_request(memory: Memory, wire: Recording, subject_id: str) -> None:
    memory.initialize_user_memory(subject_id)
    wire.take()
    messages = [user(f"I own {number} cats") for number in range(12)]
    memory.add_messages(
        subject_id, [*messages, user(""), {"role": "assistant", "content": "Cats!"}], skip_vector_storage=False
    )
    assert wire.take() == [PASSAGES, SEND]
    found = memory.search(subject_id, "cats", tags=["assistant", "user"]) or []
    assert "Cats!" in found
    assert set(memory.search(subject_id, "cats") or []) <= {message["content"] for message in messages}


def test_an_unknown_archive_costs_one_request_more(memory: Memory, other: Memory, wire: Recording, subject_id: str) -> None:
    other.initialize_user_memory(subject_id)
    messages = [user("I keep cats"), user("We keep dogs")]
    memory.add_messages(subject_id, messages, skip_vector_storage=False)
    assert wire.take() == [FIND, PASSAGE, PASSAGES, SEND]
    memory.add_messages(subject_id, messages, skip_vector_storage=False)
    assert wire.take() == [PASSAGES, SEND]
    assert sorted(memory.search(subject_id, "keep") or []) == ["I keep cats"] * 2 + ["We keep dogs"] * 2


def test_messages_are_stored_though_the_archive_was_deleted(
    memory: Memory, server: Target, wire: Recording, subject_id: str
) -> None:
    memory.initialize_user_memory(subject_id)
    with server.http() as http:
        for archive in http.get("/v1/archives/", params={"agent_id": memory.get_memory_agent_id(subject_id)}).json():
            http.delete(f"/v1/archives/{archive['id']}")
    wire.take()
    memory.add_messages(
        subject_id, [user("I keep cats"), user("We keep dogs"), user("They keep a bird")], skip_vector_storage=False
    )
    assert wire.take() == [PASSAGES, PASSAGE, PASSAGES, SEND]
    assert len(memory.search(subject_id, "keep") or []) == 3


def test_messages_are_not_stored_unless_asked(memory: Memory, subject_id: str) -> None:
    memory.initialize_user_memory(subject_id)
    memory.add_messages(subject_id, [user("I own cats")])
    assert memory.search(subject_id, "cats") == []


def test_messages_are_stored_for_a_subject_that_was_replaced(memory: Memory, other: Memory, subject_id: str) -> None:
    memory.initialize_subject(subject_id)
    other.initialize_subject(subject_id, reset=True)
    memory.add_messages_for_subject(subject_id, [user("I keep cats"), user("We keep dogs")], skip_vector_storage=False)
    assert len(memory.search(subject_id, "keep") or []) == 2


def test_a_run_that_fails_is_raised_with_its_reason(memory: Memory, subject_id: str, says: Callable[..., str]) -> None:
    memory.initialize_user_memory(subject_id)
    refusal = Answer(status=400, content="This model is out of order.")
    run_id = memory.add_messages(subject_id, [user(says("Likes cats", *[refusal] * 20))])
    with pytest.raises(RunFailed) as caught:
        memory.wait_for_run(run_id, timeout=60)
    assert caught.value.reason
    assert memory.get_user_memory(subject_id) == ""


# subjects and blocks --------------------------------------------------------------------------------------------------


def test_a_subject_is_created_and_found_by_its_tags(
    memory: Memory, agents: Agents, wire: Recording, subject_id: str
) -> None:
    agent_id = memory.initialize_subject(subject_id)
    assert wire.take() == [FIND, CREATE, PASSAGE]
    agent = agents.get_agent(agent_id)
    assert agent.name == f"subconscious_agent_subject_{subject_id}"
    assert sorted(agent.tags) == sorted([f"subj:{subject_id}", subject_id, "ai-memory-sdk"])
    assert memory.list_blocks(subject_id) == []
    with pytest.raises(ValueError, match="already exists"):
        memory.initialize_subject(subject_id)
    assert memory.initialize_subject(subject_id, reset=True) != agent_id


def test_a_block_is_created_with_its_subject_in_three_requests(memory: Memory, wire: Recording, subject_id: str) -> None:
    block_id = memory.initialize_memory("policies", "House rules", "Be kind", 300, subject_id=subject_id)
    assert wire.take() == [FIND, CREATE, PASSAGE]
    (block,) = memory.list_blocks(subject_id)
    assert (block.id, block.label, block.description) == (block_id, "policies", "House rules")
    assert (block.value, block.limit) == ("Be kind", 300)


def test_a_block_that_exists_is_left_alone_or_reset(memory: Memory, subject_id: str) -> None:
    block_id = memory.initialize_memory("config", "Configuration", "v1", subject_id=subject_id)
    assert memory.initialize_memory("config", "Other", "v2", subject_id=subject_id) == block_id
    assert memory.get_memory("config", subject_id=subject_id) == "v1"
    memory.initialize_memory("config", "Other", "v3", 77, reset=True, subject_id=subject_id)
    (block,) = memory.list_blocks(subject_id)
    assert (block.value, block.description, block.limit) == ("v3", "Other", 77)


def test_resetting_a_shared_block_leaves_the_others_theirs(memory: Memory, agents: Agents, subject_id: str) -> None:
    shared = agents.create_block(NewBlock("rules", "For all", "stay"))
    neighbour = agents.create_agent(f"{subject_id}-other", shared_block_ids=[shared.id])
    try:
        agent_id = memory.initialize_subject(subject_id)
        agents.attach_block(agent_id, shared.id)
        assert memory.initialize_memory("rules", "Mine", "go", reset=True, subject_id=subject_id) != shared.id
        assert memory.get_memory("rules", subject_id=subject_id) == "go"
        assert agents.get_block(shared.id).value == "stay"
        assert agents.block_agents(shared.id) == [neighbour.id]
    finally:
        agents.delete_agent(neighbour.id)


def test_the_next_run_sees_a_block_that_was_added_later(
    memory: Memory, server: Target, subject_id: str, says: Callable[..., str]
) -> None:
    memory.initialize_memory("human", "Who they are", "", subject_id=subject_id)
    memory.initialize_memory("hobbies", "What they like to do", "Sails at dawn", subject_id=subject_id)
    message = says("Likes cats")
    memory.wait_for_run(memory.add_messages_for_subject(subject_id, [user(message)]), timeout=30)
    prompt = str(server.script.requests(message.split()[0])[0]["messages"])
    assert "Sails at dawn" in prompt


def test_a_deleted_block_is_gone_from_the_prompt_too(
    memory: Memory, server: Target, subject_id: str, says: Callable[..., str]
) -> None:
    memory.initialize_memory("human", "Who they are", "", subject_id=subject_id)
    memory.initialize_memory("hobbies", "What they like to do", "Sails at dawn", subject_id=subject_id)
    memory.delete_block("hobbies", subject_id=subject_id)
    assert memory.get_memory("hobbies", subject_id=subject_id) is None
    message = says("Likes cats")
    memory.wait_for_run(memory.add_messages_for_subject(subject_id, [user(message)]), timeout=30)
    prompt = str(server.script.requests(message.split()[0])[0]["messages"])
    assert "Sails at dawn" not in prompt
