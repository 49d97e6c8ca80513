"""agents.export_file and agents.import_file: an agent goes out as a file and comes in as another one of the same kind."""

import json
from typing import Any

import pytest
from letta_client import APIStatusError, Letta

from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target
from tests.model_answers import call, finish

KEYS = {"agents", "groups", "blocks", "files", "sources", "tools", "mcp_servers", "skills", "metadata", "created_at"}


def exported(letta: Letta, agent_id: str) -> dict[str, Any]:
    """letta-client calls its answer a str; it is what the server's JSON holds."""
    answer: Any = letta.agents.export_file(agent_id)
    found: dict[str, Any] = json.loads(answer) if isinstance(answer, str) else answer
    return found


def imported(letta: Letta, document: dict[str, Any], **fields: Any) -> str:
    content = json.dumps(document).encode()
    [agent_id] = letta.agents.import_file(file=("agent.af", content, "application/json"), **fields).agent_ids
    return agent_id


def test_an_agent_file_holds_the_agent_its_blocks_and_its_conversation(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent(tags=["user_ida"])
    scripted.learn(agent.id, call("memory_insert", label="human", new_string="Likes cats"), finish(), text="I like cats")
    file = exported(letta, agent.id)
    assert set(file) == KEYS
    [kept] = file["agents"]
    assert (kept["id"], kept["name"], kept["agent_type"], kept["tags"]) == (
        "agent-0",
        agent.name,
        "sleeptime_agent",
        ["user_ida"],
    )
    assert {(one["label"], one["limit"], one["read_only"]) for one in file["blocks"]} == {
        ("human", 60, False),
        ("rules", file["blocks"][1]["limit"], True),
    }
    assert [one["value"] for one in file["blocks"] if one["label"] == "human"] == ["Name: Ann\nCity: Bern\nLikes cats"]
    assert set(kept["block_ids"]) == {one["id"] for one in file["blocks"]}
    assert kept["messages"][0]["role"] == "system"


def test_what_goes_out_comes_in_again(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent(tags=[unique("tag")])
    file = exported(letta, agent.id)
    copy = letta.agents.retrieve(imported(letta, file, append_copy_suffix=False), include=["agent.blocks", "agent.tags"])
    assert (copy.name, copy.tags, copy.agent_type) == (agent.name, file["agents"][0]["tags"], "sleeptime_agent")
    assert {(one.label, one.value) for one in copy.blocks} == {("human", "Name: Ann\nCity: Bern"), ("rules", "fixed")}
    assert not {one.id for one in copy.blocks} & {one.id for one in letta.agents.blocks.list(agent.id)}


def test_a_copy_is_called_one_unless_it_is_named(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    file = exported(letta, agent.id)
    assert letta.agents.retrieve(imported(letta, file)).name == f"{agent.name}_copy"
    name = unique("named")
    assert letta.agents.retrieve(imported(letta, file, name=name)).name == name


def test_an_imported_agent_learns(letta: Letta, scripted: Scripted) -> None:
    file = exported(letta, scripted.agent().id)
    copy = imported(letta, file)
    learned = scripted.learn(copy, call("memory_insert", label="human", new_string="Likes cats"), finish())
    assert learned.run.status == "completed"
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern\nLikes cats"


def test_the_conversation_can_be_left_behind(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    scripted.learn(agent.id, finish(), text="I like cats")
    answer: Any = letta.agents.export_file(agent.id, scrub_messages=True)
    file = json.loads(answer) if isinstance(answer, str) else answer
    assert file["agents"][0]["messages"] == []
    assert letta.agents.retrieve(imported(letta, file)).id


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"blocks": []}'], ids=["text", "list", "legacy"])
def test_what_is_no_agent_file_is_refused(letta: Letta, content: bytes) -> None:
    with pytest.raises(APIStatusError) as refused:
        letta.agents.import_file(file=("agent.af", content, "application/json"))
    assert refused.value.status_code in (400, 422, 500)
