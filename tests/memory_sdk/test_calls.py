"""Our calls are letta-client's: the same address, query and body as its own methods send."""

import json
from collections.abc import Callable
from inspect import isfunction
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from letta_client import Letta

from memory_sdk import calls
from memory_sdk.connection import Connection
from memory_sdk.models import NewBlock
from memory_sdk.plans import Plan
from tests.memory_sdk.wire import answering

AGENT = "agent-00000000-0000-4000-8000-000000000001"
BLOCK = "block-00000000-0000-4000-8000-000000000002"
RUN = "run-00000000-0000-4000-8000-000000000003"
ARCHIVE = "archive-00000000-0000-4000-8000-000000000004"
NEW = NewBlock("human", "About", "v", 100, True, ("t",), {"k": 1})
NEW_JSON: dict[str, Any] = {
    "label": "human",
    "description": "About",
    "value": "v",
    "limit": 100,
    "read_only": True,
    "tags": ["t"],
    "metadata": {"k": 1},
}

Sent = tuple[str, str, list[tuple[str, str]], object]


def nothing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=[] if request.method == "GET" else {})


def sent(request: httpx.Request) -> Sent:
    body = json.loads(request.content) if request.content else None
    return request.method, request.url.path, sorted(parse_qsl(request.url.query.decode())), body


def ours(call: calls.Call) -> httpx.Request:
    transport = answering(nothing)

    def plan() -> Plan[object]:
        return (yield call)

    Connection("key", "http://letta.example", transport=transport).run(plan())
    return transport.requests[0]


def theirs(ask: Callable[[Letta], object]) -> httpx.Request:
    transport = answering(nothing)
    with httpx.Client(transport=transport) as http:
        ask(Letta(api_key="key", base_url="http://letta.example", http_client=http))
    return transport.requests[0]


PAIRS: dict[str, tuple[calls.Call, Callable[[Letta], object]]] = {
    "health": (calls.health(), lambda letta: letta.health()),
    "agents.create": (
        calls.agents_create(name="n", tags=["t"], blocks=[NEW], block_ids=[BLOCK], model="m/m", embedding="e/e"),
        lambda letta: letta.agents.create(
            name="n",
            agent_type="sleeptime_agent",
            model="m/m",
            embedding="e/e",
            initial_message_sequence=[],
            tags=["t"],
            memory_blocks=[NEW_JSON],  # type: ignore[list-item]
            block_ids=[BLOCK],
        ),
    ),
    "agents.list": (
        calls.agents_list(tags=["a", "b"], include=["agent.tags", "agent.blocks"], order_by="updated_at", after=AGENT),
        lambda letta: letta.agents.list(
            tags=["a", "b"],
            match_all_tags=False,
            include=["agent.tags", "agent.blocks"],
            order_by="updated_at",
            order="desc",
            after=AGENT,
            limit=100,
        ),
    ),
    "agents.retrieve": (
        calls.agents_retrieve(AGENT, ["agent.tags"]),
        lambda letta: letta.agents.retrieve(AGENT, include=["agent.tags"]),
    ),
    "agents.delete": (calls.agents_delete(AGENT), lambda letta: letta.agents.delete(AGENT)),
    "agents.recompile": (calls.agents_recompile(AGENT), lambda letta: letta.agents.recompile(AGENT)),
    "agents.blocks.list": (
        calls.agents_blocks_list(AGENT),
        lambda letta: letta.agents.blocks.list(AGENT, limit=1000),
    ),
    "agents.blocks.attach": (
        calls.agents_blocks_attach(AGENT, BLOCK),
        lambda letta: letta.agents.blocks.attach(BLOCK, agent_id=AGENT),
    ),
    "agents.blocks.detach": (
        calls.agents_blocks_detach(AGENT, BLOCK),
        lambda letta: letta.agents.blocks.detach(BLOCK, agent_id=AGENT),
    ),
    "blocks.create": (calls.blocks_create(NEW), lambda letta: letta.blocks.create(**NEW_JSON)),
    "blocks.list": (
        calls.blocks_list("human", "t"),
        lambda letta: letta.blocks.list(label="human", tags=["t"], limit=100),
    ),
    "blocks.retrieve": (calls.blocks_retrieve(BLOCK), lambda letta: letta.blocks.retrieve(BLOCK)),
    "blocks.update": (
        calls.blocks_update(BLOCK, {"value": "v", "limit": 5}),
        lambda letta: letta.blocks.update(BLOCK, value="v", limit=5),
    ),
    "blocks.delete": (calls.blocks_delete(BLOCK), lambda letta: letta.blocks.delete(BLOCK)),
    "blocks.agents.list": (
        calls.blocks_agents_list(BLOCK, limit=2),
        lambda letta: letta.blocks.agents.list(BLOCK, limit=2),
    ),
    "agents.messages.create_async": (
        calls.agents_messages_create_async(AGENT, "hi", key="k", mark="idempotency-key:k"),
        lambda letta: letta.agents.messages.create_async(
            AGENT,
            messages=[{"role": "user", "content": "hi", "otid": "k"}],
            assistant_message_tool_kwarg="idempotency-key:k",
        ),
    ),
    "agents.messages.list": (
        calls.agents_messages_list(AGENT, after="message-1"),
        lambda letta: letta.agents.messages.list(AGENT, limit=100, order="asc", after="message-1"),
    ),
    "agents.messages.cancel": (
        calls.agents_messages_cancel(AGENT, RUN),
        lambda letta: letta.agents.messages.cancel(AGENT, run_ids=[RUN]),
    ),
    "runs.list": (
        calls.runs_list(AGENT, before=RUN),
        lambda letta: letta.runs.list(agent_id=AGENT, limit=100, order="desc", before=RUN),
    ),
    "runs.retrieve": (calls.runs_retrieve(RUN), lambda letta: letta.runs.retrieve(RUN)),
    "runs.usage.retrieve": (calls.runs_usage_retrieve(RUN), lambda letta: letta.runs.usage.retrieve(RUN)),
    "runs.messages.list": (
        calls.runs_messages_list(RUN),
        lambda letta: letta.runs.messages.list(RUN, limit=100, order="asc"),
    ),
    "agents.passages.create": (
        calls.agents_passages_create(AGENT, "t", ["user"]),
        lambda letta: letta.agents.passages.create(AGENT, text="t", tags=["user"]),
    ),
    "agents.passages.list": (
        calls.agents_passages_list(AGENT, search="q", after="passage-1", limit=50),
        lambda letta: letta.agents.passages.list(AGENT, search="q", after="passage-1", limit=50, ascending=True),
    ),
    "agents.passages.delete": (
        calls.agents_passages_delete(AGENT, "passage-1"),
        lambda letta: letta.agents.passages.delete("passage-1", agent_id=AGENT),
    ),
    "agents.passages.search": (
        calls.agents_passages_search(AGENT, "q", ["user", "x"]),
        lambda letta: letta.agents.passages.search(AGENT, query="q", tags=["user", "x"]),
    ),
    "archives.list": (
        calls.archives_list(AGENT),
        lambda letta: letta.archives.list(agent_id=AGENT, limit=100),
    ),
    "archives.delete": (calls.archives_delete(ARCHIVE), lambda letta: letta.archives.delete(ARCHIVE)),
    "archives.passages.create_many": (
        calls.archives_passages_create_many(ARCHIVE, [("t", ["user"])]),
        lambda letta: letta.archives.passages.create_many(ARCHIVE, passages=[{"text": "t", "tags": ["user"]}]),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_call_is_what_letta_client_would_send(name: str) -> None:
    call, ask = PAIRS[name]
    assert sent(ours(call)) == sent(theirs(ask))


def test_every_call_is_held_to_letta_client() -> None:
    made = {name for name, value in vars(calls).items() if isfunction(value) and value.__module__ == calls.__name__}
    made = {name for name in made if not name.startswith("_")}
    compared = {name.replace(".", "_") for name in PAIRS}
    assert made - compared == {"archives_agents_list"}  # a route of the server that letta-client 1.12.1 lacks


def test_the_key_of_a_batch_is_a_header_too() -> None:
    request = ours(calls.agents_messages_create_async(AGENT, "hi", key="k-1", mark="m"))
    assert request.headers["Idempotency-Key"] == "k-1"
    assert request.headers["Authorization"] == "Bearer key"


def test_ids_cannot_change_the_address() -> None:
    assert ours(calls.blocks_retrieve("../agents/x?y")).url.raw_path == b"/v1/blocks/..%2Fagents%2Fx%3Fy"
