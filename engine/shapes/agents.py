"""An agent as Letta's JSON, with the relations that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import handles
from engine.models import Agent, Block
from engine.prompt import KEEPERS
from engine.shapes.blocks import block as block_shape
from engine.shapes.people import USER
from engine.shapes.times import zulu
from engine.shapes.tools import rules
from engine.shapes.tools import tool as tool_shape
from engine.tool_choice import tools_of

EVERYTHING = frozenset({"blocks", "tags", "tools"})
"""The relations that the engine has. Letta's others (sources, identities, groups, secrets) are always empty here."""


def system_message_id(agent_id: str) -> str:
    """The id of the message that holds the agent's system prompt: the agent's own UUID."""
    return "message-" + agent_id.removeprefix("agent-")


def agent(row: Agent, blocks: Sequence[Block], included: frozenset[str] = EVERYTHING) -> dict[str, Any]:
    """`blocks` are shown when `included` names them; in the order of their attachment."""
    options = row.options
    shown = [block_shape(block) for block in blocks] if "blocks" in included else []
    names = tools_of(row)
    tool_rules = options.get("tool_rules")
    if tool_rules is None:
        tool_rules = rules(names) if row.agent_type in KEEPERS else []
    return {
        "created_by_id": USER,
        "last_updated_by_id": USER,
        "created_at": zulu(row.created_at),
        "updated_at": zulu(row.updated_at),
        "id": row.id,
        "name": row.name,
        "tool_rules": tool_rules,
        "message_ids": [system_message_id(row.id)],
        "system": row.system,
        "agent_type": row.agent_type,
        "llm_config": handles.llm_config(row.model, options),
        "embedding_config": handles.embedding_config(row.embedding, options.get("embedding_config")),
        "model": row.model,
        "embedding": row.embedding or None,
        "model_settings": handles.model_settings(row.model, options),
        "compaction_settings": options.get("compaction_settings"),
        "response_format": options.get("response_format"),
        "description": row.description,
        "metadata": row.metadata,
        "memory": {
            "agent_type": row.agent_type,
            "git_enabled": False,
            "blocks": shown,
            "file_blocks": [],
            "prompt_template": "",
        },
        "blocks": shown,
        "tools": [tool_shape(name) for name in names] if "tools" in included else [],
        "sources": [],
        "tags": row.tags if "tags" in included else [],
        "tool_exec_environment_variables": [],
        "secrets": [],
        "project_id": options.get("project_id"),
        "template_id": options.get("template_id"),
        "base_template_id": options.get("base_template_id"),
        "deployment_id": None,
        "entity_id": None,
        "identity_ids": [],
        "identities": [],
        "pending_approval": None,
        "message_buffer_autoclear": options.get("message_buffer_autoclear", False),
        "enable_sleeptime": options.get("enable_sleeptime"),
        "multi_agent_group": None,
        "managed_group": None,
        "last_run_completion": zulu(row.last_run_completion),
        "last_run_duration_ms": row.last_run_duration_ms,
        "last_stop_reason": row.last_stop_reason,
        "timezone": options.get("timezone", "UTC"),
        "max_files_open": options.get("max_files_open", 10),
        "per_file_view_window_char_limit": options.get("per_file_view_window_char_limit", 25_000),
        "hidden": row.hidden,
    }
