"""Reading an agent's log and its runs: in order, page by page, with the blocks that each run touched."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from memory_sdk import Touch, Turn
from memory_sdk.agents import Agents
from memory_sdk.formats import format_batch
from tests.memory_sdk.wire import answering

AGENT = "agent-00000000-0000-4000-8000-000000000001"
TURNS = (Turn("user", "I moved to Delft."), Turn("assistant", "Noted."))


def user_message(number: int, content: str, **more: object) -> dict[str, Any]:
    return {
        "message_type": "user_message",
        "id": f"message-{number}",
        "date": "2026-01-05T10:00:00+00:00",
        "content": content,
        "run_id": f"run-{number}",
        **more,
    }


def tool_call(number: int, arguments: object, *, several: bool = False) -> dict[str, Any]:
    call = {"name": "memory_insert", "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}
    return {
        "message_type": "tool_call_message",
        "id": f"message-{number}",
        "run_id": "run-1",
        **({"tool_calls": [call, call]} if several else {"tool_call": call}),
    }


def serving(messages: list[dict[str, Any]]) -> tuple[Agents, list[httpx.Request]]:
    transport = answering(lambda request: httpx.Response(200, json=messages))
    return Agents("key", "http://letta.example", transport=transport), transport.requests


def test_the_log_is_asked_for_oldest_first_from_the_last_message_read() -> None:
    agents, requests = serving([])
    page = agents.read_log(AGENT, after="message-7")
    assert dict(requests[0].url.params) == {"limit": "100", "order": "asc", "after": "message-7"}
    assert (page.batches, page.touches, page.last_id, page.more) == ((), (), "message-7", False)


def test_a_page_holds_the_batches_with_their_turns_and_ends_at_its_last_message() -> None:
    agents, _ = serving([user_message(1, format_batch(TURNS), otid="key-1"), tool_call(2, {"label": "human"})])
    page = agents.read_log(AGENT)
    (batch,) = page.batches
    assert batch.turns == TURNS
    assert (batch.message_id, batch.run_id, batch.idempotency_key) == ("message-1", "run-1", "key-1")
    assert page.touches == (Touch("run-1", "human"),)
    assert page.last_id == "message-2"


def test_a_full_page_says_that_there_may_be_more() -> None:
    agents, _ = serving([user_message(number, "hello") for number in range(100)])
    assert agents.read_log(AGENT).more


@pytest.mark.parametrize(
    ("arguments", "label"),
    [
        ({"label": "human", "new_string": "x"}, "human"),
        ({"target_block_label": "summary", "new_memory": "x"}, "summary"),
        ({"command": "str_replace", "path": "/memories/human"}, "human"),
        ({"thinking": "done"}, None),
        (["human"], None),
        ("not JSON", None),
        ("", None),
    ],
)
def test_the_block_of_a_tool_call_is_found_in_its_arguments(arguments: object, label: str | None) -> None:
    agents, _ = serving([tool_call(1, arguments)])
    assert agents.read_log(AGENT).touches == (() if label is None else (Touch("run-1", label),))


def test_several_tool_calls_of_one_message_are_all_read() -> None:
    agents, _ = serving([tool_call(1, {"label": "human"}, several=True)])
    assert agents.read_log(AGENT).touches == (Touch("run-1", "human"),) * 2


def run(number: int) -> dict[str, Any]:
    return {
        "id": f"run-{number}",
        "agent_id": AGENT,
        "status": "completed",
        "stop_reason": "end_turn",
        "created_at": datetime.fromtimestamp(1_700_000_000 - number, UTC).isoformat(),
    }


def test_all_runs_are_listed_newest_first_however_many_pages() -> None:
    everything = [run(number) for number in range(250)]

    def serve(request: httpx.Request) -> httpx.Response:
        before = request.url.params.get("before")
        start = 0 if before is None else [item["id"] for item in everything].index(before) + 1
        return httpx.Response(200, json=everything[start : start + 100])

    transport = answering(serve)
    agents = Agents("key", "http://letta.example", transport=transport)
    assert [state.id for state in agents.iter_runs(AGENT)] == [item["id"] for item in everything]
    assert len(transport.requests) == 3
    transport.requests.clear()
    since = datetime.fromtimestamp(1_700_000_000 - 49, UTC)
    assert len(list(agents.iter_runs(AGENT, since=since))) == 50
    assert len(transport.requests) == 1
