"""Agent files (`.af`): an agent with its blocks and its conversation as one JSON document, out and in.

The format is AgentFileSchema of Letta's server 0.16.8. As there, passages are not in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine import agents
from engine.models import Agent, Block, Message
from engine.prompt import compiled
from engine.shapes.agents import agent as agent_shape
from engine.shapes.times import zulu
from engine.shapes.tools import tool
from engine.tags import Tag
from engine.text import storable
from engine.tool_choice import tools_of
from engine.tools import TOOLS

REVISION = "memory-ui"
"""Stands where Letta's server writes the revision of its database."""
MOST_MESSAGES = 100_000
ROLES = ("system", "user", "assistant", "tool")


class BadAgentFile(ValueError):
    """The document is none that can be imported; the message says what is wrong, without what stands in it."""


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())


class _Block(_Given):
    id: str
    label: str = Field(min_length=1)
    value: str = ""
    description: str | None = None
    limit: int = Field(default=20_000, ge=1, le=2**31 - 1)
    read_only: bool = False
    metadata: dict[str, Any] | None = None


class _Function(_Given):
    name: str
    arguments: str = "{}"


class _ToolCall(_Given):
    id: str = ""
    function: _Function


class _Message(_Given):
    id: str
    role: str
    content: list[dict[str, Any]] | str | None = None
    name: str | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None
    tool_returns: list[dict[str, Any]] | None = None
    created_at: datetime | None = None


class _Agent(_Given):
    name: str | None = None
    description: str | None = None
    agent_type: str = "letta_v1_agent"
    system: str | None = None
    model: str | None = None
    embedding: str | None = None
    llm_config: dict[str, Any] | None = None
    embedding_config: dict[str, Any] | None = None
    tags: list[Tag] | None = None
    metadata: dict[str, Any] | None = None
    block_ids: list[str] | None = None
    tool_ids: list[str] | None = None
    messages: list[_Message] = Field(default_factory=list, max_length=MOST_MESSAGES)


class _Tool(_Given):
    id: str
    name: str | None = None


class _File(_Given):
    agents: list[_Agent] = Field(min_length=1)
    blocks: list[_Block] = Field(default_factory=list)
    tools: list[_Tool] = Field(default_factory=list)


def exported(row: Agent, *, with_messages: bool = True) -> dict[str, Any]:
    """The agent file of one agent."""
    blocks = list(agents.blocks_of(row.pk))
    state = agent_shape(row, blocks)
    names = {block.pk: f"block-{number}" for number, block in enumerate(blocks)}
    tool_names = {tool(name)["id"]: f"tool-{number}" for number, name in enumerate(tools_of(row))}
    messages = [_said(message, number) for number, message in enumerate(row.messages.order_by("position"))]
    if messages:
        messages[0]["content"] = [{"type": "text", "text": compiled(row, blocks)}]
    if not with_messages:
        messages = []
    agent = {
        "id": "agent-0",
        "name": row.name,
        "memory_blocks": [],
        "tools": [],
        "tool_ids": list(tool_names.values()),
        "source_ids": [],
        "folder_ids": None,
        "block_ids": list(names.values()),
        "tool_rules": state["tool_rules"],
        "tags": row.tags,
        "system": row.system,
        "agent_type": row.agent_type,
        "llm_config": state["llm_config"],
        "embedding_config": state["embedding_config"],
        "description": row.description,
        "metadata": row.metadata,
        "timezone": state["timezone"],
        "in_context_message_ids": [message["id"] for message in messages[:1]],
        "messages": messages,
        "files_agents": [],
        "group_ids": [],
        "include_base_tools": False,
        "include_multi_agent_tools": False,
        "include_base_tool_rules": False,
    }
    return {
        "agents": [agent],
        "groups": [],
        "blocks": [_kept(block, names[block.pk]) for block in blocks],
        "files": [],
        "sources": [],
        "tools": [tool(name) | {"id": tool_names[tool(name)["id"]]} for name in tools_of(row)],
        "mcp_servers": [],
        "skills": [],
        "metadata": {"revision_id": REVISION},
        "created_at": zulu(timezone.now()),
    }


def imported(document: Any, *, name: str | None, suffix: str, strip_messages: bool, model: str | None) -> list[Agent]:
    """Make the agents of an agent file, with blocks of their own; all of them or none.

    `suffix` is appended to the names, unless `name` gives one.

    Raises:
        BadAgentFile: it is no agent file, or holds what the engine has not.
    """
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadAgentFile(f"{place or 'the document'}: {first['msg']}") from None
    tools = {one.id: one.name for one in file.tools}
    blocks = {one.id: one for one in file.blocks}
    with transaction.atomic():
        return [_made(given, blocks, tools, name, suffix, strip_messages, model) for given in file.agents]


def _made(
    given: _Agent,
    blocks: dict[str, _Block],
    tools: dict[str, str | None],
    name: str | None,
    suffix: str,
    strip_messages: bool,
    model: str | None,
) -> Agent:
    missing = [one for one in given.block_ids or [] if one not in blocks]
    if missing:
        raise BadAgentFile("agents.block_ids: names a block that is not in the file")
    mine = [blocks[one].model_dump(exclude={"id"}) for one in given.block_ids or []]
    for block in mine:
        block["value"] = storable(block["value"]) or ""
    chosen = [tools.get(one) for one in given.tool_ids or []]
    fields: dict[str, Any] = {
        "name": name or f"{given.name or 'agent'}{suffix}",
        "description": storable(given.description),
        "agent_type": given.agent_type,
        "system": given.system,
        "model": model or given.model or _handle(given.llm_config, "model"),
        "embedding": given.embedding or _handle(given.embedding_config, "embedding_model"),
        "tags": given.tags,
        "metadata": given.metadata,
        "tools": [one for one in chosen if one in TOOLS] or None,
    }
    try:
        row, _ = agents.create({key: value for key, value in fields.items() if value is not None}, mine, [])
    except agents.LabelTaken:
        raise BadAgentFile("agents.block_ids: two blocks of one agent have the same label") from None
    if not strip_messages:
        Message.objects.bulk_create(
            [_row(one, row, position) for position, one in enumerate(_conversation(given.messages), start=1)]
        )
    return row


def _conversation(messages: list[_Message]) -> list[_Message]:
    """Without the first, compiled system prompt: the new agent has its own."""
    for message in messages:
        if message.role not in ROLES:
            raise BadAgentFile("agents.messages.role: no role that the engine has")
    return messages[1:] if messages and messages[0].role == "system" else messages


def _row(given: _Message, agent: Agent, position: int) -> Message:
    returned = (given.tool_returns or [{}])[0]
    return Message(
        agent=agent,
        position=position,
        role=given.role,
        text=storable(_text(given.content) or str(returned.get("func_response") or "")) or "",
        name=storable(given.name),
        tool_calls=[
            {"id": one.id, "name": one.function.name, "arguments": storable(one.function.arguments)}
            for one in given.tool_calls or []
        ],
        tool_call_id=given.tool_call_id or returned.get("tool_call_id"),
        tool_status=str(returned["status"])[:10] if returned.get("status") else None,
        created_at=given.created_at or timezone.now(),
    )


def _said(message: Message, number: int) -> dict[str, Any]:
    returns = None
    if message.role == "tool":
        returns = [
            {
                "tool_call_id": message.tool_call_id,
                "status": message.tool_status or "success",
                "func_response": message.text,
                "stdout": None,
                "stderr": None,
            }
        ]
    calls = [
        {
            "id": one.get("id", ""),
            "type": "function",
            "function": {"name": one.get("name", ""), "arguments": one.get("arguments", "{}")},
        }
        for one in message.tool_calls
    ]
    return {
        "id": f"message-{number}",
        "role": message.role,
        "content": [{"type": "text", "text": message.text}],
        "name": message.name,
        "otid": None,
        "sender_id": None,
        "model": None,
        "agent_id": "agent-0",
        "tool_calls": calls or None,
        "tool_call_id": message.tool_call_id,
        "tool_returns": returns,
        "created_at": zulu(message.created_at),
    }


def _kept(block: Block, id: str) -> dict[str, Any]:
    return {
        "id": id,
        "value": block.value,
        "limit": block.limit,
        "template_name": block.options.get("template_name"),
        "is_template": block.is_template,
        "preserve_on_migration": block.options.get("preserve_on_migration", False),
        "label": block.label,
        "read_only": block.read_only,
        "description": block.description,
        "metadata": block.metadata,
    }


def _text(content: list[dict[str, Any]] | str | None) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
    return content or ""


def _handle(config: dict[str, Any] | None, name: str) -> str | None:
    found = config or {}
    if found.get("handle"):
        return str(found["handle"])
    return f"openai/{found[name]}" if found.get(name) else None
