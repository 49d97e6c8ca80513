"""`/v1/runs`: queued, worked in this process, listed, cancelled."""

import re
from typing import Any

import letta_client
import pytest
from letta_client import Letta

from engine.models import Message, Run
from tests.engine.conftest import NOBODY, Http, learned
from tests.model_answers import Answer
from tests.model_endpoint import ModelEndpoint

BLOCKS = [{"label": "human", "value": "Name: Ann"}]
SAID = {"messages": [{"role": "user", "content": "I like cats"}]}


def test_a_queued_run_is_shown_as_letta_shows_it(http: Http) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    run = http.post(f"/agents/{agent['id']}/messages/async", {**SAID, "assistant_message_tool_kwarg": "mark-1"}).body
    assert re.fullmatch(r"run-[0-9a-f-]{36}", run.pop("id"))
    assert run.pop("created_at").endswith("Z")
    assert run == {
        "status": "created", "completed_at": None, "agent_id": agent["id"], "conversation_id": None,
        "base_template_id": None, "background": True, "metadata": {"run_type": "send_message_async", "lettuce": None},
        "request_config": {
            "use_assistant_message": True, "assistant_message_tool_name": "send_message",
            "assistant_message_tool_kwarg": "mark-1", "include_return_message_types": None,
        },
        "stop_reason": None, "callback_url": None, "callback_sent_at": None, "callback_status_code": None,
        "callback_error": None, "ttft_ns": None, "total_duration_ns": None,
    }  # fmt: skip


def test_the_same_idempotency_key_is_the_same_run(http: Http) -> None:
    agent, other = http.agent(), http.agent()
    path = f"/agents/{agent['id']}/messages/async"
    first = http.post(path, SAID, **{"Idempotency-Key": "batch-1"}).body
    assert http.post(path, SAID, **{"Idempotency-Key": "batch-1"}).body == first
    assert http.post(path, SAID, **{"Idempotency-Key": "batch-2"}).body["id"] != first["id"]
    elsewhere = http.post(f"/agents/{other['id']}/messages/async", SAID, **{"Idempotency-Key": "batch-1"}).body
    assert elsewhere["agent_id"] == other["id"]
    assert Run.objects.count() == 3
    assert Message.objects.filter(role="user").count() == 3
    assert http.post(path, SAID, **{"Idempotency-Key": "k" * 201}).status == 422


def test_a_failed_run_says_why(http: Http, model: ModelEndpoint) -> None:
    model.program("API-3", Answer(status=400, content="The endpoint says no"))
    run = learned(http, http.agent(memory_blocks=BLOCKS)["id"], "API-3")
    assert (run["status"], run["stop_reason"]) == ("failed", "llm_api_error")
    assert "The endpoint says no" in run["metadata"]["error"]
    assert run["metadata"]["run_type"] == "send_message_async"


def test_unknown_agents_and_runs(http: Http) -> None:
    nobody = f"/agents/agent-{NOBODY}"
    for answer in (
        http.get(f"{nobody}/messages"),
        http.post(f"{nobody}/messages", SAID),
        http.post(f"{nobody}/messages/async", SAID),
        *(http.get(f"/runs/run-{NOBODY}{part}") for part in ("", "/messages", "/usage", "/steps")),
        http.delete(f"/runs/run-{NOBODY}"),
    ):
        assert answer.status == 404
        assert NOBODY in answer.detail
    bad = http.get("/runs/abc")
    assert (bad.status, bad.detail) == (
        400,
        "INVALID_ARGUMENT: Invalid run ID format: abc. Expected format: 'run-<uuid4>'",
    )
    assert http.post(f"{nobody}/messages/cancel").status == 409


def test_cancelling(http: Http, model: ModelEndpoint, letta: Letta) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    done = learned(http, agent["id"])
    path = f"/agents/{agent['id']}/messages"
    with pytest.raises(letta_client.ConflictError):
        letta.agents.messages.cancel(agent["id"])
    one, two, three = (http.post(f"{path}/async", SAID).body["id"] for _ in range(3))
    assert http.post(f"{path}/cancel", {"run_ids": [two, f"run-{NOBODY}"]}).body == {
        two: "cancelled",
        f"run-{NOBODY}": "failed",
    }
    assert http.get(f"/runs/{two}").body["stop_reason"] == "cancelled"
    assert http.post(f"{path}/cancel").body == {one: "cancelled", three: "cancelled"}
    assert http.post(f"{path}/cancel", {"run_ids": [done["id"]]}).body == {done["id"]: "cancelled"}
    assert http.get(f"/runs/{done['id']}").body["status"] == "completed"


def test_lists_of_runs(http: Http, letta: Letta, model: ModelEndpoint) -> None:
    agent, other = http.agent(memory_blocks=BLOCKS), http.agent()
    model.program("API-6", Answer(status=400, content="no"))
    ids = [learned(http, agent["id"])["id"], learned(http, agent["id"], "API-6")["id"]]
    ids += [http.post(f"/agents/{agent['id']}/messages/async", SAID).body["id"] for _ in range(3)]
    elsewhere = http.post(f"/agents/{other['id']}/messages/async", SAID).body["id"]

    def found(query: str) -> list[int]:
        return [ids.index(run["id"]) for run in http.get(f"/runs/?agent_id={agent['id']}&{query}").body]

    assert found("") == [4, 3, 2, 1, 0]
    assert found("order=asc") == found("ascending=true") == [0, 1, 2, 3, 4]
    assert found("statuses=failed&statuses=completed") == [1, 0]
    assert found("active=true") == [4, 3, 2]
    assert found("stop_reason=llm_api_error") == [1]
    assert found("background=false") == []
    assert found("conversation_id=x") == []
    assert found(f"order=desc&limit=2&before={ids[1]}") == [0]  # before means earlier, as on the real server
    assert len(http.get("/runs/").body) == 6
    assert len(http.get(f"/runs/?agent_ids={agent['id']}&agent_ids={other['id']}").body) == 6
    assert [run["id"] for run in http.get(f"/runs/active?agent_id={other['id']}").body] == [elsewhere]
    for limit in (1, 2):
        for order, expected in (("asc", ids), ("desc", ids[::-1])):
            page: Any = letta.runs.list(agent_id=agent["id"], limit=limit, order=order)  # type: ignore[arg-type]
            assert [run.id for run in page] == expected
    assert http.get("/runs/?statuses=bogus").detail == "'bogus' is not a valid RunStatus"
    for bad in ("limit=0", "limit=1001", "order=up", "stop_reason=bored"):
        assert http.get(f"/runs/?{bad}").status == 422


def test_what_runs_do_not_keep_is_said(http: Http) -> None:
    agent = http.agent()
    run = http.post(f"/agents/{agent['id']}/messages/async", SAID).body["id"]
    for part in ("steps", "metrics", "trace"):
        assert http.get(f"/runs/{run}/{part}").status == 501
    assert http.delete(f"/runs/{run}").status == 501
    assert http.get(f"/runs/{run}").status == 200
