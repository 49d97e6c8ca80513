"""The memory tools as Letta's JSON."""

from __future__ import annotations

import hashlib
import uuid
from functools import cache
from typing import Any

from engine.shapes.people import USER
from engine.tools import FINISH, TOOLS

_JSON_TYPES = {str: "string", int: "integer"}
_OLDER = ("core_memory_append", "core_memory_replace")
RETURN_CHAR_LIMIT = 50_000


def tool_id(name: str) -> str:
    """The id of a tool, the same in every installation."""
    return f"tool-{uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4)}"


@cache
def tool(name: str) -> dict[str, Any]:
    """A memory tool by its name. Raises KeyError. The result is shared: not to be changed."""
    known = TOOLS[name]
    kind = "letta_core" if name in _OLDER else "letta_sleeptime_core"
    parameters = {
        "type": "object",
        "properties": {p.name: {"type": _JSON_TYPES[p.kind], "description": p.description} for p in known.parameters},
        "required": [p.name for p in known.parameters if p.default is None],
    }
    return {
        "id": tool_id(name),
        "tool_type": kind,
        "description": known.description,
        "source_type": "python",
        "name": name,
        "tags": [kind],
        "source_code": None,
        "json_schema": {"name": name, "description": known.description, "parameters": parameters},
        "args_json_schema": None,
        "return_char_limit": RETURN_CHAR_LIMIT,
        "pip_requirements": None,
        "npm_requirements": None,
        "default_requires_approval": None,
        "enable_parallel_execution": False,
        "created_by_id": USER,
        "last_updated_by_id": USER,
        "metadata_": {},
        "project_id": None,
    }


def rules(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The tool rules Letta gives an agent that works in the background: go on until it says that it is done."""
    return [
        {"tool_name": name, "type": "exit_loop" if name == FINISH else "continue_loop", "prompt_template": None}
        for name in names
    ]
