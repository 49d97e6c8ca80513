"""`/v1/blocks` and an agent's core memory, through the test client and through letta-client."""

from typing import Any

import letta_client
import pytest
from letta_client import Letta

from engine.models import Block
from engine.transport import EngineTransport
from memory_sdk import BlockChange, NotFound, reading
from memory_sdk.agents import Agents
from tests.engine.conftest import NOBODY, Http

SHAPE = {
    "value": "hello", "limit": 100000, "project_id": None, "template_name": None, "is_template": False, "template_id": None,
    "base_template_id": None, "deployment_id": None, "entity_id": None, "preserve_on_migration": False, "label": "note",
    "read_only": False, "description": None, "metadata": {}, "hidden": None, "created_by_id": None,
    "last_updated_by_id": None, "tags": [],
}  # fmt: skip


def test_defaults_of_a_block(http: Http) -> None:
    body = http.post("/blocks/", {"label": "note", "value": "hello"}).body
    assert body.pop("id").startswith("block-")
    assert body == SHAPE
    assert http.post("/blocks/", {"label": "v"}).body["value"] == ""
    assert http.post("/blocks/", {"label": "v", "value": None}).body["value"] == ""
    assert http.post("/blocks/", {"label": "", "value": ""}).body["label"] == ""
    assert http.post("/blocks/", {"label": "big", "value": "h" * 50, "limit": 10}).body["limit"] == 10
    assert http.post("/blocks/", {"label": "neg", "limit": -1}).body["limit"] == -1
    assert http.post("/blocks/", {"label": "human"}).body["description"].startswith("The human block")
    assert http.post("/blocks/", {"label": "human", "description": ""}).body["description"] == ""


def test_everything_a_block_can_be_given(http: Http) -> None:
    given = {
        "label": "note2", "value": "hello", "limit": 200, "description": "d", "read_only": True, "metadata": {"a": 1},
        "tags": ["bt"], "hidden": True, "template_name": "t", "is_template": True,
    }  # fmt: skip
    made = http.post("/blocks/", given).body
    assert {name: made[name] for name in given} == given
    assert http.get(f"/blocks/{made['id']}").body == made


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"value": "hello"}, "'loc': ('body', 'label'), 'msg': 'Field required'"),
        ({"label": "b", "limit": "many"}, "unable to parse string as an integer"),
        ({"label": "b", "limit": 2**31}, "'limit'"),
        ({"label": "a\x00b"}, "NUL"),
        ({"label": "b", "value": "half \ud800 a pair"}, "valid text"),
        ({"label": "b", "metadata": {"k\x00": 1}}, "NUL"),
        ({"label": "b", "metadata": [1]}, "valid dictionary"),
        ([], "('body',)"),
    ],
)
def test_bad_blocks(http: Http, body: Any, place: str) -> None:
    answer = http.post("/blocks/", body)
    assert (answer.status, place in answer.detail) == (422, True), answer.body
    assert answer.body["trace_id"] == ""
    assert not Block.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"{bad", b"\xff\xfe", b'{"label": NaN}', b"[" * 100_000, b'"text"', b"null"])
def test_bodies_that_are_not_an_object(http: Http, raw: bytes) -> None:
    assert http("POST", "/blocks/", raw=raw).status == 422


def test_nul_characters_are_dropped_from_values(http: Http) -> None:
    assert http.post("/blocks/", {"label": "nul", "value": "a\x00b"}).body["value"] == "ab"


def test_update_leaves_what_is_not_given(http: Http) -> None:
    block = http.post("/blocks/", {"label": "note", "value": "v1", "description": "d"}).body
    path = f"/blocks/{block['id']}"
    assert http.patch(path, {"value": "v2"}).body == {**block, "value": "v2"}
    assert http.patch(path, {"value": None, "description": None}).body["description"] == "d"
    assert http.patch(path, {}).body["value"] == "v2"
    assert http.patch(path, {"value": ""}).body["value"] == ""
    changed = {"value": "x" * 300, "limit": 100, "label": "note3", "read_only": True, "metadata": {"z": 2}, "tags": ["t"]}
    assert http.patch(path, changed).body == {**block, **changed}
    assert http.patch(f"/blocks/block-{NOBODY}", {"value": "x"}).status == 404
    assert http.patch("/blocks/xxx", {"value": "x"}).status == 422


def test_deletion(http: Http) -> None:
    block = http.post("/blocks/", {"label": "note"}).body
    assert http.delete(f"/blocks/{block['id']}").body is None
    assert http.delete(f"/blocks/{block['id']}").status == 404
    assert http.get(f"/blocks/{block['id']}").detail == f"Block with id '{block['id']}' not found"


def test_filters(http: Http) -> None:
    agent = http.agent(memory_blocks=[{"label": "mine", "value": "50% of it"}])
    http.agent(block_ids=[agent["blocks"][0]["id"]])
    http.post("/blocks/", {"label": "note", "value": "two", "description": "Daily"})
    http.post("/blocks/", {"label": "hidden", "hidden": True})
    http.post("/blocks/", {"label": "tpl", "is_template": True, "template_name": "t"})
    http.post("/blocks/", {"label": "tagged", "tags": ["x", "y"], "project_id": "p"})

    def labels(query: str) -> list[str]:
        return [block["label"] for block in http.get(f"/blocks/?{query}").body]

    assert labels("") == ["mine", "note", "tagged"]
    assert labels("order=desc") == ["tagged", "note", "mine"]
    assert labels("label=note") == ["note"]
    assert labels("label_search=OT") == ["note"]
    assert labels("value_search=%25") == ["mine"]
    assert labels("description_search=dai") == ["note"]
    assert labels("templates_only=true") == ["tpl"]
    assert labels("templates_only=true&name=t") == ["tpl"]
    assert labels("show_hidden_blocks=true") == ["mine", "note", "hidden", "tagged"]
    assert labels("tags=x&tags=z") == ["tagged"]
    assert labels("tags=x&tags=z&match_all_tags=true") == []
    assert labels("project_id=p") == ["tagged"]
    assert labels("identifier_keys=x") == []
    assert labels("connected_to_agents_count_eq=0") == ["note", "tagged"]
    assert labels("connected_to_agents_count_eq=2") == ["mine"]
    assert labels("connected_to_agents_count_eq=0&connected_to_agents_count_eq=2") == ["mine", "note", "tagged"]
    assert labels("connected_to_agents_count_gt=0") == ["mine"]
    assert labels("connected_to_agents_count_gt=2") == []
    assert labels("connected_to_agents_count_lt=1") == ["note", "tagged"]
    assert labels("connected_to_agents_count_lt=3&connected_to_agents_count_gt=1") == ["mine"]
    assert http.get("/blocks/count").body == 3
    for bad in ("identity_id=x", "order_by=label", "limit=-1", "connected_to_agents_count_eq=x"):
        assert http.get(f"/blocks/?{bad}").status == 422, bad


def test_pages(http: Http, letta: Letta) -> None:
    ids = [http.post("/blocks/", {"label": f"b{n}"}).body["id"] for n in range(5)]
    assert [block.id for block in letta.blocks.list(limit=2)] == ids
    assert [block.id for block in letta.blocks.list(limit=2, order="desc")] == ids[::-1]
    assert [block["id"] for block in http.get(f"/blocks/?before={ids[3]}&limit=2").body] == ids[1:3]
    assert [block["id"] for block in http.get(f"/blocks/?after={ids[0]}&before={ids[4]}&limit=2").body] == ids[1:3]
    assert len(http.get("/blocks/?after=nope").body) == 5


def test_agents_of_a_block(http: Http) -> None:
    block = http.post("/blocks/", {"label": "shared"}).body
    one, two = http.agent(block_ids=[block["id"]]), http.agent(block_ids=[block["id"]])
    rows = http.get(f"/blocks/{block['id']}/agents").body
    assert [row["id"] for row in rows] == [two["id"], one["id"]]
    assert rows[0]["blocks"] == []
    assert http.get(f"/blocks/{block['id']}/agents?include=agent.blocks&limit=1").body[0]["blocks"] == [block]
    assert http.get(f"/blocks/block-{NOBODY}/agents").status == 404


def test_an_agents_blocks_by_label(http: Http, letta: Letta) -> None:
    agent = http.agent(memory_blocks=[{"label": "human", "value": "Ann"}, {"label": "a b/<c>", "value": ""}])
    base = f"/agents/{agent['id']}/core-memory/blocks"
    assert http.get(f"{base}/human").body == agent["blocks"][0]
    assert http.patch(f"{base}/human", {"value": "Ann B"}).body["value"] == "Ann B"
    assert http.get(f"{base}/none").detail == f"No block with label 'none' found for agent '{agent['id']}'"
    assert http.patch(f"{base}/none", {"value": "x"}).status == 404
    assert [block.label for block in letta.agents.blocks.list(agent["id"])] == ["a b/<c>", "human"]
    assert [block.label for block in letta.agents.blocks.list(agent["id"], order="asc", limit=1)] == ["human", "a b/<c>"]
    assert letta.agents.blocks.retrieve("human", agent_id=agent["id"]).value == "Ann B"
    assert http.get(f"{base}?limit=1&before={agent['blocks'][0]['id']}").body == [agent["blocks"][1]]
    assert http.get(f"/agents/{agent['id']}/core-memory").body["blocks"][0]["value"] == "Ann B"


def test_attaching_and_detaching(http: Http) -> None:
    agent = http.agent(memory_blocks=[{"label": "human"}])
    base = f"/agents/{agent['id']}/core-memory/blocks"
    note = http.post("/blocks/", {"label": "note"}).body
    for _ in range(2):
        body = http.patch(f"{base}/attach/{note['id']}").body
        assert [block["label"] for block in body["blocks"]] == ["human", "note"]
    other = http.post("/blocks/", {"label": "note"}).body
    answer = http.patch(f"{base}/attach/{other['id']}")
    assert answer.status == 409
    assert answer.detail.startswith("A unique constraint was violated for Agent.")
    assert http.patch(f"{base}/attach/block-{NOBODY}").status == 404
    assert http.patch(f"{base}/note", {"label": "human"}).status == 409
    assert http.patch(f"/blocks/{note['id']}", {"label": "remark"}).body["label"] == "remark"
    assert http.get(f"{base}/remark").status == 200
    assert http.get(f"{base}/note").status == 404
    assert http.patch(f"{base}/detach/{note['id']}").body["blocks"] == agent["blocks"]
    assert http.patch(f"{base}/detach/{note['id']}").status == 404
    assert http.get(f"/blocks/{note['id']}").status == 200


def test_letta_client_attaches_and_gets_errors_it_knows(letta: Letta, http: Http) -> None:
    agent = http.agent(memory_blocks=[{"label": "human"}])
    block = letta.blocks.create(label="human", value="other")
    with pytest.raises(letta_client.ConflictError):
        letta.agents.blocks.attach(block.id, agent_id=agent["id"])
    with pytest.raises(letta_client.UnprocessableEntityError):
        letta.blocks.retrieve("block-1")
    letta.blocks.update(block.id, label="free")
    state = letta.agents.blocks.attach(block.id, agent_id=agent["id"])
    assert [b.label for b in state.blocks] == ["human", "free"]
    assert [a.id for a in letta.blocks.agents.list(block.id)] == [agent["id"]]


def test_a_change_that_depends_on_what_was_seen(http: Http) -> None:
    block = http.post("/blocks/", {"label": "note", "value": "héllo 🙂", "limit": 100}).body
    path = f"/v1/blocks/{block['id']}"
    seen = http.client.get(path, headers=http.headers).headers["ETag"]
    assert seen == reading.block(block).etag, "the SDK knows it without asking"
    assert http("PATCH", f"/blocks/{block['id']}", {"value": "mine"}, None, **{"If-Match": seen}).body["value"] == "mine"
    late = http("PATCH", f"/blocks/{block['id']}", {"value": "also mine"}, None, **{"If-Match": seen})
    assert (late.status, "has changed since" in late.detail) == (412, True)
    assert http.get(f"/blocks/{block['id']}").body["value"] == "mine"
    assert http.patch(f"/blocks/{block['id']}", {"value": "as Letta does"}).status == 200


def test_query_counts(http: Http, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        block = http.post("/blocks/", {"label": "n", "tags": ["a"]}).body
    # and whether anything is frozen, and whose agents have them
    with django_assert_num_queries(1 + 1 + 1):
        http.get("/blocks/?connected_to_agents_count_lt=2")
    with django_assert_num_queries(1 + 1 + 1):
        http.get(f"/blocks/{block['id']}")
    with django_assert_num_queries(1 + 1 + 2):  # begin and end of the transaction
        http.post("/blocks/", {"label": "n"})


def test_several_blocks_of_an_agent_are_changed_at_once_or_not_at_all(http: Http) -> None:
    """Not in Letta's API: for the console that shares the process with the engine."""
    agent = http.agent(memory_blocks=[{"label": "human", "value": "Ida"}, {"label": "goals", "limit": 50}])
    human, goals = (block["id"] for block in sorted(agent["blocks"], key=lambda block: block["label"], reverse=True))
    console = Agents(base_url="http://engine.local", transport=EngineTransport())
    changes = [BlockChange(goals, limit=900), BlockChange(human, description="Who it is.", read_only=True)]
    seen = console.update_blocks(agent["id"], changes)
    assert [(one.id, one.value, one.description, one.limit, one.read_only) for one in seen] == [
        (goals, "", "", 900, False),
        (human, "Ida", "Who it is.", 100_000, True),
    ]
    elses = http.agent(memory_blocks=[{"label": "human"}])["blocks"][0]["id"]
    with pytest.raises(NotFound):
        console.update_blocks(agent["id"], [BlockChange(human, value="Nora"), BlockChange(elses, value="Nora")])
    assert [http.get(f"/blocks/{block}").body["value"] for block in (human, elses)] == ["Ida", ""]
    assert http.patch(f"/agents/{agent['id']}/core-memory/blocks", {"blocks": []}).status == 403


def test_a_change_that_no_letta_could_hold_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="limit"):
        BlockChange("block-1", limit=0)
