"""Deleting a subject on a live server leaves nothing of it behind, and nothing of others is lost."""

import httpx
import pytest

from memory_sdk import Agents, Memory, NewBlock, NotFound, Unavailable
from memory_sdk.calls import archives_list
from memory_sdk.connection import Connection
from memory_sdk.plans import Plan
from memory_sdk.reading import records, text
from tests.contract.targets import Target


def archive_ids(server: Target, agent_id: str) -> list[str]:
    def plan() -> Plan[list[str]]:
        return [text(item, "id") for item in records((yield archives_list(agent_id)))]

    with Connection(server.api_key, server.base_url) as connection:
        return connection.run(plan())


def test_a_deleted_user_leaves_no_block_and_no_archive(
    memory: Memory, agents: Agents, server: Target, subject_id: str
) -> None:
    agent_id = memory.initialize_user_memory(subject_id, user_context_block_value="Likes cats")
    memory.add_messages(subject_id, [{"role": "user", "content": "I own cats"}], skip_vector_storage=False)
    block_ids = [block.id for block in memory.list_blocks(subject_id)]
    (archive_id,) = archive_ids(server, agent_id)

    memory.delete_user(subject_id)

    assert len(block_ids) == 2
    for block_id in block_ids:
        with pytest.raises(NotFound):
            agents.get_block(block_id)
    with pytest.raises(NotFound):
        agents.get_agent(agent_id)
    with server.http() as http:
        assert http.get(f"/v1/archives/{archive_id}").status_code == 404
    assert memory.get_memory_agent_id(subject_id) is None


def test_deleting_a_subject_twice_is_fine(memory: Memory, agents: Agents, subject_id: str) -> None:
    memory.initialize_subject(subject_id)
    memory.delete_subject(subject_id)
    memory.delete_subject(subject_id)
    assert agents.delete_subject(subject_id).agent_ids == ()


def test_a_shared_block_is_kept_for_the_agents_that_use_it(agents: Agents, subject_id: str) -> None:
    shared = agents.create_block(NewBlock("rules", "For all", "stay"))
    other = agents.create_agent(f"{subject_id}-other", shared_block_ids=[shared.id])
    mine = agents.create_agent(subject_id, [NewBlock("human", "About")], shared_block_ids=[shared.id])
    own = next(block.id for block in mine.blocks or () if block.label == "human")

    deleted = agents.delete_subject(subject_id)

    assert (deleted.agent_ids, deleted.block_ids, deleted.kept_block_ids) == ((mine.id,), (own,), (shared.id,))
    assert agents.get_block(shared.id).value == "stay"
    assert agents.block_agents(shared.id) == [other.id]
    assert agents.delete_agent(other.id).block_ids == (shared.id,)  # its last user goes, so it goes


def test_duplicates_of_a_subject_are_named_and_deleted_with_it(agents: Agents, subject_id: str) -> None:
    first = agents.create_agent(subject_id, [NewBlock("human", "About", "first")])
    second = agents.create_agent(subject_id, [NewBlock("human", "About", "second")])
    found = agents.find_agent(subject_id)
    assert found is not None
    assert (found.id, found.duplicates) == (second.id, (first.id,))
    assert set(agents.delete_subject(subject_id).agent_ids) == {first.id, second.id}
    assert agents.find_agent(subject_id) is None


def test_an_agent_of_another_program_is_not_touched(agents: Agents, server: Target, subject_id: str) -> None:
    with server.client() as letta:
        foreign = letta.agents.create(
            name=f"bot-{subject_id}", model=server.model, embedding=server.embedding, tags=[subject_id]
        )
        assert agents.find_agent(subject_id) is None
        assert agents.delete_subject(subject_id).agent_ids == ()
        assert letta.agents.retrieve(foreign.id).id == foreign.id
        letta.agents.delete(foreign.id)


def test_a_user_made_by_letta_memory_is_found(agents: Agents, server: Target, subject_id: str) -> None:
    with server.client() as letta:  # it sets no tag but the id
        made = letta.agents.create(
            name=f"subconscious_agent_user_{subject_id}",
            model=server.model,
            embedding=server.embedding,
            agent_type="sleeptime_agent",
            initial_message_sequence=[],
            tags=[subject_id],
        )
    found = agents.find_agent(subject_id)
    assert found is not None
    assert found.id == made.id


class NoArchive(httpx.HTTPTransport):
    """A way to the server on which storing passages fails."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/archival-memory"):
            return httpx.Response(503, request=request)
        return super().handle_request(request)


def test_what_could_not_be_finished_is_undone(agents: Agents, server: Target, subject_id: str) -> None:
    """A user whose first passage cannot be stored is not left half made."""
    way = NoArchive()
    unlucky = Memory(server.api_key, None, server.base_url, model=server.model, embedding=server.embedding, transport=way)
    with unlucky, pytest.raises(Unavailable):
        unlucky.initialize_user_memory(subject_id)
    assert agents.find_agent(subject_id) is None
