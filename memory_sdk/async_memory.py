"""`AsyncMemory`: `Memory` for programs on an event loop. The same calls, awaited."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from memory_sdk import learning
from memory_sdk.connection import AsyncConnection
from memory_sdk.core import (
    HUMAN_DESCRIPTION,
    HUMAN_LIMIT,
    SUMMARY_DESCRIPTION,
    SUMMARY_LIMIT,
    Core,
    Messages,
)
from memory_sdk.models import Block

if TYPE_CHECKING:
    import httpx


class AsyncMemory:
    """`Memory` with every call awaited. The arguments and the errors are the same; `transport` is an asynchronous one."""

    def __init__(
        self,
        api_key: str | None = None,
        subject_id: str | None = None,
        base_url: str | None = None,
        *,
        model: str | None = None,
        embedding: str | None = None,
        timeout: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._core = Core(subject_id, model, embedding)
        self._connection = AsyncConnection(api_key, base_url, timeout=timeout, transport=transport)

    @property
    def subject_id(self) -> str | None:
        """The subject this instance is bound to."""
        return self._core.subject_id

    # subjects ---------------------------------------------------------------------------------------------------------

    async def initialize_subject(self, subject_id: str, reset: bool = False) -> str:
        """Create the agent of a subject; returns its id. ValueError if there is one and `reset` is not set."""
        return await self._connection.run(self._core.initialize("subject_id", subject_id, "subject", [], reset=reset))

    async def delete_subject(self, subject_id: str | None = None) -> None:
        """Delete a subject's agent, messages, blocks and archive. Blocks other agents share are kept."""
        await self._connection.run(self._core.delete("subject_id", self._core.subject(subject_id)))

    async def list_blocks(self, subject_id: str | None = None) -> list[Block]:
        """All blocks of a subject; none for a subject that does not exist."""
        return await self._connection.run(self._core.list_blocks(subject_id))

    async def initialize_memory(
        self,
        label: str,
        description: str,
        value: str = "",
        char_limit: int = 10000,
        reset: bool = False,
        subject_id: str | None = None,
    ) -> str:
        """Create a block, and its subject if need be; returns the block's id. `char_limit` is in characters.

        An existing block is left alone, or put back to `value` with `reset`.
        """
        return await self._connection.run(
            self._core.initialize_memory(label, description, value, char_limit, reset, subject_id)
        )

    async def get_memory(self, label: str, prompt_formatted: bool = False, subject_id: str | None = None) -> str | None:
        """A block's value, or the block as a prompt shows it; None when it is missing."""
        return await self._connection.run(self._core.get_memory(label, prompt_formatted, subject_id))

    async def delete_block(self, label: str, subject_id: str | None = None) -> None:
        """Delete a block if it is there. One that other agents share is only taken off this subject."""
        await self._connection.run(self._core.delete_block(label, subject_id))

    # learning ---------------------------------------------------------------------------------------------------------

    async def add_messages(
        self,
        user_or_messages: str | Messages,
        messages: Messages | None = None,
        skip_vector_storage: bool = True,
    ) -> str:
        """Learn from messages; returns the run's id. `add_messages(user_id, messages)`, or `(messages)` when bound.

        Messages are dicts with `role` and `content`. With `skip_vector_storage=False` each is also stored for `search`.
        """
        return await self._connection.run(self._core.add(user_or_messages, messages, skip_vector_storage))

    async def add_messages_for_subject(self, subject_id: str, messages: Messages, skip_vector_storage: bool = True) -> str:
        """Learn from messages about a subject, which is created if need be; returns the run's id."""
        return await self._connection.run(self._core.add_for_subject(subject_id, messages, skip_vector_storage))

    async def add_messages_here(self, messages: Messages, skip_vector_storage: bool = True) -> str:
        """Learn from messages about the subject this instance is bound to; returns the run's id."""
        return await self._connection.run(self._core.add_for_subject(None, messages, skip_vector_storage))

    async def wait_for_run(self, run_id: str, timeout: float = 300) -> None:
        """Return when the run has learned. RunFailed as soon as it failed, TimeoutError after `timeout` seconds."""
        await self._connection.run(learning.wait_for_run(run_id, timeout))

    # users ------------------------------------------------------------------------------------------------------------

    async def initialize_user_memory(
        self,
        user_id: str,
        user_context_block_prompt: str = HUMAN_DESCRIPTION,
        user_context_block_char_limit: int = HUMAN_LIMIT,
        user_context_block_value: str = "",
        summary_block_prompt: str = SUMMARY_DESCRIPTION,
        summary_block_char_limit: int = SUMMARY_LIMIT,
        reset: bool = False,
    ) -> str:
        """Create a user's agent with the blocks `human` and `summary`; returns the agent's id.

        ValueError if there is one and `reset` is not set. Limits are in characters.
        """
        human = (user_context_block_prompt, user_context_block_value, user_context_block_char_limit)
        summary = (summary_block_prompt, summary_block_char_limit)
        return await self._connection.run(self._core.initialize_user(user_id, human, summary, reset=reset))

    async def get_user_memory(self, user_id: str, prompt_formatted: bool = False) -> str | None:
        """A user's `human` block, or None."""
        return await self._connection.run(self._core.get_user_memory(user_id, prompt_formatted))

    async def get_summary(self, user_id: str, prompt_formatted: bool = False) -> str | None:
        """A user's `summary` block, or None."""
        return await self._connection.run(self._core.get_summary(user_id, prompt_formatted))

    async def get_memory_agent_id(self, user_id: str) -> str | None:
        """The id of a user's agent, or None."""
        return await self._connection.run(self._core.agent_id(user_id))

    async def search(self, user_id: str, query: str, tags: list[str] | None = None) -> list[str] | None:
        """Stored messages that fit `query`, best first; None for an unknown user.

        What the user said by default; `tags=["assistant"]` or any others with one of those tags, `tags=[]` all.
        """
        return await self._connection.run(self._core.search(user_id, query, tags))

    async def delete_user(self, user_id: str) -> None:
        """Delete a user's agent, messages, blocks and archive. Blocks other agents share are kept."""
        await self._connection.run(self._core.delete("user_id", user_id))

    # ------------------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
