"""agents.create, retrieve, update, delete, recompile."""

import json
import re

import httpx
import pytest
from letta_client import BadRequestError, Letta, NotFoundError

from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target
from tests.model_answers import finish, text_of

UNKNOWN = "agent-00000000-0000-4000-8000-000000000000"
ID = re.compile(r"^agent-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")

# Every field of an agent on the wire, with its value in a new sleep-time agent where the request does not say.
# None stands for null; `...` for what depends on the server or is looked at below.
AGENT = {
    "created_by_id": ..., "last_updated_by_id": ..., "created_at": ..., "updated_at": ..., "id": ..., "name": ...,
    "tool_rules": ..., "message_ids": ..., "system": ..., "agent_type": "sleeptime_agent", "llm_config": ...,
    "embedding_config": ..., "model": ..., "embedding": ..., "model_settings": ..., "compaction_settings": ...,
    "response_format": None, "description": None, "metadata": None, "memory": ..., "blocks": ..., "tools": ...,
    "sources": [], "tags": [], "tool_exec_environment_variables": [], "secrets": [], "project_id": None,
    "template_id": None, "base_template_id": None, "deployment_id": None, "entity_id": None, "identity_ids": [],
    "identities": [], "pending_approval": None, "message_buffer_autoclear": False, "enable_sleeptime": None,
    "multi_agent_group": None, "managed_group": None, "last_run_completion": None, "last_run_duration_ms": None,
    "last_stop_reason": None, "timezone": "UTC", "max_files_open": 10, "per_file_view_window_char_limit": 25000,
    "hidden": None,
}  # fmt: skip


def minimal(target: Target) -> dict[str, object]:
    return {"agent_type": "sleeptime_agent", "model": target.model, "embedding": target.embedding}


def test_a_new_agent_has_every_field_and_default_of_letta(http: httpx.Client, target: Target) -> None:
    response = http.post("/v1/agents/", json=minimal(target))
    assert response.status_code == 200
    body = response.json()
    assert sorted(body) == sorted(AGENT)
    assert {key: body[key] for key, value in AGENT.items() if value is not ...} == {
        key: value for key, value in AGENT.items() if value is not ...
    }
    assert ID.match(body["id"])
    assert UTC.match(body["created_at"])
    assert UTC.match(body["updated_at"])
    assert body["name"].strip()
    assert body["system"].strip()
    assert body["model"] == target.model
    assert body["embedding"] == target.embedding
    assert body["llm_config"]["handle"] == target.model
    assert body["blocks"] == body["memory"]["blocks"] == []
    assert len(body["message_ids"]) == 1


def test_a_sleeptime_agent_is_given_the_memory_tools_and_their_rules(scripted: Scripted) -> None:
    agent = scripted.agent()
    tools = {"memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits"}
    assert {tool.name for tool in agent.tools} == tools
    rules = {rule.tool_name: rule.type for rule in agent.tool_rules or []}
    assert rules == dict.fromkeys(tools - {"memory_finish_edits"}, "continue_loop") | {"memory_finish_edits": "exit_loop"}


def test_the_default_type_is_letta_v1_agent(http: httpx.Client, target: Target) -> None:
    body = http.post("/v1/agents/", json={"model": target.model, "embedding": target.embedding}).json()
    assert body["agent_type"] == "letta_v1_agent"
    tools = {tool["name"] for tool in body["tools"]}
    assert tools >= {"memory_insert", "memory_replace"}
    assert ("conversation_search" in tools) is target.expect("default-tools", engine=False, letta=True)


def test_named_tools_instead_of_the_base_tools(scripted: Scripted) -> None:
    names = ["core_memory_append", "core_memory_replace", "memory_finish_edits"]
    agent = scripted.agent(tools=names, include_base_tools=False)
    assert sorted(str(tool.name) for tool in agent.tools) == names
    assert scripted.agent(include_base_tools=False).tools == []


def test_create_keeps_what_it_is_given(letta: Letta, scripted: Scripted) -> None:
    tags = [unique("tag"), "a tag with spaces", "ai-memory-sdk"]
    block = letta.blocks.create(label="shared", value="by id")
    made = scripted.agent(
        name="subconscious_agent_subject_Zoë 7", tags=tags, description="d", metadata={"a": {"b": [1, None]}},
        system="You keep notes.", block_ids=[block.id], timezone="Europe/Berlin",
    )  # fmt: skip
    agent = letta.agents.retrieve(made.id, include=["agent.tags", "agent.blocks"])
    assert agent.name == "subconscious_agent_subject_Zoë 7"
    assert sorted(agent.tags) == sorted(tags)
    assert (agent.description, agent.metadata, agent.timezone) == ("d", {"a": {"b": [1, None]}}, "Europe/Berlin")
    assert agent.system == "You keep notes."
    assert {b.label: b.value for b in agent.blocks} == {
        "shared": "by id",
        "human": "Name: Ann\nCity: Bern",
        "rules": "fixed",
    }
    assert block.id in {b.id for b in agent.blocks}


def test_the_first_messages_are_those_that_are_given(letta: Letta, scripted: Scripted) -> None:
    """Both original SDKs ask for none: the system message is then the only one."""
    said = [{"role": "user", "content": "Hello there"}, {"role": "assistant", "content": "Good morning"}]
    agent = scripted.agent(initial_message_sequence=said)
    found = letta.agents.messages.list(agent.id, order="asc").items
    assert [m.message_type for m in found] == ["system_message", "user_message", "assistant_message"]
    assert [str(m.content) for m in found[1:]] == ["Hello there", "Good morning"]  # type: ignore[union-attr]
    bare = letta.agents.messages.list(scripted.agent().id, order="asc").items
    assert [m.message_type for m in bare] == ["system_message"]


def test_two_agents_may_have_one_name(scripted: Scripted) -> None:
    name = unique("twin")
    assert scripted.agent(name=name).id != scripted.agent(name=name).id


def test_tags_blocks_and_tools_come_back_only_when_asked_for(letta: Letta, scripted: Scripted) -> None:
    made = scripted.agent(tags=["t"])
    assert (made.tags, len(made.blocks), len(made.tools)) == (["t"], 2, 4)
    bare = letta.agents.retrieve(made.id)
    assert (bare.tags, bare.blocks, bare.memory.blocks, bare.tools) == ([], [], [], [])
    assert bare.system == made.system
    assert letta.agents.retrieve(made.id, include=["agent.tags"]).tags == ["t"]
    assert {t.name for t in letta.agents.retrieve(made.id, include=["agent.tools"]).tools} == {t.name for t in made.tools}
    with_blocks = letta.agents.retrieve(made.id, include=["agent.blocks"])
    assert {b.label for b in with_blocks.blocks} == {b.label for b in with_blocks.memory.blocks} == {"human", "rules"}
    assert with_blocks.tools == []


def test_a_client_older_than_1_0_is_given_everything_unasked(scripted: Scripted, target: Target) -> None:
    made = scripted.agent(tags=["t"])
    old = {"User-Agent": "letta-client/0.1.307", "X-Stainless-Package-Version": ""}
    with target.http(**old) as http:
        body = http.get(f"/v1/agents/{made.id}").json()
        assert (body["tags"], len(body["blocks"]), len(body["tools"])) == (["t"], 2, 4)
        listed = http.get("/v1/agents/", params={"name": made.name}).json()[0]
        assert (listed["tags"], len(listed["blocks"])) == (["t"], 2)


def test_unknown_include_is_refused(http: httpx.Client, scripted: Scripted) -> None:
    response = http.get(f"/v1/agents/{scripted.agent().id}", params={"include": ["agent.bogus"]})
    assert response.status_code == 422
    assert "agent.bogus" in response.json()["detail"] or "include" in response.json()["detail"]


def test_update_changes_what_it_names_and_nothing_else(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent(tags=["one", "two"], description="old", metadata={"k": 1})
    changed = letta.agents.update(agent.id, name="new name")
    assert (changed.name, changed.description, changed.metadata) == ("new name", "old", {"k": 1})
    letta.agents.update(agent.id, tags=["two", "three"], description="new", metadata={"k": 2}, system="S")
    now = letta.agents.retrieve(agent.id, include=["agent.tags", "agent.blocks"])
    assert sorted(now.tags) == ["three", "two"]
    assert (now.name, now.description, now.metadata, now.system) == ("new name", "new", {"k": 2}, "S")
    assert {b.label for b in now.blocks} == {"human", "rules"}
    assert now.created_at == agent.created_at
    assert now.updated_at is not None
    assert agent.updated_at is not None
    assert now.updated_at > agent.updated_at
    letta.agents.update(agent.id, tags=[])
    assert letta.agents.retrieve(agent.id, include=["agent.tags"]).tags == []


def test_update_may_give_an_agent_other_blocks(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    block = letta.blocks.create(label="other", value="v")
    letta.agents.update(agent.id, block_ids=[block.id])
    assert scripted.values(agent.id) == {"other": "v"}
    assert letta.blocks.retrieve(str(agent.blocks[0].id)).value == agent.blocks[0].value


def test_delete_takes_messages_and_runs_and_leaves_blocks_and_archive(
    letta: Letta, http: httpx.Client, scripted: Scripted
) -> None:
    agent = scripted.agent()
    run = scripted.learn(agent.id, finish()).run
    passage = letta.agents.passages.create(agent.id, text="stays")[0]
    response = http.delete(f"/v1/agents/{agent.id}")
    assert (response.status_code, response.json()) == (200, {"message": f"Agent id={agent.id} successfully deleted"})
    assert http.get(f"/v1/agents/{agent.id}").status_code == 404
    assert http.delete(f"/v1/agents/{agent.id}").status_code == 404
    assert http.get(f"/v1/agents/{agent.id}/messages").status_code == 404
    assert http.get(f"/v1/runs/{run.id}").status_code == 404
    assert letta.runs.list(agent_id=agent.id).items == []
    for block in agent.blocks:
        assert letta.blocks.retrieve(str(block.id)).value == block.value
    assert letta.archives.retrieve(str(passage.archive_id)).id == passage.archive_id


def test_recompile_gives_the_prompt_with_every_block(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent(system="You keep notes.")
    prompt = json.loads(letta.agents.recompile(agent.id))  # the client hands the JSON string on as it came
    assert prompt.startswith("You keep notes.")
    human = prompt.split("<human>")[1].split("</human>")[0]
    assert "About the person" in human
    assert "Name: Ann\nCity: Bern" in human
    assert "chars_limit=60" in human
    assert "read_only=true" in prompt.split("<rules>")[1].split("</rules>")[0]
    assert "read_only=true" not in human
    assert json.loads(letta.agents.recompile(agent.id, dry_run=True)).startswith("You keep notes.")


def test_the_next_run_sees_an_attached_block(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    block = letta.blocks.create(label="late", value="attached later")
    letta.agents.blocks.attach(block.id, agent_id=agent.id)
    prompt = text_of(scripted.learn(agent.id, finish()).requests[0]["messages"][0])
    assert ("attached later" in prompt) is target.expect("attach-prompt", engine=True, letta=False)
    letta.agents.recompile(agent.id)
    assert "attached later" in text_of(scripted.learn(agent.id, finish()).requests[0]["messages"][0])


def test_the_next_run_sees_an_edited_block(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    letta.agents.blocks.update("human", agent_id=agent.id, value="Name: Bea")
    assert "Name: Bea" in text_of(scripted.learn(agent.id, finish()).requests[0]["messages"][0])


def test_a_model_handle_is_needed(letta: Letta) -> None:
    with pytest.raises(BadRequestError, match="model"):
        letta.agents.create(agent_type="sleeptime_agent")


def test_any_model_handle_will_do(letta: Letta, target: Target) -> None:
    """ai-memory-sdk asks for `openai/gpt-4.1`, whatever model the server has."""
    if target.expect("any-model", engine=True, letta=False):
        assert letta.agents.create(model="openai/gpt-4.1").model == "openai/gpt-4.1"
        assert letta.agents.create(model="nowhere/none").model == "nowhere/none"
    else:
        with pytest.raises(NotFoundError, match="nowhere/none"):
            letta.agents.create(model="nowhere/none")


def test_bad_bodies_are_refused(http: httpx.Client, target: Target) -> None:
    for body in ({"name": 5}, {"agent_type": "wizard"}, {"tags": "one"}, {"memory_blocks": [{"value": "no label"}]}):
        response = http.post("/v1/agents/", json={**minimal(target), **body})
        assert response.status_code == 422, body
        assert next(iter(body)) in response.json()["detail"]
    assert http.post("/v1/agents/", content=b"{bad").status_code == 422


def test_a_name_with_a_slash(scripted: Scripted, http: httpx.Client, target: Target) -> None:
    response = http.post("/v1/agents/", json={**minimal(target), "name": "a/b"})
    assert response.status_code == target.expect("agent-name", engine=422, letta=500)
    assert "name" in response.json()["detail"]
    renamed = http.patch(f"/v1/agents/{scripted.agent().id}", json={"name": "a/b"})
    assert renamed.status_code == target.expect("agent-name", engine=422, letta=200)


def test_unknown_block_ids_at_create(http: httpx.Client, target: Target) -> None:
    unknown = ["block-00000000-0000-4000-8000-000000000000"]
    response = http.post("/v1/agents/", json={**minimal(target), "block_ids": unknown})
    assert response.status_code == target.expect("create-block-ids", engine=404, letta=200)


def test_two_blocks_of_one_label_at_create(http: httpx.Client, target: Target) -> None:
    name = unique("double")
    blocks = [{"label": "a", "value": "1"}, {"label": "a", "value": "2"}]
    response = http.post("/v1/agents/", json={**minimal(target), "name": name, "memory_blocks": blocks})
    assert response.status_code == target.expect("create-same-label", engine=409, letta=200)
    left = len(http.get("/v1/agents/", params={"name": name}).json())
    assert left == target.expect("create-same-label", engine=0, letta=1)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_and_malformed_ids(http: httpx.Client, method: str) -> None:
    body: dict[str, object] | None = {} if method == "PATCH" else None
    unknown = http.request(method, f"/v1/agents/{UNKNOWN}", json=body)
    assert unknown.status_code == 404
    assert UNKNOWN in unknown.json()["detail"]
    malformed = http.request(method, "/v1/agents/nonsense", json=body)
    assert malformed.status_code == 422
    assert "agent-{uuid4}" in malformed.json()["detail"]
    assert malformed.json()["examples"] == ["agent-123e4567-e89b-42d3-8456-426614174000"]
