"""Long lists, one page in memory at a time, without the rows that following Letta's own pages would lose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from memory_sdk import calls, reading
from memory_sdk.connection import Connection
from memory_sdk.errors import Unavailable
from memory_sdk.models import Agent, LogPage, RunState
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


@dataclass(frozen=True, slots=True)
class AgentList:
    """Which agents to list, and in what order: the last active first, or the last created."""

    since: datetime | None = None
    by_creation: bool = False
    with_blocks: bool = False
    page_size: int = calls.PAGE

    def moment(self, agent: Agent) -> datetime | None:
        """The time by which an agent has its place in the list."""
        return agent.created_at if self.by_creation else agent.last_activity

    def call(self, after: str | None) -> calls.Call:
        """The request for the page after the agent `after`."""
        return calls.agents_list(
            tags=[SDK_TAG],
            include=["agent.tags", "agent.blocks"] if self.with_blocks else ["agent.tags"],
            order_by="created_at" if self.by_creation else "updated_at",
            after=after,
            limit=self.page_size,
        )

    def read(self, answer: object) -> list[Agent]:
        """The agents of an answer."""
        return [reading.agent(item, with_blocks=self.with_blocks) for item in reading.records(answer)]


def agents(wanted: AgentList, after: str | None) -> Plan[Page[Agent]]:
    """Memory agents, the last active or created first."""
    found = wanted.read((yield wanted.call(after)))
    return _agents_page(found, wanted, full=len(found) == wanted.page_size)


def _agents_page(found: list[Agent], wanted: AgentList, *, full: bool) -> Page[Agent]:
    rows = [agent for agent in found if wanted.since is None or not _before(wanted.moment(agent), wanted.since)]
    ended = not full or len(rows) < len(found)
    return Page(rows, None if ended else _agents_after(found, wanted))


def _agents_after(page: list[Agent], wanted: AgentList) -> Plan[Page[Agent]]:
    """The page after `page`, going by its last agent that is still where it was.

    Letta takes an agent id as the cursor. When that agent was deleted or became active meanwhile, Letta begins again
    at the top, which shows in a moment later than the last one seen; the agent before it then serves as cursor.
    """
    last_seen = wanted.moment(page[-1])
    seen = {agent.id for agent in page}
    for cursor in reversed(page):
        found = wanted.read((yield wanted.call(cursor.id)))
        fresh = [agent for agent in found if agent.id not in seen]
        if found and not fresh:
            continue
        newest = wanted.moment(fresh[0]) if fresh else None
        if newest is None or last_seen is None or newest <= last_seen:
            return _agents_page(fresh, wanted, full=len(found) == wanted.page_size)
    raise Unavailable("The agents changed while they were listed; list them again.")


def _before(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment < since


def runs(agent_id: str, since: datetime | None, before: str | None = None) -> Plan[Page[RunState]]:
    """The runs of an agent, newest first."""
    found = [reading.run(item) for item in reading.records((yield calls.runs_list(agent_id, before=before)))]
    rows = [run for run in found if since is None or not _before(run.created_at, since)]
    if len(found) < calls.PAGE or len(rows) < len(found):
        return Page(rows, None)
    return Page(rows, runs(agent_id, since, found[-1].id))


def log_page(agent_id: str, after: str | None) -> Plan[LogPage]:
    """The next part of an agent's message log, oldest first: the other way round Letta's pages cannot be followed.

    Letta's page length counts entries, some of which it shows as several messages and some as none. So only a page
    that is far from full is surely the last one: most entries of an agent's log are shown.
    """
    found = reading.records((yield calls.agents_messages_list(agent_id, after=after)))
    ids = [reading.text(item, "id") for item in found]
    return LogPage(
        batches=tuple(batch for item in found if (batch := reading.batch(item))),
        touches=tuple(touch for item in found for touch in reading.touches(item)),
        last_id=ids[-1] if ids else after,
        more=len(set(ids)) >= max(1, calls.PAGE // 4),
    )
