"""Letta's REST API as values: every call this SDK makes, each function named for letta-client's method of the same call.

`tests/memory_sdk/test_calls.py` holds them to what letta-client 1.12.1 itself would send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from memory_sdk.models import NewBlock

PAGE = 100  # rows a page; Letta's own maximum is 1000

Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Everything but GET is a write: sent once, never retried, with the longer time limit.

    `file`: the part `file` of a multipart form whose other parts are `body`. `retry`: a read may be repeated by
    letta-client when there is no usable answer. `undoing`: it takes back what an earlier call did, and gets a moment
    for that even when the time for all calls is over.
    """

    method: Method
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    file: bytes | None = None
    retry: bool = True
    undoing: bool = False

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


def _id(value: str) -> str:
    return quote(value, safe="")


def _given(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _new_block(block: NewBlock) -> dict[str, object]:
    return {
        "label": block.label,
        "description": block.description.replace("\x00", ""),
        "value": block.value.replace("\x00", ""),
        "limit": block.limit,
        "read_only": block.read_only,
        "tags": list(block.tags),
        "metadata": dict(block.metadata),
    }


def health() -> Call:
    return Call("GET", "/v1/health/")


# agents ---------------------------------------------------------------------------------------------------------------


def agents_create(
    *,
    name: str,
    tags: Sequence[str],
    blocks: Sequence[NewBlock],
    block_ids: Sequence[str],
    model: str,
    embedding: str,
) -> Call:
    body: dict[str, object] = {
        "name": name,
        "agent_type": "sleeptime_agent",
        "model": model,
        "embedding": embedding,
        "initial_message_sequence": [],
        "tags": list(tags),
        "memory_blocks": [_new_block(block) for block in blocks],
    }
    if block_ids:
        body["block_ids"] = list(block_ids)
    return Call("POST", "/v1/agents/", body=body)


def agents_list(
    *,
    tags: Sequence[str],
    include: Sequence[str],
    order_by: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> Call:
    query = _given(
        tags=list(tags),
        match_all_tags=False,
        include=list(include),
        order_by=order_by,
        order="desc",
        after=after,
        limit=limit,
    )
    return Call("GET", "/v1/agents/", query)


def agents_retrieve(agent_id: str, include: Sequence[str]) -> Call:
    return Call("GET", f"/v1/agents/{_id(agent_id)}", {"include": list(include)})


def agents_delete(agent_id: str) -> Call:
    return Call("DELETE", f"/v1/agents/{_id(agent_id)}")


def agents_recompile(agent_id: str) -> Call:
    return Call("POST", f"/v1/agents/{_id(agent_id)}/recompile")


# blocks ---------------------------------------------------------------------------------------------------------------


def agents_blocks_list(agent_id: str) -> Call:
    return Call("GET", f"/v1/agents/{_id(agent_id)}/core-memory/blocks", {"limit": 1000})


def agents_blocks_attach(agent_id: str, block_id: str) -> Call:
    return Call("PATCH", f"/v1/agents/{_id(agent_id)}/core-memory/blocks/attach/{_id(block_id)}")


def agents_blocks_detach(agent_id: str, block_id: str) -> Call:
    return Call("PATCH", f"/v1/agents/{_id(agent_id)}/core-memory/blocks/detach/{_id(block_id)}")


def blocks_create(block: NewBlock) -> Call:
    return Call("POST", "/v1/blocks/", body=_new_block(block))


def blocks_list(label: str, tag: str) -> Call:
    return Call("GET", "/v1/blocks/", {"label": label, "tags": [tag], "limit": PAGE})


def blocks_retrieve(block_id: str) -> Call:
    return Call("GET", f"/v1/blocks/{_id(block_id)}")


def blocks_update(block_id: str, changes: Mapping[str, object], unless_changed: str | None = None) -> Call:
    headers = {} if unless_changed is None else {"If-Match": unless_changed}
    return Call("PATCH", f"/v1/blocks/{_id(block_id)}", body=changes, headers=headers)


def blocks_delete(block_id: str) -> Call:
    return Call("DELETE", f"/v1/blocks/{_id(block_id)}")


def blocks_agents_list(block_id: str, limit: int) -> Call:
    return Call("GET", f"/v1/blocks/{_id(block_id)}/agents", {"limit": limit})


# messages and runs ----------------------------------------------------------------------------------------------------


def agents_messages_create_async(agent_id: str, content: str, *, key: str, mark: str) -> Call:
    """One user message to learn from. `key` is its `otid`; for `mark` see `learning.py`."""
    body = {
        "messages": [{"role": "user", "content": content, "otid": key}],
        "assistant_message_tool_kwarg": mark,
    }
    path = f"/v1/agents/{_id(agent_id)}/messages/async"
    return Call("POST", path, body=body, headers={"Idempotency-Key": key})


def agents_messages_list(agent_id: str, *, after: str | None) -> Call:
    return Call("GET", f"/v1/agents/{_id(agent_id)}/messages", _given(limit=PAGE, order="asc", after=after))


def agents_messages_cancel(agent_id: str, run_id: str) -> Call:
    return Call("POST", f"/v1/agents/{_id(agent_id)}/messages/cancel", body={"run_ids": [run_id]})


def runs_list(agent_id: str, *, before: str | None = None) -> Call:
    query = _given(agent_id=agent_id, limit=PAGE, order="desc", before=before)
    return Call("GET", "/v1/runs/", query)


def runs_retrieve(run_id: str, *, retry: bool = True) -> Call:
    return Call("GET", f"/v1/runs/{_id(run_id)}", retry=retry)


def runs_usage_retrieve(run_id: str) -> Call:
    return Call("GET", f"/v1/runs/{_id(run_id)}/usage")


def runs_messages_list(run_id: str) -> Call:
    return Call("GET", f"/v1/runs/{_id(run_id)}/messages", {"limit": PAGE, "order": "asc"})


# archives and passages ------------------------------------------------------------------------------------------------


def agents_passages_create(agent_id: str, text: str, tags: Sequence[str]) -> Call:
    path = f"/v1/agents/{_id(agent_id)}/archival-memory"
    return Call("POST", path, body={"text": text, "tags": list(tags)})


def agents_passages_list(agent_id: str, *, search: str | None, after: str | None, limit: int) -> Call:
    query = _given(search=search, after=after, limit=limit, ascending=True)
    return Call("GET", f"/v1/agents/{_id(agent_id)}/archival-memory", query)


def agents_passages_delete(agent_id: str, passage_id: str) -> Call:
    return Call("DELETE", f"/v1/agents/{_id(agent_id)}/archival-memory/{_id(passage_id)}")


def agents_passages_search(agent_id: str, query: str, tags: Sequence[str]) -> Call:
    path = f"/v1/agents/{_id(agent_id)}/archival-memory/search"
    return Call("GET", path, {"query": query, "tags": list(tags)})


def archives_list(agent_id: str) -> Call:
    return Call("GET", "/v1/archives/", {"agent_id": agent_id, "limit": PAGE})


def archives_agents_list(archive_id: str) -> Call:
    """Not in letta-client 1.12.1; a route of the server all the same."""
    return Call("GET", f"/v1/archives/{_id(archive_id)}/agents", {"limit": 2})


def archives_delete(archive_id: str) -> Call:
    return Call("DELETE", f"/v1/archives/{_id(archive_id)}")


def archives_passages_create_many(archive_id: str, passages: Sequence[tuple[str, Sequence[str]]]) -> Call:
    body = {"passages": [{"text": text, "tags": list(tags)} for text, tags in passages]}
    return Call("POST", f"/v1/archives/{_id(archive_id)}/passages/batch", body=body)
