"""Plans that look for what no agent has any more: blocks, archives and folders that were left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from memory_sdk import reading
from memory_sdk.calls import Call, blocks_agents_list
from memory_sdk.errors import NotFound, Refused
from memory_sdk.plans import Plan
from memory_sdk.removal_calls import (
    archives_agents_all,
    archives_page,
    blocks_unattached,
    folders_agents_list,
    folders_page,
)

LACKING = 501


@dataclass(frozen=True, slots=True)
class Orphan:
    """A thing in Letta that hangs on no agent. `characters`: of a block's value, else None. `created_at` in UTC."""

    kind: str
    id: str
    name: str
    characters: int | None
    created_at: datetime | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrphanPage:
    """Some orphans, and after which id to go on; None at the end. `is_lacking`: this server has no such things."""

    orphans: tuple[Orphan, ...]
    after: str | None = None
    is_lacking: bool = False


def blocks(limit: int, tag: str | None = None) -> Plan[OrphanPage]:
    """Blocks on no agent, `limit` at most: Letta cannot page through them in order, so whoever removes some asks again.

    `tag`: only those that carry it.
    """
    rows = reading.records((yield blocks_unattached(limit, tag)))
    return OrphanPage(tuple(_block(row) for row in rows))


def archives(after: str | None, limit: int) -> Plan[OrphanPage]:
    """Of the next `limit` archives those that no agent has. A request for each archive."""
    return (yield from _without_agents("archive", archives_page(after, limit), archives_agents_all, limit))


def folders(after: str | None, limit: int) -> Plan[OrphanPage]:
    """Of the next `limit` folders those that no agent has. A request for each folder."""
    try:
        return (yield from _without_agents("folder", folders_page(after, limit), folders_agents_list, limit))
    except Refused as refusal:
        if refusal.status == LACKING:
            return OrphanPage((), is_lacking=True)
        raise


def is_alone(kind: str, one: str) -> Plan[bool]:
    """Whether no agent has this block, archive or folder, or it is gone."""
    call = {"block": lambda: blocks_agents_list(one, limit=1), "archive": lambda: archives_agents_all(one)}
    try:
        answer = yield call.get(kind, lambda: folders_agents_list(one))()
    except NotFound:
        return True
    return not answer


def _without_agents(kind: str, listing: Call, agents_of: Callable[[str], Call], limit: int) -> Plan[OrphanPage]:
    rows = reading.records((yield listing))
    alone = []
    for row in rows:
        try:
            answer = yield agents_of(reading.text(row, "id"))
        except NotFound:
            continue  # deleted meanwhile
        if isinstance(answer, list) and not answer:
            alone.append(Orphan(kind, reading.text(row, "id"), str(row.get("name") or ""), None, _created(row)))
    return OrphanPage(tuple(alone), after=reading.text(rows[-1], "id") if len(rows) == limit else None)


def _block(row: reading.Json) -> Orphan:
    value = row.get("value")
    characters = len(value) if isinstance(value, str) else None
    tags = reading.texts(row, "tags")
    return Orphan("block", reading.text(row, "id"), str(row.get("label") or ""), characters, _created(row), tags)


def _created(row: reading.Json) -> datetime | None:
    return reading.moment(row, "created_at")
