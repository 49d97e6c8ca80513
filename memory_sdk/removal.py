"""`Removal`: finding, deleting and asking again for all that Letta keeps of a subject, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from memory_sdk import asking, belongings, orphans
from memory_sdk.belongings import Belongings
from memory_sdk.connection import Connection
from memory_sdk.names import checked_text
from memory_sdk.orphans import OrphanPage


class Removal:
    """What `Agents.delete_agent` does at one go, in steps that each can be recorded, repeated and proven.

    Every call raises LettaError or one of its kinds.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def agents_of(self, subject_id: str) -> tuple[list[str], list[str]]:
        """Ids of the subject's agents, duplicates too, and of others' agents that carry its id as a tag."""
        return self._connection.run(belongings.agents_of(subject_id))

    def collect(
        self,
        agent_ids: Sequence[str],
        *,
        block_ids: Sequence[str] = (),
        subject_id: str | None = None,
        listed: Sequence[str] = (),
    ) -> Belongings:
        """Ids of everything that hangs on these agents and their sleep-time twins, and of those of `block_ids` that exist.

        `block_ids`: blocks that were once attached. `subject_id`: also the identities that have it as their key. What is
        gone already is left out. A request or two for each thing found: with many runs this takes its time.

        `listed`: agents that `agents_of` has just told of. Unavailable when Letta now says that one is not there: what
        hung on an agent that is wrongly taken for gone would never be found again.
        """
        return self._connection.run(belongings.collect(agent_ids, block_ids, subject_id, frozenset(listed)))

    def delete(self, kind: str, one: str) -> bool:
        """Delete one thing of a kind of `belongings.DELETED`; False when it was gone already. One request."""
        return self._connection.run(asking.delete(kind, one))

    def is_there(self, kind: str, one: str) -> bool | None:
        """Whether Letta still answers for one thing; None: this server has no address to ask that. One request."""
        return self._connection.run(asking.is_there(kind, one))

    def passages_with(self, text: str) -> list[str]:
        """Ids of passages anywhere that contain `text`, of the hundred Letta's search finds nearest. One request."""
        return self._connection.run(asking.passages_with(checked_text(text, "text")))

    def blocks_with(self, text: str) -> list[str]:
        """Ids of blocks anywhere that contain `text` in value or description, at most 2000. Two requests."""
        return self._connection.run(asking.blocks_with(checked_text(text, "text")))

    def orphaned_blocks(self, limit: int = 1000, tag: str | None = None) -> OrphanPage:
        """Blocks that hang on no agent, with `tag` if given, `limit` at most and in no order. One request."""
        return self._connection.run(orphans.blocks(limit, tag))

    def orphaned_archives(self, after: str | None = None, limit: int = 50) -> OrphanPage:
        """Of the next `limit` archives after the id `after` those that no agent has. A request for each archive."""
        return self._connection.run(orphans.archives(after, limit))

    def orphaned_folders(self, after: str | None = None, limit: int = 50) -> OrphanPage:
        """Of the next `limit` folders after the id `after` those that no agent has. A request for each folder."""
        return self._connection.run(orphans.folders(after, limit))

    def is_alone(self, kind: str, one: str) -> bool:
        """Whether no agent has this block, archive or folder; also when it is gone. One request."""
        return self._connection.run(orphans.is_alone(kind, one))
