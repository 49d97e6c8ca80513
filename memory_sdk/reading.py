"""Letta's JSON read into the SDK's dataclasses; an answer of another shape is `Unavailable`, never a stray KeyError."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from json import loads
from typing import cast

from memory_sdk.errors import Unavailable
from memory_sdk.formats import parse_batch
from memory_sdk.models import Agent, Batch, Block, Health, Passage, RunState, Touch, Usage
from memory_sdk.names import subject_id_of

Json = Mapping[str, object]

_MAX_ERROR = 300  # characters of a run's own error sentence


def record(answer: object) -> Json:
    """The answer as one JSON object."""
    if not isinstance(answer, dict):
        raise Unavailable("Letta's answer was not the JSON object expected.")
    return cast(Json, answer)


def records(answer: object) -> list[Json]:
    """The answer as a list of JSON objects."""
    if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
        raise Unavailable("Letta's answer was not the JSON list expected.")
    return cast(list[Json], answer)


def text(data: Json, key: str) -> str:
    """A string that must be there."""
    value = data.get(key)
    if not isinstance(value, str):
        raise Unavailable(f"Letta's answer lacks {key!r}.")
    return value


def optional_text(data: Json, key: str) -> str | None:
    """A string or None."""
    value = data.get(key)
    return value if isinstance(value, str) else None


def texts(data: Json, key: str) -> tuple[str, ...]:
    value = data.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _number(data: Json, key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) else 0


def moment(data: Json, key: str) -> datetime | None:
    """A time in UTC. Letta leaves the zone off some of its times (`completed_at`); all are UTC."""
    value = data.get(key)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def block(data: Json) -> Block:
    """A block (Letta's BlockResponse)."""
    metadata = data.get("metadata")
    return Block(
        id=text(data, "id"),
        label=optional_text(data, "label") or "",
        description=optional_text(data, "description") or "",
        value=text(data, "value"),
        limit=_number(data, "limit"),
        read_only=data.get("read_only") is True,
        tags=texts(data, "tags"),
        metadata=cast(Json, metadata) if isinstance(metadata, dict) else {},
    )


def agent(data: Json, *, with_blocks: bool) -> Agent:
    """An agent (Letta's AgentState, with `agent.tags` included)."""
    name, tags = text(data, "name"), texts(data, "tags")
    created_at = moment(data, "created_at")
    times = [found for key in ("updated_at", "last_run_completion") if (found := moment(data, key))]
    return Agent(
        id=text(data, "id"),
        name=name,
        subject_id=subject_id_of(name, tags),
        tags=tags,
        blocks=tuple(block(item) for item in records(data.get("blocks"))) if with_blocks else None,
        created_at=created_at,
        last_activity=max(times, default=created_at),
    )


def run(data: Json, usage: Usage | None = None) -> RunState:
    """A run (Letta's Run)."""
    status, stop_reason = text(data, "status"), optional_text(data, "stop_reason")
    state = RunState(
        id=text(data, "id"),
        agent_id=optional_text(data, "agent_id") or "",
        status=status,
        stop_reason=stop_reason,
        error=None,
        created_at=moment(data, "created_at"),
        completed_at=moment(data, "completed_at"),
        usage=usage,
    )
    if not state.finished or state.succeeded:
        return state
    metadata = data.get("metadata")
    told = optional_text(cast(Json, metadata), "error") if isinstance(metadata, dict) else None
    return RunState(
        state.id,
        state.agent_id,
        status,
        stop_reason,
        _sentence(told) or _reason(status, stop_reason),
        state.created_at,
        state.completed_at,
        usage,
    )


def _sentence(told: str | None) -> str:
    """The first line of a server's error, cut to a readable length."""
    line = (told or "").strip().splitlines()[0:1]
    return line[0][:_MAX_ERROR] if line else ""


def _reason(status: str, stop_reason: str | None) -> str:
    if status == "cancelled":
        return "It was cancelled."
    return f"It stopped with {stop_reason}." if stop_reason else "Letta gave no reason."


def usage(data: Json) -> Usage:
    """Tokens of a run (Letta's UsageStatistics)."""
    return Usage(_number(data, "prompt_tokens"), _number(data, "completion_tokens"), _number(data, "total_tokens"))


def batch(data: Json) -> Batch | None:
    """A user message of an agent's log; None for every other kind of message."""
    if data.get("message_type") != "user_message":
        return None
    content = data.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    content = content if isinstance(content, str) else ""
    turns = parse_batch(content)
    return Batch(
        message_id=text(data, "id"),
        run_id=optional_text(data, "run_id"),
        idempotency_key=optional_text(data, "otid"),
        sent_at=moment(data, "date"),
        text=content,
        turns=None if turns is None else tuple(turns),
    )


# Arguments by which Letta's memory tools, present and past, name the block they change; `path` is `/memories/<label>`.
_LABEL_ARGUMENTS = ("label", "target_block_label", "block_label", "path")


def touches(data: Json) -> list[Touch]:
    """The blocks that the tool calls in a message of an agent's log are about."""
    run_id = optional_text(data, "run_id")
    if data.get("message_type") != "tool_call_message" or run_id is None:
        return []
    several = data.get("tool_calls")
    found = [_label(call) for call in (several if isinstance(several, list) else [data.get("tool_call")])]
    return [Touch(run_id, label) for label in found if label]


def _label(call: object) -> str | None:
    written = optional_text(cast(Json, call), "arguments") if isinstance(call, dict) else None
    try:
        arguments = loads(written or "")
    except ValueError:  # what a model writes need not be JSON
        return None
    if not isinstance(arguments, dict):
        return None
    named = [found for key in _LABEL_ARGUMENTS if isinstance(found := arguments.get(key), str)]
    return named[0].rstrip("/").rpartition("/")[2] if named else None


def passage(data: Json) -> Passage:
    """A passage (Letta's Passage)."""
    return Passage(text(data, "id"), text(data, "text"), texts(data, "tags"), moment(data, "created_at"))


def found_passage(data: Json) -> Passage:
    """A hit of a search (an item of Letta's `results`)."""
    return Passage(text(data, "id"), text(data, "content"), texts(data, "tags"), moment(data, "timestamp"))


def health(data: Json) -> Health:
    """The server's health answer."""
    return Health(text(data, "status"), text(data, "version"))
