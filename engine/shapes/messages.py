"""Messages as Letta's JSON. One stored row may show as several wire messages, which share its id and differ in `otid`."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from engine.models import Message
from engine.prompt import KEEPERS
from engine.shapes.times import seconds

MessageType = Literal[
    "system_message", "user_message", "assistant_message", "reasoning_message", "hidden_reasoning_message",
    "tool_call_message", "tool_return_message", "approval_request_message", "approval_response_message", "summary_message",
    "event_message",
]  # fmt: skip


def wire(
    rows: Iterable[Message],
    agent_type: str,
    *,
    system: Callable[[], str] | None = None,
    types: Sequence[str] | None = None,
    newest_first: bool = False,
) -> list[dict[str, Any]]:
    """Rows as wire messages, in the order of the rows; the parts of one row turn round with it.

    `system` compiles the system prompt, for the one row that stands for it; `types` are those to show, None for all.
    """
    shown: list[dict[str, Any]] = []
    for row in rows:
        parts = [part for part in _parts(row, agent_type, system) if types is None or part["message_type"] in types]
        shown += reversed(parts) if newest_first else parts
    return shown


def step_id(run_id: str, step: int) -> str:
    """The id of a run's step, from 1: derived, for steps have no rows of their own."""
    digest = hashlib.sha256(f"{run_id} {step}".encode()).digest()
    return f"step-{uuid.UUID(bytes=digest[:16], version=4)}"


def _parts(row: Message, agent_type: str, system: Callable[[], str] | None) -> list[dict[str, Any]]:
    if row.role == "tool":
        return [_returned(row)]
    if row.role == "user":
        return [_part(row, "user_message", otid=row.otid) | {"content": row.text}]
    if row.role == "system":
        text = system() if system and row.position == 0 else row.text
        return [_part(row, "system_message", otid=row.otid) | {"content": text}]
    parts: list[dict[str, Any]] = []
    if row.reasoning:
        parts.append(_thought(row, row.reasoning, 0))
    if row.text:
        # What an agent that works in the background says is said to itself.
        speaks = row.step is None or agent_type not in KEEPERS
        said = _part(row, "assistant_message", len(parts)) | {"content": row.text}
        parts.append(said if speaks else _thought(row, row.text, len(parts)))
    for call in row.tool_calls:
        shown = {"name": call["name"], "arguments": call["arguments"], "tool_call_id": call["id"]}
        parts.append(_part(row, "tool_call_message", len(parts)) | {"tool_call": shown, "tool_calls": [shown]})
    return parts


def _part(row: Message, kind: str, index: int = 0, otid: str | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "date": seconds(row.created_at),
        "name": row.name,
        "message_type": kind,
        "otid": otid if row.role in ("user", "system") else _otid(row.id, index),
        "sender_id": None,
        "step_id": step_id(row.run_id, row.step or 1) if row.run_id else None,
        "is_err": None,
        "seq_id": None,
        "run_id": row.run_id,
    }


def _thought(row: Message, text: str, index: int) -> dict[str, Any]:
    part = _part(row, "reasoning_message", index)
    return part | {"source": "non_reasoner_model", "reasoning": text, "signature": None}


def _returned(row: Message) -> dict[str, Any]:
    stderr = [row.text] if row.tool_status == "error" else None
    result = {
        "tool_return": row.text,
        "status": row.tool_status,
        "tool_call_id": row.tool_call_id,
        "stdout": None,
        "stderr": stderr,
    }
    part = _part(row, "tool_return_message") | {"name": row.tool_name}
    return part | result | {"tool_returns": [{"type": "tool", **result}]}


def _otid(message_id: str, index: int) -> str:
    """Letta's own: the message's UUID, whose last seven bits count its parts."""
    body = message_id.removeprefix("message-")
    return f"{body[:-2]}{(int(body[-2:], 16) & 0x80) | index:02x}"
