"""A frozen agent: 423 for other programs wherever its memory could be read or changed; the console looks, stops, deletes."""

from collections.abc import Iterator
from typing import Any

import pytest
from letta_client import APIStatusError, Letta

from engine.freezing import SENTENCE, freeze, thaw
from engine.models import Run
from engine.runs import FrozenAgent, InputMessage, queue
from memory_sdk.agents import Agents
from tests.engine.conftest import MODEL, Answer, Http

pytestmark = pytest.mark.django_db

MESSAGES = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def own(http: Http) -> dict[str, Any]:
    """An agent with a block of its own, a shared one, a passage and a run that waits."""
    shared = http.post("/blocks/", {"label": "policies", "value": "Be kind"}).body
    blocks = [{"label": "human", "value": "Name: Ida"}]
    agent = http.agent(memory_blocks=blocks, block_ids=[shared["id"]], tags=["user_ida"])
    http.agent(block_ids=[shared["id"]])
    passage = http.post(f"/agents/{agent['id']}/archival-memory", {"text": "Ida lives in Leiden"}).body[0]
    run = http.post(f"/agents/{agent['id']}/messages/async", MESSAGES).body
    mine = next(block["id"] for block in agent["blocks"] if block["label"] == "human")
    return {
        "agent": agent["id"], "block": mine, "shared": shared["id"], "run": run["id"],
        "archive": passage["archive_id"], "passage": passage["id"],
    }  # fmt: skip


def locked(answer: Answer) -> bool:
    return answer.status == 423 and answer.body == {"detail": SENTENCE}


def test_every_address_of_a_frozen_agent_is_locked(http: Http, own: dict[str, Any]) -> None:
    calls = [
        ("GET", f"/agents/{own['agent']}", None),
        ("PATCH", f"/agents/{own['agent']}", {"name": "x"}),
        ("DELETE", f"/agents/{own['agent']}", None),
        ("GET", f"/agents/{own['agent']}/core-memory/blocks", None),
        ("GET", f"/agents/{own['agent']}/core-memory/blocks/human", None),
        ("PATCH", f"/agents/{own['agent']}/core-memory/blocks/human", {"value": "x"}),
        ("GET", f"/agents/{own['agent']}/messages", None),
        ("POST", f"/agents/{own['agent']}/messages/async", MESSAGES),
        ("GET", f"/agents/{own['agent']}/archival-memory", None),
        ("GET", f"/agents/{own['agent']}/archival-memory/search?query=Leiden", None),
        ("POST", f"/agents/{own['agent']}/archival-memory", {"text": "more"}),
        ("GET", f"/blocks/{own['block']}", None),
        ("PATCH", f"/blocks/{own['block']}", {"value": "x"}),
        ("DELETE", f"/blocks/{own['block']}", None),
        ("GET", f"/runs/{own['run']}", None),
        ("GET", f"/runs/{own['run']}/messages", None),
        ("GET", f"/archives/{own['archive']}", None),
        ("DELETE", f"/archives/{own['archive']}/passages/{own['passage']}", None),
    ]
    assert freeze(own["agent"])
    assert [(method, path) for method, path, body in calls if not locked(http(method, path, body))] == []
    assert thaw(own["agent"])
    assert http.get(f"/agents/{own['agent']}").status == 200


def test_who_has_no_key_is_not_told_of_the_lock(own: dict[str, Any]) -> None:
    freeze(own["agent"])
    assert Http(Authorization="Bearer wrong").get(f"/agents/{own['agent']}").status == 401


def test_what_others_share_stays_open(http: Http, own: dict[str, Any]) -> None:
    freeze(own["agent"])
    assert http.get(f"/blocks/{own['shared']}").body["value"] == "Be kind"
    assert own["shared"] in [block["id"] for block in http.get("/blocks/?label=policies").body]


def test_lists_leave_out_what_a_frozen_agent_has(http: Http, own: dict[str, Any]) -> None:
    everything = {"/blocks/": own["block"], "/runs/": own["run"], "/archives/": own["archive"]}
    for path, pk in everything.items():
        assert pk in [row["id"] for row in http.get(path).body], path
    freeze(own["agent"])
    for path, pk in everything.items():
        assert pk not in [row["id"] for row in http.get(path).body], path
    [listed] = http.get("/agents/?tags=user_ida&include=agent.blocks").body
    assert listed["blocks"] == []
    assert http.post("/passages/search", {"query": "Leiden"}).body == []
    assert http.post("/passages/search", {"query": "Leiden", "agent_id": own["agent"]}).body == []


def test_freezing_cancels_what_is_to_be_learned(own: dict[str, Any]) -> None:
    freeze(own["agent"])
    freeze(own["agent"])
    assert Run.objects.get(pk=own["run"]).status == "cancelled"


def test_nothing_is_queued_by_who_came_through_just_before(own: dict[str, Any]) -> None:
    from engine.models import Agent

    freeze(own["agent"])
    with pytest.raises(FrozenAgent):
        queue(Agent(pk=own["agent"]), [InputMessage("user", "late")], background=True)


@pytest.fixture
def console() -> Iterator[Agents]:
    """The SDK in this process, as the console has it."""
    from engine.transport import EngineTransport

    with Agents(base_url="http://engine.local", transport=EngineTransport(), **MODEL) as agents:
        yield agents


def test_the_console_freezes_reads_thaws_and_deletes(console: Agents, letta: Letta, own: dict[str, Any]) -> None:
    assert console.freeze_agent(own["agent"])
    assert {block.label for block in console.list_blocks(own["agent"])} == {"human", "policies"}
    with pytest.raises(APIStatusError) as refused:  # not even the console lets it learn
        letta.agents.messages.create_async(own["agent"], messages=[{"role": "user", "content": "hello"}])
    assert refused.value.status_code == 423
    assert console.thaw_agent(own["agent"])
    letta.agents.messages.create_async(own["agent"], messages=[{"role": "user", "content": "hello"}])
    assert console.freeze_agent(own["agent"])
    assert console.delete_agent(own["agent"]).agent_ids == (own["agent"],)


def test_only_the_console_freezes(http: Http, own: dict[str, Any]) -> None:
    assert http.post(f"/agents/{own['agent']}/freeze").status == 403
    assert http.get(f"/agents/{own['agent']}").status == 200


def test_an_unknown_agent_is_not_frozen(console: Agents) -> None:
    assert not console.freeze_agent("agent-00000000-0000-4000-8000-000000000000")
