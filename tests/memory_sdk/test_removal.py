"""What hangs on an agent is found, deleted and asked for again; the calls are letta-client's."""

from collections.abc import Callable

import pytest
from letta_client import Letta

from memory_sdk import calls, removal_calls
from memory_sdk.agents import Agents
from memory_sdk.belongings import DELETED
from memory_sdk.errors import Unavailable
from memory_sdk.models import NewBlock
from tests.memory_sdk.test_calls import AGENT, ARCHIVE, ours, sent, theirs
from tests.memory_sdk.test_calls import RUN as RUN_ID

STEP = "step-00000000-0000-4000-8000-000000000005"
FOLDER = "source-00000000-0000-4000-8000-000000000006"
FILE = "file-00000000-0000-4000-8000-000000000007"
CONVERSATION = "conv-00000000-0000-4000-8000-000000000008"
MESSAGE = "message-00000000-0000-4000-8000-000000000009"

PAIRS: dict[str, tuple[calls.Call, Callable[[Letta], object]]] = {
    "agents_messages_all": (
        removal_calls.agents_messages_all(AGENT, after=MESSAGE),
        lambda letta: letta.agents.messages.list(AGENT, limit=1000, order="asc", after=MESSAGE),
    ),
    "archives_retrieve": (removal_calls.archives_retrieve(ARCHIVE), lambda letta: letta.archives.retrieve(ARCHIVE)),
    "archives_all": (removal_calls.archives_all(1), lambda letta: letta.archives.list(limit=1)),
    "archives_page": (
        removal_calls.archives_page(ARCHIVE, 50),
        lambda letta: letta.archives.list(limit=50, order="asc", after=ARCHIVE),
    ),
    "folders_page": (
        removal_calls.folders_page(FOLDER, 50),
        lambda letta: letta.folders.list(limit=50, order="asc", after=FOLDER),
    ),
    "passages_search": (
        removal_calls.passages_search("x"),
        lambda letta: letta.passages.search(query="x", limit=100),
    ),
    "conversations_list": (
        removal_calls.conversations_list(AGENT, after=CONVERSATION),
        lambda letta: letta.conversations.list(agent_id=AGENT, limit=100, order="asc", after=CONVERSATION),
    ),
    "conversations_retrieve": (
        removal_calls.conversations_retrieve(CONVERSATION),
        lambda letta: letta.conversations.retrieve(CONVERSATION),
    ),
    "conversations_delete": (
        removal_calls.conversations_delete(CONVERSATION),
        lambda letta: letta.conversations.delete(CONVERSATION),
    ),
    "conversations_messages_list": (
        removal_calls.conversations_messages_list(CONVERSATION, after=MESSAGE),
        lambda letta: letta.conversations.messages.list(CONVERSATION, limit=100, order="asc", after=MESSAGE),
    ),
    "folders_retrieve": (removal_calls.folders_retrieve(FOLDER), lambda letta: letta.folders.retrieve(FOLDER)),
    "folders_delete": (removal_calls.folders_delete(FOLDER), lambda letta: letta.folders.delete(FOLDER)),
    "folders_agents_list": (
        removal_calls.folders_agents_list(FOLDER),
        lambda letta: letta.folders.agents.list(FOLDER, limit=1000),
    ),
    "folders_files_list": (
        removal_calls.folders_files_list(FOLDER, after=FILE),
        lambda letta: letta.folders.files.list(FOLDER, limit=100, order="asc", after=FILE),
    ),
    "folders_files_retrieve": (
        removal_calls.folders_files_retrieve(FILE, FOLDER),
        lambda letta: letta.folders.files.retrieve(FILE, folder_id=FOLDER),
    ),
    "runs_steps_list": (
        removal_calls.runs_steps_list(RUN_ID),
        lambda letta: letta.runs.steps.list(RUN_ID, limit=1000, order="asc"),
    ),
    "steps_retrieve": (removal_calls.steps_retrieve(STEP), lambda letta: letta.steps.retrieve(STEP)),
    "steps_trace_retrieve": (removal_calls.steps_trace_retrieve(STEP), lambda letta: letta.steps.trace.retrieve(STEP)),
    "messages_retrieve": (removal_calls.messages_retrieve(MESSAGE), lambda letta: letta.messages.retrieve(MESSAGE)),
}
LACKING = {
    "blocks_unattached",
    "blocks_search",  # as the one above: it has the call, but not its argument for hidden blocks
    "archives_agents_all",
    "identities_list",
    "identities_retrieve",
    "identities_delete",
    "identities_agents_list",
}
"""Routes of the server that letta-client 1.12.1 lacks."""


@pytest.mark.parametrize("name", PAIRS)
def test_a_call_is_what_letta_client_would_send(name: str) -> None:
    call, ask = PAIRS[name]
    assert sent(ours(call)) == sent(theirs(ask))


def test_every_call_is_held_to_letta_client() -> None:
    made = {name for name in vars(removal_calls) if not name.startswith("_")} & {
        name for name, value in vars(removal_calls).items() if getattr(value, "__module__", "") == removal_calls.__name__
    }
    assert made - set(PAIRS) == LACKING


# on a live server -----------------------------------------------------------------------------------------------------


def test_everything_that_hangs_on_an_agent_is_collected_deleted_and_gone(agents: Agents, subject_id: str) -> None:
    shared = agents.create_block(NewBlock("rules", "For all", "stay"))
    other = agents.create_agent(f"{subject_id}-other", shared_block_ids=[shared.id])
    mine = agents.create_agent(subject_id, [NewBlock("human", "About", "Name: Ida")], shared_block_ids=[shared.id])
    twice = agents.create_agent(subject_id, [NewBlock("human", "About", "Ida again")])
    detached = agents.create_block(NewBlock("old", "Was attached once", "Ida"))
    agents.create_passage(mine.id, "Ida likes cats", ["user"])

    tagged, strangers = agents.removal.agents_of(subject_id)
    assert (set(tagged), strangers) == ({mine.id, twice.id}, [])
    found = agents.removal.collect(tagged, block_ids=[detached.id, "block-" + "0" * 8 + "-0000-4000-8000-" + "0" * 12])
    assert set(found.own["agent"]) == {mine.id, twice.id}
    assert set(found.own["block"]) == {
        *(block.id for agent in (mine, twice) for block in agent.blocks or () if block.id != shared.id),
        detached.id,
    }
    assert found.shared == {"block": (shared.id,)}
    assert (len(found.own["archive"]), len(found.own["passage"])) == (1, 1)

    for kind in DELETED:
        for one in found.own.get(kind, ()):
            assert agents.removal.is_there(kind, one)
            assert agents.removal.delete(kind, one)
            assert agents.removal.is_there(kind, one) is False
            assert not agents.removal.delete(kind, one), "twice is fine"
    assert agents.removal.agents_of(subject_id) == ([], [])
    assert agents.removal.is_there("block", shared.id)
    assert agents.block_agents(shared.id) == [other.id]
    gone = agents.removal.collect(tagged, block_ids=[detached.id])
    assert gone.own == {}


def test_a_text_is_found_in_blocks_and_passages(agents: Agents, subject_id: str) -> None:
    word = f"word{subject_id[-8:]}"
    agent = agents.create_agent(subject_id, [NewBlock("human", "About", f"Called {word}."), NewBlock("other", "About")])
    passage = agents.create_passage(agent.id, f"{word} was here", [])
    agents.create_passage(agent.id, "nobody was here", [])
    assert agents.removal.blocks_with(word) == [next(block.id for block in agent.blocks or () if block.label == "human")]
    assert agents.removal.passages_with(word) == [passage.id]


def test_an_agent_that_is_listed_and_not_there_is_not_taken_for_gone(agents: Agents) -> None:
    lost = "agent-00000000-0000-4000-8000-00000000dead"
    assert agents.removal.collect([lost]).own == {}
    with pytest.raises(Unavailable, match="is there and that it is not"):
        agents.removal.collect([lost], listed=[lost])
