"""Plans about an agent's archival memory as a console reads and edits it, passage by passage."""

from __future__ import annotations

from collections.abc import Sequence

from memory_sdk import calls, reading
from memory_sdk.models import Passage
from memory_sdk.plans import Plan


def listed(agent_id: str, text: str | None, after: str | None, limit: int) -> Plan[list[Passage]]:
    """Passages, the oldest first: the other way round Letta's pages cannot be followed without losing rows."""
    answer = yield calls.agents_passages_list(agent_id, search=text, after=after, limit=limit)
    return [reading.passage(item) for item in reading.records(answer)]


def found(agent_id: str, query: str, tags: Sequence[str]) -> Plan[list[Passage]]:
    """The passages that fit best, best first."""
    answer = reading.record((yield calls.agents_passages_search(agent_id, query, tags)))
    return [reading.found_passage(item) for item in reading.records(answer.get("results"))]


def create(agent_id: str, text: str, tags: Sequence[str]) -> Plan[Passage]:
    """A new passage. Letta answers with a list: it may cut a long text into several, of which this is the first."""
    stored = reading.records((yield calls.agents_passages_create(agent_id, text, tags)))
    return reading.passage(stored[0]) if stored else Passage("", text, tuple(tags), None)


def delete(agent_id: str, passage_id: str) -> Plan[None]:
    """Delete a passage; NotFound when the agent has none of that id."""
    yield calls.agents_passages_delete(agent_id, passage_id)
