"""Plans about freezing an agent for a privacy request: the embedded engine can, Letta's own server cannot."""

from __future__ import annotations

from urllib.parse import quote

from memory_sdk.calls import Call
from memory_sdk.errors import NotFound, Refused
from memory_sdk.plans import Plan

UNKNOWN_ROUTE = (404, 405, 501)


def freeze(agent_id: str) -> Plan[bool]:
    """Freeze the agent; False when this Letta cannot or has no such agent. One request, safe to repeat."""
    return _ask(agent_id, "freeze")


def thaw(agent_id: str) -> Plan[bool]:
    """Thaw the agent; False when this Letta cannot or has no such agent. One request, safe to repeat."""
    return _ask(agent_id, "thaw")


def _ask(agent_id: str, verb: str) -> Plan[bool]:
    try:
        yield Call("POST", f"/v1/agents/{quote(agent_id, safe='')}/{verb}")
    except NotFound:
        return False
    except Refused as error:
        if error.status in (*UNKNOWN_ROUTE, 403):  # 403: an engine elsewhere, which freezes for its own console alone
            return False
        raise
    return True
