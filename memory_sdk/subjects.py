"""Plans about subjects: finding a subject's agent, creating it, deleting it with everything it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from memory_sdk import calls, reading
from memory_sdk.errors import LettaError, NotFound, Refused
from memory_sdk.models import Agent, Deleted, NewBlock
from memory_sdk.names import SDK_TAG, Kind, agent_name, agent_tags, lookup_tags, match_rank
from memory_sdk.plans import Plan

T = TypeVar("T")

DEFAULT_MODEL = "openai/gpt-4.1"
DEFAULT_EMBEDDING = "openai/text-embedding-3-small"

_TAGS = ["agent.tags"]
_TAGS_AND_BLOCKS = ["agent.tags", "agent.blocks"]
_MAX_KNOWN = 10_000  # ids kept in memory; past it we start afresh, which costs one look-up each


@dataclass(frozen=True, slots=True)
class Models:
    """The model handles new agents get."""

    model: str = DEFAULT_MODEL
    embedding: str = DEFAULT_EMBEDDING


@dataclass(slots=True)
class Known:
    """Ids seen before, so that a read needs no look-up. Whoever uses one must cope with its being gone (404)."""

    agents: dict[str, str] = field(default_factory=dict)  # subject id → agent id
    archives: dict[str, str] = field(default_factory=dict)  # agent id → archive id

    def remember_agent(self, subject_id: str, agent_id: str) -> None:
        if len(self.agents) >= _MAX_KNOWN:
            self.agents.clear()
        self.agents[subject_id] = agent_id

    def remember_archive(self, agent_id: str, archive_id: str) -> None:
        if len(self.archives) >= _MAX_KNOWN:
            self.archives.clear()
        self.archives[agent_id] = archive_id

    def forget(self, subject_id: str) -> None:
        self.archives.pop(self.agents.pop(subject_id, ""), None)


def find(known: Known, subject_id: str, *, with_blocks: bool = False) -> Plan[Agent | None]:
    """The subject's agent, or None. One request.

    Of several the best match wins, then the newest, which is the one the original SDKs take; the others are named in
    `duplicates`. Agents of other programs that merely carry the id as a tag are left alone.
    """
    include = _TAGS_AND_BLOCKS if with_blocks else _TAGS
    matches: list[tuple[int, Agent]] = []
    after: str | None = None
    while True:
        answer = yield calls.agents_list(tags=lookup_tags(subject_id), include=include, after=after)
        page = [reading.agent(item, with_blocks=with_blocks) for item in reading.records(answer)]
        for agent in page:
            rank = match_rank(subject_id, agent.name, agent.tags)
            if rank is not None:
                matches.append((rank, agent))
        if len(page) < calls.PAGE:
            break
        after = page[-1].id
    if not matches:
        known.forget(subject_id)
        return None
    best = min(matches, key=lambda match: match[0])[1]
    known.remember_agent(subject_id, best.id)
    others = tuple(agent.id for _, agent in matches if agent.id != best.id)
    return replace(best, subject_id=subject_id, duplicates=others)


def on_agent(known: Known, subject_id: str, act: Callable[[str], Plan[T]], otherwise: Callable[[], Plan[T]]) -> Plan[T]:
    """`act` on the subject's agent id, looked up again when the known one is gone; `otherwise` when there is none."""
    agent_id = known.agents.get(subject_id)
    if agent_id is not None:
        try:
            return (yield from act(agent_id))
        except NotFound:
            known.forget(subject_id)
    agent = yield from find(known, subject_id)
    return (yield from otherwise()) if agent is None else (yield from act(agent.id))


def create(
    known: Known,
    models: Models,
    subject_id: str,
    kind: Kind,
    blocks: Sequence[NewBlock],
    *,
    block_ids: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Plan[Agent]:
    """A new agent with its blocks. One request. ValueError for two blocks of one label, which Letta would take."""
    labels = [block.label for block in blocks]
    if len(set(labels)) != len(labels):
        raise ValueError("blocks must not contain two blocks of the same label.")
    try:
        answer = yield calls.agents_create(
            name=agent_name(subject_id, kind),
            tags=list(dict.fromkeys([*agent_tags(subject_id, kind), *tags])),
            blocks=blocks,
            block_ids=block_ids,
            model=models.model,
            embedding=models.embedding,
        )
    except NotFound as error:  # Letta says 404 for a model handle it does not know
        raise Refused(
            f"Letta knows no model {models.model!r}, no embedding {models.embedding!r}, or a given block is gone.",
            status=error.status,
        ) from None
    agent = replace(reading.agent(reading.record(answer), with_blocks=True), subject_id=subject_id)
    known.remember_agent(subject_id, agent.id)
    return agent


def create_with_passage(
    known: Known, models: Models, subject_id: str, kind: Kind, blocks: Sequence[NewBlock]
) -> Plan[Agent]:
    """A new agent with its blocks and the first passage the original SDKs give it. Two requests, all or nothing."""
    agent = yield from create(known, models, subject_id, kind, blocks)
    try:
        text = f"Initialized memory for {kind} {subject_id}"
        answer = yield calls.agents_passages_create(agent.id, text, [SDK_TAG])
    except LettaError:
        known.forget(subject_id)
        yield from delete_agent(agent.id)
        raise
    remember_archive(known, agent.id, answer)
    return agent


def remember_archive(known: Known, agent_id: str, answer: object) -> str | None:
    """The archive id in the answer to a created passage."""
    created = reading.records(answer)
    archive_id = reading.optional_text(created[0], "archive_id") if created else None
    if archive_id is not None:
        known.remember_archive(agent_id, archive_id)
    return archive_id


def delete(known: Known, subject_id: str) -> Plan[Deleted]:
    """Delete every agent of the subject, duplicates too, with what each leaves behind."""
    agent = yield from find(known, subject_id)
    if agent is None:
        return Deleted()
    deleted = Deleted()
    for agent_id in (*agent.duplicates, agent.id):
        deleted += yield from delete_agent(agent_id)
    known.forget(subject_id)
    return deleted


def delete_agent(agent_id: str) -> Plan[Deleted]:
    """Delete an agent with its blocks and archives; those that other agents use as well are kept, detached.

    Letta's own deletion of an agent leaves both behind. The agent goes last, so that an interrupted deletion can be
    found and finished by calling again.
    """
    try:
        blocks = reading.records((yield calls.agents_blocks_list(agent_id)))
        archives = reading.records((yield calls.archives_list(agent_id)))
    except NotFound:
        return Deleted()
    block_ids, kept_blocks = yield from _delete_unshared(
        [reading.text(block, "id") for block in blocks],
        lambda block_id: calls.blocks_agents_list(block_id, limit=2),
        calls.blocks_delete,
        agent_id,
    )
    archive_ids, kept_archives = yield from _delete_unshared(
        [reading.text(archive, "id") for archive in archives],
        calls.archives_agents_list,
        calls.archives_delete,
        agent_id,
    )
    yield from _gone(calls.agents_delete(agent_id))
    return Deleted((agent_id,), block_ids, archive_ids, kept_blocks, kept_archives)


def _delete_unshared(
    ids: Sequence[str],
    users_of: Callable[[str], calls.Call],
    delete_call: Callable[[str], calls.Call],
    agent_id: str,
) -> Plan[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Delete those of `ids` that no other agent uses. Returns (deleted, kept)."""
    deleted: list[str] = []
    kept: list[str] = []
    for item_id in ids:
        try:
            users = reading.records((yield users_of(item_id)))
        except NotFound:
            deleted.append(item_id)
            continue
        if any(reading.text(user, "id") != agent_id for user in users):
            kept.append(item_id)
            continue
        yield from _gone(delete_call(item_id))
        deleted.append(item_id)
    return tuple(deleted), tuple(kept)


def _gone(call: calls.Call) -> Plan[None]:
    """Delete; somebody else's having been quicker is fine."""
    try:
        yield call
    except NotFound:
        return
