"""An agent's messages and the runs over them, worked in this process against the scripted model endpoint."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from letta_client import Letta

from engine.models import Message, Run
from engine.runs.working import drain
from tests.engine.conftest import Http, learned
from tests.model_answers import Answer, call, finish
from tests.model_endpoint import ModelEndpoint

CATS = call("memory_insert", label="human", new_string="Likes cats")
BLOCKS = [{"label": "human", "value": "Name: Ann"}]
SAID = {"messages": [{"role": "user", "content": "I like cats"}]}


def test_a_finished_run_and_its_messages(http: Http, model: ModelEndpoint) -> None:
    model.program("API-1", CATS, finish())
    agent = http.agent(memory_blocks=BLOCKS)
    run = learned(http, agent["id"], "API-1 I like cats")
    assert (run["status"], run["stop_reason"], run["metadata"].get("error")) == ("completed", "tool_rule", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?", run["completed_at"])
    assert run["total_duration_ns"] > 0
    rows = http.get(f"/runs/{run['id']}/messages").body
    assert [row["message_type"] for row in rows] == [
        "user_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
    ]  # fmt: skip
    said, thought, called, returned = rows[:4]
    assert said["content"] == "API-1 I like cats"
    assert re.fullmatch(r"[0-9a-f-]{36}", said["otid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", said["date"])
    assert thought["id"] == called["id"]
    assert thought["otid"][:-2] == called["otid"][:-2] == called["id"].removeprefix("message-")[:-2]
    assert int(called["otid"][-2:], 16) == int(thought["otid"][-2:], 16) + 1
    assert called["tool_calls"] == [called["tool_call"]]
    assert called["tool_call"]["tool_call_id"] == returned["tool_call_id"]
    assert (returned["name"], returned["status"], returned["tool_return"]) == (
        "memory_insert",
        "success",
        "Name: Ann\nLikes cats",
    )
    assert returned["tool_returns"][0]["type"] == "tool"
    assert said["step_id"] == called["step_id"] == returned["step_id"] != rows[4]["step_id"]
    assert {row["run_id"] for row in rows} == {run["id"]}
    newest = http.get(f"/runs/{run['id']}/messages?order=desc&limit=2").body
    assert [row["message_type"] for row in newest] == ["tool_return_message", "tool_call_message", "reasoning_message"]
    usage = http.get(f"/runs/{run['id']}/usage").body
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_the_first_message_is_the_prompt_as_it_is_now(http: Http) -> None:
    first = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi there"}]
    agent = http.agent(memory_blocks=BLOCKS, initial_message_sequence=first)
    http.patch(f"/agents/{agent['id']}/core-memory/blocks/human", {"value": "Name: Bea"})
    system, user, assistant = http.get(f"/agents/{agent['id']}/messages?order=asc").body
    assert (system["message_type"], system["id"]) == ("system_message", agent["message_ids"][0])
    assert "Name: Bea" in system["content"]
    assert "Name: Ann" not in system["content"]
    assert (user["content"], user["run_id"], user["step_id"]) == ("hello", None, None)
    assert (assistant["message_type"], assistant["content"]) == ("assistant_message", "hi there")
    assert not Message.objects.filter(text__contains="Bea").exists()


def test_lists_follow_to_the_end_in_both_orders(http: Http, letta: Letta, model: ModelEndpoint) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    for _ in range(3):
        learned(http, agent["id"])
    whole = [(row["id"], row["message_type"]) for row in http.get(f"/agents/{agent['id']}/messages?order=asc").body]
    assert len(whole) == 1 + 3 * 7
    for limit in (1, 2, 5):
        for order, expected in (("asc", whole), ("desc", whole[::-1])):
            page: Any = letta.agents.messages.list(agent["id"], limit=limit, order=order)  # type: ignore[arg-type]
            assert [(m.id, m.message_type) for m in page] == expected
    assert [row["id"] for row in http.get(f"/agents/{agent['id']}/messages?limit=1").body] == [whole[-1][0]]
    middle = whole[10][0]
    before = http.get(f"/agents/{agent['id']}/messages?order=asc&limit=2&before={middle}").body
    assert before[-1]["id"] == whole[[id for id, _ in whole].index(middle) - 1][0]
    kinds = http.get(f"/agents/{agent['id']}/messages?include_return_message_types=user_message").body
    assert [row["message_type"] for row in kinds] == ["user_message"] * 3
    assert http.get(f"/agents/{agent['id']}/messages?limit=0").body == []
    assert http.get(f"/agents/{agent['id']}/messages?conversation_id=other").body == []


def test_what_the_agent_says_is_an_assistant_message_unless_it_works_in_the_background(
    http: Http, model: ModelEndpoint
) -> None:
    for agent_type, kind in (("letta_v1_agent", "assistant_message"), ("sleeptime_agent", "reasoning_message")):
        model.program("API-2", Answer(content="Nothing to add."))
        agent = http.agent(agent_type=agent_type, memory_blocks=BLOCKS)
        run = learned(http, agent["id"], "API-2 hello")
        assert (run["status"], run["stop_reason"]) == ("completed", "end_turn")
        assert http.get(f"/runs/{run['id']}/messages").body[-1]["message_type"] == kind


@pytest.fixture
def at_work(transactional_db: None, model: ModelEndpoint) -> Iterator[None]:
    """A worker of sorts: a thread that works whatever is queued, while a synchronous call waits for it."""
    done = threading.Event()

    def work() -> None:
        try:
            while not done.wait(0.02):
                for agent_id in Run.objects.exclude(status__in=("completed", "failed")).values_list("agent_id", flat=True):
                    drain(agent_id)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    done.set()
    thread.join()


def test_a_synchronous_call_waits_for_its_run(at_work: None, letta: Letta, model: ModelEndpoint) -> None:
    http = Http(**{"X-Stainless-Package-Version": "1.12.1"})
    model.program("API-4", CATS, finish())
    agent = http.agent(memory_blocks=BLOCKS)
    reply = letta.agents.messages.create(agent["id"], messages=[{"role": "user", "content": "API-4 I like cats"}])
    assert reply.stop_reason.stop_reason == "tool_rule"
    assert reply.usage.step_count == 2
    assert [m.message_type for m in reply.messages][:3] == ["reasoning_message", "tool_call_message", "tool_return_message"]
    [run] = http.get(f"/runs/?agent_id={agent['id']}").body
    assert (run["background"], run["metadata"]) == (False, {"run_type": "send_message"})

    only = http.post(
        f"/agents/{agent['id']}/messages", {"input": "hello", "include_return_message_types": ["tool_call_message"]}
    )
    assert {m["message_type"] for m in only.body["messages"]} == {"tool_call_message"}

    model.program("API-5", Answer(status=401, content="bad key"))
    failed = http.post(f"/agents/{agent['id']}/messages", {"input": "API-5"})
    assert (failed.status, failed.body["error"]["type"]) == (401, "llm_authentication")
    assert "bad key" in failed.body["error"]["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"messages": []}, 422),
        ({"messages": "hello"}, 422),
        ({"messages": [{"role": "wizard", "content": "x"}]}, 422),
        ({"messages": [{"role": "user"}]}, 422),
        ({"messages": [{"role": "user", "content": "half \ud800"}]}, 422),
        ({**SAID, "input": "both"}, 422),
        ({**SAID, "max_steps": "many"}, 422),
        ({**SAID, "max_steps": 0}, 422),
        ({**SAID, "streaming": True}, 501),
        ({**SAID, "override_model": "a/b"}, 501),
        ({**SAID, "callback_url": "http://127.0.0.1/"}, 501),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}, 501),
    ],
)
def test_bad_messages_start_nothing(http: Http, body: Any, status: int) -> None:
    agent = http.agent()
    for path in ("/messages", "/messages/async"):
        assert http.post(f"/agents/{agent['id']}{path}", body).status == status
    assert not Run.objects.exists()


def test_what_a_message_may_hold(http: Http) -> None:
    agent = http.agent()
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], "otid": "mine"},
        {"role": "system", "content": "a\x00b"},
    ]
    run = http.post(f"/agents/{agent['id']}/messages/async", {"messages": messages}).body
    user, system = http.get(f"/runs/{run['id']}/messages").body
    assert (user["content"], user["otid"]) == ("one\ntwo", "mine")
    assert (system["message_type"], system["content"]) == ("system_message", "ab")
    assert http.post(f"/agents/{agent['id']}/messages", {"input": "  "}).status == 400


def test_query_counts(http: Http, django_assert_num_queries: Any) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    run = http.post(f"/agents/{agent['id']}/messages/async", SAID).body["id"]
    told = 1 + 2  # whether the agent is frozen; whose agent it is, and the entry in the audit log
    with django_assert_num_queries(3 + told):  # agent, messages, the blocks of the prompt
        http.get(f"/agents/{agent['id']}/messages")
    with django_assert_num_queries(2 + 1 + told):  # and the agent of the run
        http.get(f"/runs/{run}/messages")
    with django_assert_num_queries(1 + 1):
        http.get(f"/runs/{run}")
    with django_assert_num_queries(1 + 1):
        http.get(f"/runs/?agent_id={agent['id']}")


def test_deleting_an_agent_takes_its_conversation(http: Http, model: ModelEndpoint) -> None:
    agent = http.agent(memory_blocks=BLOCKS)
    run = learned(http, agent["id"])
    http.delete(f"/agents/{agent['id']}")
    assert http.get(f"/runs/{run['id']}").status == 404
    assert http.get(f"/runs/?agent_id={agent['id']}").body == []
    assert not Message.objects.exists()
