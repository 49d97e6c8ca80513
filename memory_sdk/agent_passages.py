"""An agent's passages and its archive, as a console uses them: a part of `Agents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memory_sdk import archive, calls, passages
from memory_sdk.models import Passage
from memory_sdk.names import checked_text

if TYPE_CHECKING:
    from memory_sdk.connection import Connection
    from memory_sdk.subjects import Known


class Passages:
    """What `Agents` can do with passages. Every call raises LettaError or one of its kinds."""

    _connection: Connection
    _known: Known

    def store_passages(self, agent_id: str, texts: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Store texts, each with its tags, in an agent's archival memory. A request for each hundred, one more at first.

        After Unavailable some or all may be stored: give each a tag of its own and ask `has_passage`.
        """
        checked = [(checked_text(text, "text"), list(tags)) for text, tags in texts]
        self._connection.run(passages.store_texts(self._known, agent_id, checked))

    def has_passage(self, agent_id: str, text: str, tag: str) -> bool:
        """Whether a passage with this tag, which no other text has, is stored. One request."""
        return bool(self._connection.run(passages.search(agent_id, text[:300], [tag])))

    def list_passages(
        self, agent_id: str, *, text: str | None = None, after: str | None = None, limit: int = calls.PAGE
    ) -> list[Passage]:
        """Passages of an agent, the oldest first, `limit` at most. One request; NotFound.

        `text`: only those with these words as they stand, in any letter case. `after`: go on after this passage id.
        """
        return self._connection.run(archive.listed(agent_id, text, after, limit))

    def search_passages(self, agent_id: str, query: str, tags: Sequence[str] = ()) -> list[Passage]:
        """The passages that fit `query` best, best first, by Letta's own search: by meaning where it embeds. NotFound.

        `tags`: only those with any of them; all when there are none. One request.
        """
        if not checked_text(query, "query").strip():
            raise ValueError("query must not be empty.")
        return self._connection.run(archive.found(agent_id, query, tags))

    def create_passage(self, agent_id: str, text: str, tags: Sequence[str] = ()) -> Passage:
        """Store a text in an agent's archive, which is made if need be. One request, never repeated."""
        if not checked_text(text, "text").strip():
            raise ValueError("text must not be empty.")
        return self._connection.run(archive.create(agent_id, text, tags))

    def delete_passage(self, agent_id: str, passage_id: str) -> None:
        """Delete a passage; NotFound. One request."""
        self._connection.run(archive.delete(agent_id, passage_id))
