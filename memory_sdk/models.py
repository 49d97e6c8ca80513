"""What the SDK answers with and takes: plain dataclasses, so that no letta_client type is known outside this package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from memory_sdk.formats import Turn
from memory_sdk.names import checked_label, checked_limit, checked_text


@dataclass(frozen=True, slots=True)
class Block:
    """A labelled piece of memory as Letta has it. `limit` is in characters."""

    id: str
    label: str
    description: str
    value: str
    limit: int
    read_only: bool = False
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """What the engine calls this text, description and limit in the headers `ETag` and `If-Match` (RFC 9110)."""
        said = json.dumps([self.value, self.description, self.limit])
        return f'"{hashlib.sha256(said.encode()).hexdigest()}"'


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block to create. `limit` is in characters. ValueError at once when Letta could not hold it."""

    label: str
    description: str
    value: str = ""
    limit: int = 10_000
    read_only: bool = False
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_label(self.label)
        checked_limit(self.limit, "limit")
        checked_text(self.description, "description")
        checked_text(self.value, "value")


@dataclass(frozen=True, slots=True)
class BlockChange:
    """What is to be changed about a block; None: left as it is. ValueError at once when Letta could not hold it."""

    block_id: str
    value: str | None = None
    description: str | None = None
    limit: int | None = None
    read_only: bool | None = None

    def __post_init__(self) -> None:
        if self.value is not None:
            checked_text(self.value, "value")
        if self.description is not None:
            checked_text(self.description, "description")
        if self.limit is not None:
            checked_limit(self.limit, "limit")


@dataclass(frozen=True, slots=True)
class Agent:
    """The Letta agent that keeps one subject's memory.

    `blocks` is None where they were not asked for. `subject_id` is None for an agent that no SDK made.
    `last_activity`: when Letta last changed the agent, in UTC; a finished run counts, a block edited over REST does not.
    `duplicates`: ids of further agents that carry the same subject id; they should not exist, and are nobody's choice.
    """

    id: str
    name: str
    subject_id: str | None
    tags: tuple[str, ...]
    blocks: tuple[Block, ...] | None
    created_at: datetime | None
    last_activity: datetime | None
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a run spent."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


# A run that stopped for one of these has learned nothing or not all, although Letta may call it completed.
_ERROR_STOPS = frozenset(
    {
        "error",
        "llm_api_error",
        "invalid_llm_response",
        "invalid_tool_call",
        "max_tokens_exceeded",
        "insufficient_credits",
        "context_window_overflow_in_system_prompt",
    }
)


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a learning run stands. `status`: created, running, completed, failed or cancelled, in Letta's words.

    `error`: what went wrong in one sentence, None while nothing did. Times are UTC.
    """

    id: str
    agent_id: str
    status: str
    stop_reason: str | None
    error: str | None
    created_at: datetime | None
    completed_at: datetime | None
    usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """It will not change any more."""
        return self.status in {"completed", "failed", "cancelled"}

    @property
    def succeeded(self) -> bool:
        """It ran to its end and learned what there was to learn."""
        return self.status == "completed" and self.stop_reason not in _ERROR_STOPS


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of turns that was given to an agent to learn from, as found in its message log.

    `turns` is None when the message was not written in the SDK's format; `text` is the message itself.
    `idempotency_key`: the sender's message id (`otid`), which for our own sends is the key of the batch.
    """

    message_id: str
    run_id: str | None
    idempotency_key: str | None
    sent_at: datetime | None
    text: str
    turns: tuple[Turn, ...] | None


@dataclass(frozen=True, slots=True)
class Touch:
    """A memory tool that a run called on the block `label`; whether it changed anything is not said."""

    run_id: str
    label: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """A part of an agent's message log, oldest first: what it was given to learn from, and the blocks it then touched.

    `last_id`: the message to go on after, None for an empty log. `more`: there may be further messages.
    """

    batches: tuple[Batch, ...]
    touches: tuple[Touch, ...]
    last_id: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in archival memory, found by search. `created_at` is in UTC."""

    id: str
    text: str
    tags: tuple[str, ...]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion removed (ids), and what it left because other agents use it, too."""

    agent_ids: tuple[str, ...] = ()
    block_ids: tuple[str, ...] = ()
    archive_ids: tuple[str, ...] = ()
    kept_block_ids: tuple[str, ...] = ()
    kept_archive_ids: tuple[str, ...] = ()

    def __add__(self, other: Deleted) -> Deleted:
        return Deleted(
            self.agent_ids + other.agent_ids,
            self.block_ids + other.block_ids,
            self.archive_ids + other.archive_ids,
            self.kept_block_ids + other.kept_block_ids,
            self.kept_archive_ids + other.kept_archive_ids,
        )


@dataclass(frozen=True, slots=True)
class Health:
    """What the Letta server says about itself."""

    status: str
    version: str
