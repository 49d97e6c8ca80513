"""messages.create_async and runs: what they answer, what a run does and says, and what is refused."""

import re
import time

import httpx
import pytest
from letta_client import Letta, NotFoundError

from tests.contract.scripted import Scripted, slow, unique
from tests.contract.targets import Target
from tests.model_answers import Answer, call, finish

UNKNOWN = "run-00000000-0000-4000-8000-000000000000"
NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
ID = re.compile(r"^run-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
CATS = call("memory_insert", label="human", new_string="Likes cats")

RUN = {
    "status": "created", "completed_at": None, "conversation_id": None, "base_template_id": None, "background": True,
    "request_config": {
        "use_assistant_message": True, "assistant_message_tool_name": "send_message",
        "assistant_message_tool_kwarg": "message", "include_return_message_types": None,
    },
    "stop_reason": None, "callback_url": None, "callback_sent_at": None, "callback_status_code": None,
    "callback_error": None, "ttft_ns": None, "total_duration_ns": None,
}  # fmt: skip


def test_create_async_answers_with_the_run(http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    messages = [{"role": "user", "content": "hello"}]
    response = http.post(f"/v1/agents/{agent.id}/messages/async", json={"messages": messages})
    assert response.status_code == 200
    body = response.json()
    assert ID.match(body.pop("id"))
    assert body.pop("created_at")
    assert body.pop("agent_id") == agent.id
    assert body.pop("metadata")["run_type"] == "send_message_async"
    assert body == RUN


def test_a_learning_run(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    learned = scripted.learn(agent.id, CATS, finish(), text="I like cats")
    run = learned.run
    assert (run.status, run.stop_reason, run.background) == ("completed", "tool_rule", True)
    assert run.agent_id == agent.id
    assert run.created_at is not None
    assert run.completed_at is not None
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern\nLikes cats"
    assert letta.runs.retrieve(run.id).status == "completed"
    usage = letta.runs.usage.retrieve(run.id)
    assert usage.prompt_tokens
    assert usage.completion_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_messages_of_a_run(scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish(), text="I like cats")
    assert learned.kinds == [
        "user_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
    ]  # fmt: skip
    said, thought, called, returned, _, finished, last = learned.messages
    assert said.content.endswith("I like cats")
    assert thought.reasoning == "As scripted."
    assert thought.id == called.id
    assert (called.tool_call.name, '"thinking"' in called.tool_call.arguments) == ("memory_insert", False)
    assert '"Likes cats"' in called.tool_call.arguments
    assert returned.tool_call_id == called.tool_call.tool_call_id
    assert (returned.status, returned.tool_return) == ("success", "Name: Ann\nCity: Bern\nLikes cats")
    assert finished.tool_call.name == "memory_finish_edits"
    assert (last.status, last.name) == ("success", "memory_finish_edits")
    assert {m.run_id for m in learned.messages} == {learned.run.id}
    assert len({m.id for m in learned.messages}) == 5
    assert all(m.date is not None for m in learned.messages)


def test_status_on_the_way(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    run, _ = scripted.start(agent.id, *slow(CATS, finish()))
    seen = [run.status]
    limit = time.monotonic() + 20
    while seen[-1] not in ("completed", "failed") and time.monotonic() < limit:
        status = letta.runs.retrieve(run.id).status
        if status != seen[-1]:
            seen.append(status)
        time.sleep(0.02)
    expected = target.expect("running", engine=["created", "running", "completed"], letta=["created", "completed"])
    assert seen == expected


def test_the_agent_remembers_how_its_last_run_ended(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    scripted.learn(agent.id, finish())
    scripted.learn(agent.id, Answer(content="Nothing to add."))
    limit = time.monotonic() + 5
    while (reason := letta.agents.retrieve(agent.id).last_stop_reason) != "end_turn" and time.monotonic() < limit:
        time.sleep(0.05)
    assert reason == "end_turn"


def test_a_later_run_builds_on_an_earlier_one(scripted: Scripted) -> None:
    agent = scripted.agent()
    scripted.learn(agent.id, CATS, finish())
    again = scripted.learn(agent.id, call("memory_replace", label="human", old_string="cats", new_string="dogs"), finish())
    assert again.blocks["human"].endswith("Likes dogs")


def test_several_messages_are_one_run(letta: Letta, scripted: Scripted, target: Target) -> None:
    marker = unique("several")
    target.script.program(marker, finish())
    messages = [
        {"role": "user", "content": f"{marker} one"},
        {"role": "system", "content": "two"},
        {"role": "user", "content": [{"type": "text", "text": "three"}]},
    ]
    agent = scripted.agent()
    run = scripted.wait(letta.agents.messages.create_async(agent.id, messages=messages).id)  # type: ignore[arg-type]
    assert run.status == "completed"
    given = list(letta.runs.messages.list(run.id))[:3]
    assert [m.message_type for m in given] == ["user_message", "system_message", "user_message"]
    sent = str(target.script.requests(marker)[0]["messages"])
    assert all(word in sent for word in (marker, "two", "three"))


def test_input_is_one_user_message(letta: Letta, scripted: Scripted) -> None:
    run = scripted.wait(letta.agents.messages.create_async(scripted.agent().id, input="I moved to Basel").id)
    first = next(iter(letta.runs.messages.list(run.id)))
    assert first.message_type == "user_message"
    assert first.content == "I moved to Basel"


# -- errors ---------------------------------------------------------------------------------------------------------


def test_unknown_and_malformed_runs(http: httpx.Client, letta: Letta) -> None:
    for path in ("", "/messages", "/usage", "/steps"):
        response = http.get(f"/v1/runs/{UNKNOWN}{path}")
        assert response.status_code == 404, path
        assert UNKNOWN in response.json()["detail"]
    with pytest.raises(NotFoundError):
        letta.runs.retrieve(UNKNOWN)
    assert http.get("/v1/runs/nonsense").status_code == 400


def test_create_async_for_an_unknown_agent(http: httpx.Client) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    assert http.post(f"/v1/agents/{NO_AGENT}/messages/async", json=body).status_code == 404
    assert http.post("/v1/agents/nonsense/messages/async", json=body).status_code == 422


def test_bad_messages_are_refused(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    path = f"/v1/agents/{agent.id}/messages/async"
    for body in (
        {},
        {"messages": [{"role": "wizard", "content": "hello"}]},
        {"messages": [{"role": "user"}]},
        {"messages": "hello"},
        {"messages": [{"role": "user", "content": "hello"}], "max_steps": "many"},
    ):
        assert http.post(path, json=body).status_code == 422, body
    assert letta.runs.list(agent_id=agent.id).items == []


def test_no_messages(http: httpx.Client, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    response = http.post(f"/v1/agents/{agent.id}/messages/async", json={"messages": []})
    assert response.status_code == target.expect("no-messages", engine=422, letta=200)
    if response.status_code == 200:
        assert scripted.wait(response.json()["id"]).status == "failed"


def test_deleting_a_run(http: httpx.Client, scripted: Scripted, target: Target) -> None:
    run = scripted.learn(scripted.agent().id, finish()).run
    with target.http() as once:  # the real server drops the connection too
        response = once.delete(f"/v1/runs/{run.id}")
    assert response.status_code == target.expect("delete-run", engine=501, letta=500)
    assert http.get(f"/v1/runs/{run.id}").status_code == 200
