"""A run as Letta's JSON."""

from __future__ import annotations

from typing import Any

from engine.models import Run
from engine.shapes.times import naive, zulu

REQUEST_CONFIG = {
    "use_assistant_message": True,
    "assistant_message_tool_name": "send_message",
    "assistant_message_tool_kwarg": "message",
    "include_return_message_types": None,
}
"""What Letta echoes of the request that started a run, by default."""


def run(row: Run) -> dict[str, Any]:
    metadata = row.metadata
    if row.error is not None:
        metadata = {**(metadata or {}), "error": row.error}
    ended = row.completed_at
    began = row.started_at or row.created_at
    return {
        "id": row.id,
        "status": row.status,
        "created_at": zulu(row.created_at),
        "completed_at": naive(ended),
        "agent_id": row.agent_id,
        "conversation_id": None,
        "base_template_id": None,
        "background": row.background,
        "metadata": metadata,
        "request_config": {**REQUEST_CONFIG, **row.request_config},
        "stop_reason": row.stop_reason,
        "callback_url": None,
        "callback_sent_at": None,
        "callback_status_code": None,
        "callback_error": None,
        "ttft_ns": None,
        "total_duration_ns": None if ended is None else round((ended - began).total_seconds() * 1e9),
    }
