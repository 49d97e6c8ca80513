"""Plans about agent files (`.af`): an agent as one JSON document, out of one Letta and into another."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from memory_sdk import reading
from memory_sdk.calls import Call
from memory_sdk.plans import Plan


def export(agent_id: str) -> Plan[Mapping[str, object]]:
    """The agent's file. One request. Letta's server leaves the passages out, and messages beyond the last fifty."""
    return reading.record((yield Call("GET", f"/v1/agents/{quote(agent_id, safe='')}/export")))


def load(content: bytes) -> Plan[list[str]]:
    """Make the agents of an agent file, named as they were; returns their ids. One request, never repeated."""
    answer = reading.record((yield Call("POST", "/v1/agents/import", body={"append_copy_suffix": "false"}, file=content)))
    ids = answer.get("agent_ids")
    return [str(one) for one in ids] if isinstance(ids, list) else []
