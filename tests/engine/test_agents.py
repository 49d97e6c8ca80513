"""`/v1/agents` through the test client and through letta-client."""

import json
import re
from typing import Any

import letta_client
import pytest
from letta_client import Letta

from engine.models import Agent, Block, Message
from tests.engine.conftest import MODEL, NOBODY, Http

BLOCKS = [
    {"label": "human", "description": "About the person", "value": "Name: Ann", "limit": 10000},
    {"label": "summary", "value": "", "limit": 1000},
]


def test_a_new_agent_is_shown_whole(http: Http) -> None:
    agent = http.agent(name="subconscious_agent_user_ann", tags=["ann", "ai-memory-sdk"], memory_blocks=BLOCKS)
    assert re.fullmatch(r"agent-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", agent["id"])
    assert agent["tags"] == ["ann", "ai-memory-sdk"]
    assert [block["label"] for block in agent["blocks"]] == ["human", "summary"]
    assert agent["memory"]["blocks"] == agent["blocks"]
    assert [tool["name"] for tool in agent["tools"]] == [
        "memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits",
    ]  # fmt: skip
    assert {rule["type"] for rule in agent["tool_rules"] if rule["tool_name"] != "memory_finish_edits"} == {"continue_loop"}
    assert agent["model"] == "openai/gpt-4.1"
    assert agent["llm_config"]["handle"] == "openai/gpt-4.1"
    assert agent["embedding_config"]["embedding_model"] == "text-embedding-3-small"
    assert agent["message_ids"] == [Message.objects.get(agent_id=agent["id"]).pk]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", agent["created_at"])


def test_only_a_model_is_needed(http: Http) -> None:
    answer = http.post("/agents/", {"model": "openai/gpt-4.1"})
    assert answer.status == 200
    assert answer.body["agent_type"] == "letta_v1_agent"
    assert answer.body["name"].isalpha()
    assert answer.body["embedding_config"] is None
    assert answer.body["system"]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"name": "x"}, 400, "INVALID_ARGUMENT: Must specify either model or llm_config in request"),
        ({"model": "gpt-4.1"}, 400, "INVALID_ARGUMENT: The model handle should be in the format provider/model-name"),
        ({**MODEL, "name": 5}, 422, "'loc': ('body', 'name')"),
        ({**MODEL, "name": None}, 422, "'loc': ('body', 'name')"),
        ({**MODEL, "name": "we/ird"}, 422, "'loc': ('body', 'name')"),
        ({**MODEL, "agent_type": "x"}, 422, "Input should be 'memgpt_agent', 'memgpt_v2_agent'"),
        ({**MODEL, "tags": "a"}, 422, "Input should be a valid list"),
        ({**MODEL, "tags": ["a\x00b"]}, 422, "NUL"),
        ({**MODEL, "memory_blocks": [{"value": "x"}]}, 422, "'loc': ('body', 'memory_blocks', 0, 'label')"),
        ({**MODEL, "memory_blocks": [{"label": "a", "limit": 10**12}]}, 422, "'limit'"),
        ({**MODEL, "block_ids": ["x"]}, 422, "String should have at least 42 characters"),
        ({**MODEL, "timezone": "Mars/Olympus"}, 422, "'timezone'"),
        ({**MODEL, "tools": ["nope"]}, 400, "Tools not found by name: {'nope'}"),
        ({**MODEL, "agent_type": "voice_convo_agent"}, 422, "requires enable_sleeptime"),
        ({**MODEL, "enable_sleeptime": True}, 501, "sleep-time agent pairs"),
        ({**MODEL, "secrets": {"A": "b"}}, 501, "secrets"),
        ({**MODEL, "identity_ids": ["identity-1"]}, 501, "identities"),
    ],
)
def test_a_bad_agent_is_refused_whole(http: Http, body: dict[str, Any], status: int, detail: str) -> None:
    answer = http.post("/agents/", body)
    assert (answer.status, detail in answer.detail) == (status, True), answer.body
    assert not Agent.objects.exists()
    assert not Block.objects.exists()


def test_blocks_are_shared_by_their_ids(http: Http) -> None:
    shared = http.post("/blocks/", {"label": "team", "value": "blue"}).body
    agent = http.agent(memory_blocks=BLOCKS, block_ids=[shared["id"], shared["id"]])
    assert [block["label"] for block in agent["blocks"]] == ["human", "summary", "team"]
    clash = http.post("/agents/", {**MODEL, "memory_blocks": [{"label": "team"}], "block_ids": [shared["id"]]})
    assert clash.status == 409
    unknown = http.post("/agents/", {**MODEL, "memory_blocks": BLOCKS, "block_ids": [f"block-{NOBODY}"]})
    assert unknown.detail == f"Block with id 'block-{NOBODY}' not found"
    assert http.patch(f"/agents/{agent['id']}", {"block_ids": [f"block-{NOBODY}"]}).status == 404
    assert len(http.get(f"/agents/{agent['id']}/core-memory/blocks").body) == 3
    assert (Agent.objects.count(), Block.objects.count()) == (1, 3)


def test_two_blocks_with_one_label_are_refused(http: Http) -> None:
    answer = http.post("/agents/", {**MODEL, "memory_blocks": [{"label": "a", "value": "1"}, {"label": "a", "value": "2"}]})
    assert answer.status == 409
    assert not Block.objects.exists()


def test_relations_are_shown_when_asked_for(http: Http) -> None:
    agent = http.agent(tags=["t"], memory_blocks=BLOCKS)

    def shown(query: str) -> tuple[int, int, int]:
        body = http.get(f"/agents/{agent['id']}{query}").body
        assert body["memory"]["blocks"] == body["blocks"]
        return len(body["tags"]), len(body["blocks"]), len(body["tools"])

    assert shown("") == (0, 0, 0)
    assert shown("?include=agent.tags") == (1, 0, 0)
    assert shown("?include=agent.blocks") == (1, 2, 0)
    assert shown("?include=agent.tools") == (0, 0, 4)
    assert shown("?include=agent.tools&include=agent.blocks") == (1, 2, 4)
    assert shown("?include_relationships=memory") == (1, 2, 0)
    assert http.get(f"/agents/{agent['id']}?include=agent.bogus").status == 422


def test_clients_before_1_0_are_shown_everything(old_http: Http) -> None:
    agent = old_http.agent(tags=["t"], memory_blocks=BLOCKS)
    body = old_http.get(f"/agents/{agent['id']}").body
    assert (len(body["tags"]), len(body["blocks"]), len(body["tools"])) == (1, 2, 4)
    body = old_http.get(f"/agents/{agent['id']}?include_relationships=tags").body
    assert (len(body["tags"]), len(body["blocks"]), len(body["tools"])) == (1, 0, 0)
    [body] = old_http.get("/agents/?tags=t").body
    assert len(body["blocks"]) == 2


def test_unknown_agents(http: Http) -> None:
    unknown = f"agent-{NOBODY}"
    assert http.get(f"/agents/{unknown}").detail == f"Agent with ID {unknown} not found"
    for answer in (
        http.get(f"/agents/{unknown}"),
        http.patch(f"/agents/{unknown}", {"name": "x"}),
        http.delete(f"/agents/{unknown}"),
        http.post(f"/agents/{unknown}/recompile"),
        http.get(f"/agents/{unknown}/core-memory/blocks"),
        http.get(f"/agents/{unknown}/core-memory/blocks/human"),
        http.patch(f"/agents/{unknown}/core-memory/blocks/attach/block-{NOBODY}"),
    ):
        assert answer.status == 404, answer.body


def test_an_id_of_another_shape_is_invalid(http: Http) -> None:
    answer = http.get("/agents/nonsense")
    assert answer.status == 422
    assert answer.body == {
        "trace_id": "",
        "detail": "[{'type': 'string_pattern_mismatch', 'loc': ('path', 'agent_id'), 'msg': \"String should match pattern "
        "'agent-{uuid4}'\", 'input': 'nonsense', 'ctx': {'pattern': "
        "'^agent-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'}}]",
        "examples": ["agent-123e4567-e89b-42d3-8456-426614174000"],
    }


def test_update_changes_what_is_given(http: Http) -> None:
    agent = http.agent(name="before", tags=["z", "a"], memory_blocks=BLOCKS, description="d")
    block = http.post("/blocks/", {"label": "new"}).body
    changes = {"name": "after", "tags": ["z", "b"], "metadata": {"k": 1}, "description": None}
    body = http.patch(f"/agents/{agent['id']}", changes).body
    assert (body["name"], body["tags"], body["metadata"], body["description"]) == ("after", ["b", "z"], {"k": 1}, "d")
    assert [block["label"] for block in body["blocks"]] == ["human", "summary"]
    assert body["updated_at"] > agent["updated_at"]
    changes = {"block_ids": [block["id"]], "model": "anthropic/claude", "timezone": "Europe/Zurich"}
    body = http.patch(f"/agents/{agent['id']}", changes).body
    assert [block["label"] for block in body["blocks"]] == ["new"]
    assert (body["model"], body["llm_config"]["model_endpoint_type"]) == ("anthropic/claude", "anthropic")
    assert body["timezone"] == "Europe/Zurich"
    assert Block.objects.count() == 3
    assert http.patch(f"/agents/{agent['id']}", {"name": "a/b"}).status == 422


def test_deletion_leaves_the_blocks(http: Http) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    assert http.delete(f"/agents/{agent['id']}").body == {"message": f"Agent id={agent['id']} successfully deleted"}
    assert http.delete(f"/agents/{agent['id']}").status == 404
    assert not Message.objects.exists()
    assert len(http.get("/blocks/?connected_to_agents_count_eq=0").body) == 2


def test_the_prompt_is_compiled_with_the_blocks_as_they_are_now(http: Http, letta: Letta) -> None:
    agent = http.agent(system="You remember.", memory_blocks=BLOCKS)
    block = http.post("/blocks/", {"label": "late", "value": "attached later", "read_only": True}).body
    http.patch(f"/agents/{agent['id']}/core-memory/blocks/attach/{block['id']}")
    prompt = json.loads(letta.agents.recompile(agent["id"]))  # letta-client hands the JSON on as it came
    assert prompt.startswith("You remember.\n\n<memory_blocks>")
    assert "<value>\nName: Ann\n</value>" in prompt
    assert "attached later" in prompt
    assert "- chars_limit=10000" in prompt


def test_letta_client_reads_what_it_wrote(letta: Letta) -> None:
    blocks: Any = [{"label": "human", "value": "v"}]
    made = letta.agents.create(**MODEL, name="sdk", agent_type="sleeptime_agent", tags=["sdk"], memory_blocks=blocks)
    assert [tool.name for tool in made.tools] == ["memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits"]
    again = letta.agents.retrieve(made.id, include=["agent.blocks"])
    assert [block.value for block in again.blocks] == ["v"]
    assert again.created_at == made.created_at
    assert letta.agents.update(made.id, description="now").description == "now"
    letta.agents.delete(made.id)
    with pytest.raises(letta_client.NotFoundError):
        letta.agents.retrieve(made.id)


FROZEN = 1  # whether the agent is
TOLD = 2  # whose agents they are, and the entry in the audit log


def test_query_counts(http: Http, django_assert_num_queries: Any) -> None:
    agent = http.agent(tags=["n"], memory_blocks=BLOCKS)
    for _ in range(3):
        http.agent(tags=["n"], memory_blocks=BLOCKS)
    http.get("/agents/?tags=n")  # the first list by tag learns which tags are common, for some minutes
    # Four inserts; begin and end of the transaction, and of the one around it.
    with django_assert_num_queries(4 + 2 + 2 + TOLD):
        http.agent(name="counted", memory_blocks=BLOCKS)
    with django_assert_num_queries(1 + TOLD):
        http.get("/agents/?tags=n")
    with django_assert_num_queries(2 + FROZEN + TOLD):
        http.get("/agents/?tags=n&include=agent.blocks&include=agent.tags")
    with django_assert_num_queries(1 + FROZEN + TOLD):
        http.get(f"/agents/{agent['id']}")
    with django_assert_num_queries(2 + FROZEN + TOLD):
        http.get(f"/agents/{agent['id']}?include=agent.blocks")
    with django_assert_num_queries(1 + FROZEN + TOLD):
        http.get(f"/agents/{agent['id']}/core-memory/blocks")
    with django_assert_num_queries(1 + FROZEN + TOLD):
        http.get(f"/agents/{agent['id']}/core-memory/blocks/human")
