"""Plans about archival memory: storing the messages themselves, and finding them again."""

from __future__ import annotations

from collections.abc import Sequence

from memory_sdk import calls, reading
from memory_sdk.errors import NotFound, Refused
from memory_sdk.formats import Turn
from memory_sdk.names import SDK_TAG
from memory_sdk.plans import Plan
from memory_sdk.subjects import Known, remember_archive

_BATCH = 100  # passages a request: each is embedded before the answer comes


def store(known: Known, agent_id: str, turns: Sequence[Turn]) -> Plan[None]:
    """Store each turn with text as a passage, tags `[role, "ai-memory-sdk"]`. Requests as `store_texts`."""
    yield from store_texts(known, agent_id, [(turn.content, [turn.role, SDK_TAG]) for turn in turns if turn.content.strip()])


def store_texts(known: Known, agent_id: str, texts: Sequence[tuple[str, Sequence[str]]]) -> Plan[None]:
    """Store texts, each with its tags, as passages.

    One request for up to 100 of them, one more for an agent whose archive is not known yet.
    """
    waiting = list(texts)
    archive_id = known.archives.get(agent_id)
    while waiting:
        if archive_id is None:  # the answer to a single passage names the archive, which it creates where missing
            text, tags = waiting.pop(0)
            answer = yield calls.agents_passages_create(agent_id, text, tags)
            archive_id = remember_archive(known, agent_id, answer)
            continue
        try:
            yield calls.archives_passages_create_many(archive_id, waiting[:_BATCH])
        except NotFound:
            known.archives.pop(agent_id, None)
            archive_id = None
        except Refused as error:
            if error.status not in {405, 501}:
                raise
            text, tags = waiting.pop(0)  # a server without batches: one by one
            yield calls.agents_passages_create(agent_id, text, tags)
        else:
            del waiting[:_BATCH]


def search(agent_id: str, query: str, tags: Sequence[str]) -> Plan[list[str]]:
    """The texts of the passages that fit best, best first; with any of `tags`, all when there are none."""
    answer = reading.record((yield calls.agents_passages_search(agent_id, query, tags)))
    return [reading.text(item, "content") for item in reading.records(answer.get("results"))]
