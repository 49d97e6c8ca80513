"""Long lists, one page in memory at a time, without the rows that following Letta's own pages would lose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from memory_sdk import calls, reading
from memory_sdk.connection import Connection
from memory_sdk.errors import Unavailable
from memory_sdk.models import Agent, Batch
from memory_sdk.names import SDK_TAG
from memory_sdk.plans import Plan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the plan that fetches the next ones; None at the end."""

    rows: list[T]
    following: Plan[Page[T]] | None


def pages(connection: Connection, first: Plan[Page[T]]) -> Iterator[T]:
    """All rows of all pages; the next page is asked for when the last row of this one has been taken."""
    plan: Plan[Page[T]] | None = first
    while plan is not None:
        page = connection.run(plan)
        yield from page.rows
        plan = page.following


def agents(since: datetime | None, after: str | None, page_size: int) -> Plan[Page[Agent]]:
    """Memory agents, the last active first."""
    found = [reading.agent(item, with_blocks=False) for item in reading.records((yield _agents_call(after, page_size)))]
    return _agents_page(found, since, page_size, full=len(found) == page_size)


def _agents_page(found: list[Agent], since: datetime | None, page_size: int, *, full: bool) -> Page[Agent]:
    rows = [agent for agent in found if since is None or not _before(agent.last_activity, since)]
    ended = not full or len(rows) < len(found)
    return Page(rows, None if ended else _agents_after(found, since, page_size))


def _agents_after(page: list[Agent], since: datetime | None, page_size: int) -> Plan[Page[Agent]]:
    """The page after `page`, going by its last agent that is still where it was.

    Letta takes an agent id as the cursor. When that agent was deleted or became active meanwhile, Letta begins again
    at the top, which shows in an activity later than the last one seen; the agent before it then serves as cursor.
    """
    last_seen = page[-1].last_activity
    seen = {agent.id for agent in page}
    for cursor in reversed(page):
        answer = yield _agents_call(cursor.id, page_size)
        found = [reading.agent(item, with_blocks=False) for item in reading.records(answer)]
        fresh = [agent for agent in found if agent.id not in seen]
        if found and not fresh:
            continue
        newest = fresh[0].last_activity if fresh else None
        if newest is None or last_seen is None or newest <= last_seen:
            return _agents_page(fresh, since, page_size, full=len(found) == page_size)
    raise Unavailable("The agents changed while they were listed; list them again.")


def _agents_call(after: str | None, page_size: int) -> calls.Call:
    return calls.agents_list(tags=[SDK_TAG], include=["agent.tags"], order_by="updated_at", after=after, limit=page_size)


def _before(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment < since


def batches(agent_id: str, since: datetime | None, before: str | None = None) -> Plan[Page[Batch]]:
    """The batches in an agent's message log, newest first."""
    found = reading.records((yield calls.agents_messages_list(agent_id, before=before)))
    rows: list[Batch] = []
    for item in found:
        batch = reading.batch(item)
        if batch is None:
            continue
        if since is not None and _before(batch.sent_at, since):
            return Page(rows, None)
        rows.append(batch)
    if len(found) < calls.PAGE:
        return Page(rows, None)
    return Page(rows, batches(agent_id, since, reading.text(found[-1], "id")))
