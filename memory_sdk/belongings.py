"""All that Letta keeps because of some agents: collected by id before a deletion, deleted, and asked for again after it.

Letta's own deletion of an agent leaves blocks, archives with their passages, folders with their files, identities and
provider traces behind, so each kind is looked for, deleted and checked by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from memory_sdk import calls, reading, removal_calls
from memory_sdk.asking import LACKING, is_there
from memory_sdk.errors import LettaError, NotFound, Refused, Unavailable
from memory_sdk.names import lookup_tags, match_rank
from memory_sdk.plans import Plan

KINDS = (
    "agent",
    "conversation",
    "block",
    "archive",
    "passage",
    "folder",
    "file",
    "identity",
    "run",
    "step",
    "trace",
    "message",
)
"""What is told apart. A file is named `<folder id>/<file id>`, a provider trace by its step."""

DELETED = ("agent", "conversation", "block", "archive", "folder", "identity")
"""The kinds that are deleted by themselves, in this order; the others go with one of them."""

_INCLUDE = ["agent.tags", "agent.blocks", "agent.identities", "agent.managed_group", "agent.sources"]
_TWINS = ("sleeptime", "voice_sleeptime")


@dataclass(frozen=True, slots=True)
class Belongings:
    """Ids by kind (see `KINDS`): `own` goes with the agents, `shared` is used by others as well and stays.

    `lacking`: kinds that this server has nothing of, as it says itself.
    """

    own: Mapping[str, tuple[str, ...]]
    shared: Mapping[str, tuple[str, ...]]
    lacking: frozenset[str]


@dataclass(slots=True)
class _Found:
    own: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    shared: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    lacking: set[str] = field(default_factory=set)

    def add(self, kind: str, ids: Iterable[str], *, shared: bool = False) -> None:
        known = self.shared[kind] if shared else self.own[kind]
        known.extend(one for one in dict.fromkeys(ids) if one not in set(known))

    def result(self) -> Belongings:
        return Belongings(
            {kind: tuple(ids) for kind, ids in self.own.items() if ids},
            {kind: tuple(ids) for kind, ids in self.shared.items() if ids},
            frozenset(self.lacking),
        )


def agents_of(subject_id: str) -> Plan[tuple[list[str], list[str]]]:
    """The ids of the subject's agents, and of agents of others that merely carry its id as a tag."""
    found: list[str] = []
    others: list[str] = []
    after: str | None = None
    while True:
        answer = yield calls.agents_list(tags=lookup_tags(subject_id), include=["agent.tags"], after=after)
        page = [reading.agent(item, with_blocks=False) for item in reading.records(answer)]
        for agent in page:
            # An agent that names another subject first is that one's, whatever further tags somebody gave it.
            mine = match_rank(subject_id, agent.name, agent.tags) is not None and agent.subject_id in (None, subject_id)
            (found if mine else others).append(agent.id)
        if len(page) < calls.PAGE:
            return found, others
        after = page[-1].id


def collect(
    agent_ids: Sequence[str], block_ids: Sequence[str], subject_id: str | None, listed: frozenset[str] = frozenset()
) -> Plan[Belongings]:
    """Everything that hangs on these agents and their sleep-time twins, and these blocks; nothing for what is gone.

    Unavailable when Letta says two different things about an agent: what hung on one that is wrongly taken for gone
    would never be found again. `listed`: agents that Letta has just listed.
    `block_ids`: blocks that were once attached. `subject_id`: also the identities by that key.
    """
    found = _Found()
    blocks, folders, identities = list[str](), list[str](), list[str]()
    todo = list(dict.fromkeys(agent_ids))
    while todo:
        agent_id = todo.pop(0)
        try:
            agent = reading.record((yield calls.agents_retrieve(agent_id, _INCLUDE)))
        except NotFound:
            yield from _make_sure_it_is_gone(agent_id, listed)
            continue
        found.add("agent", [agent_id])
        todo += [twin for twin in _twins(agent) if twin not in found.own["agent"]]
        blocks += _ids(agent, "blocks")
        folders += _ids(agent, "sources")
        identities += _ids(agent, "identities")
        blocks += yield from _conversations(found, agent_id)
        yield from _log(found, agent_id)
    if subject_id is not None:
        identities += yield from _identities_by_key(found, subject_id)
    mine = frozenset(found.own["agent"])
    for one in dict.fromkeys(block_ids):
        if one not in blocks and (yield from is_there("block", one)):  # of what is gone Letta lists no users, and no 404
            blocks.append(one)
    yield from _sort_out(found, "block", blocks, mine, lambda one: calls.blocks_agents_list(one, limit=1000))
    yield from _archives(found, mine)
    yield from _sort_out(found, "folder", folders, mine, removal_calls.folders_agents_list)
    for folder_id in found.own["folder"]:
        files = yield from _all_ids(partial(_files_after, folder_id))
        found.add("file", [f"{folder_id}/{file_id}" for file_id in files])
    yield from _sort_out(found, "identity", identities, mine, removal_calls.identities_agents_list)
    for agent_id in found.own["agent"]:
        yield from _runs(found, agent_id)
    return found.result()


def _make_sure_it_is_gone(agent_id: str, listed: frozenset[str]) -> Plan[None]:
    if agent_id not in listed:
        try:
            yield calls.agents_blocks_list(agent_id)
        except NotFound:
            return
    raise Unavailable("Letta says that an agent is there and that it is not.")


def _files_after(folder_id: str, after: str | None) -> calls.Call:
    return removal_calls.folders_files_list(folder_id, after=after)


def _passages_after(agent_id: str, after: str | None) -> calls.Call:
    return calls.agents_passages_list(agent_id, search=None, after=after, limit=1000)


def _said_after(conversation_id: str, after: str | None) -> calls.Call:
    return removal_calls.conversations_messages_list(conversation_id, after=after)


def _ids(data: reading.Json, key: str) -> list[str]:
    value = data.get(key)
    return [reading.text(reading.record(item), "id") for item in value] if isinstance(value, list) else []


def _twins(agent: reading.Json) -> list[str]:
    """The sleep-time agents that Letta pairs with this one and deletes with it."""
    group = agent.get("managed_group") or agent.get("multi_agent_group")
    if not isinstance(group, dict) or group.get("manager_type") not in _TWINS:
        return []
    members = group.get("agent_ids")
    return [one for one in members if isinstance(one, str)] if isinstance(members, list) else []


def _all_ids(ask: Callable[[str | None], calls.Call]) -> Plan[list[str]]:
    """The ids of all rows of a list, page after page, until one brings nothing new; none when the list is not there."""
    seen: dict[str, None] = {}
    after: str | None = None
    while True:
        try:
            page = reading.records((yield ask(after)))
        except NotFound:
            return list(seen)
        fresh = dict.fromkeys(one for item in page if (one := reading.text(item, "id")) not in seen)
        if not fresh:
            return list(seen)
        seen |= fresh
        after = next(reversed(fresh))


def _sort_out(
    found: _Found, kind: str, ids: Sequence[str], mine: frozenset[str], users_of: Callable[[str], calls.Call]
) -> Plan[None]:
    """Note each as own or as shared, by whether agents that are not among `mine` use it."""
    for one in dict.fromkeys(ids):
        try:
            users = yield users_of(one)
        except NotFound:
            if (yield from is_there(kind, one)):  # who uses it decides whether it may go
                raise Unavailable(f"Letta says that a {kind} is there and that it is not.") from None
            continue
        found.add(kind, [one], shared=bool(_user_ids(users) - mine))


def _user_ids(answer: object) -> frozenset[str]:
    """A list of agents, or of their ids, as a folder has it."""
    if isinstance(answer, list) and all(isinstance(item, str) for item in answer):
        return frozenset(answer)
    return frozenset(reading.text(item, "id") for item in reading.records(answer))


def _archives(found: _Found, mine: frozenset[str]) -> Plan[None]:
    for agent_id in sorted(mine):
        ids = [reading.text(item, "id") for item in reading.records((yield calls.archives_list(agent_id)))]
        yield from _sort_out(found, "archive", ids, mine, removal_calls.archives_agents_all)
        shared = bool(ids) and ids[0] in found.shared["archive"]
        passages = yield from _all_ids(partial(_passages_after, agent_id))
        found.add("passage", passages, shared=shared)


def _conversations(found: _Found, agent_id: str) -> Plan[list[str]]:
    """Notes the agent's conversations with their messages; returns the blocks that are theirs alone."""
    if "conversation" in found.lacking:
        return []
    blocks: list[str] = []
    try:
        ids = yield from _all_ids(lambda after: removal_calls.conversations_list(agent_id, after=after))
    except Refused as refusal:
        _note_lacking(found, refusal, "conversation", "identity", "folder", "file")
        return []
    for one in ids:
        conversation = reading.record((yield removal_calls.conversations_retrieve(one)))
        isolated = conversation.get("isolated_block_ids")
        blocks += [block_id for block_id in isolated if isinstance(block_id, str)] if isinstance(isolated, list) else []
        said = yield from _all_ids(partial(_said_after, one))
        found.add("message", said)
    found.add("conversation", ids)
    return blocks


def _log(found: _Found, agent_id: str) -> Plan[None]:
    said = yield from _all_ids(lambda after: removal_calls.agents_messages_all(agent_id, after=after))
    found.add("message", said)


def _identities_by_key(found: _Found, subject_id: str) -> Plan[list[str]]:
    if "identity" in found.lacking:
        return []
    try:
        return [reading.text(item, "id") for item in reading.records((yield removal_calls.identities_list(subject_id)))]
    except Refused as refusal:
        _note_lacking(found, refusal, "identity")
        return []


def _runs(found: _Found, agent_id: str) -> Plan[None]:
    before: str | None = None
    seen: set[str] = set()
    while True:
        page = [reading.text(item, "id") for item in reading.records((yield calls.runs_list(agent_id, before=before)))]
        fresh = [one for one in page if one not in seen]
        found.add("run", fresh)
        for one in fresh:
            yield from _steps(found, one)
        if len(page) < calls.PAGE or not fresh:
            return
        seen.update(fresh)
        before = page[-1]


def _steps(found: _Found, run_id: str) -> Plan[None]:
    if "step" in found.lacking:
        return
    try:
        steps = [reading.text(item, "id") for item in reading.records((yield removal_calls.runs_steps_list(run_id)))]
    except NotFound:
        return
    except Refused as refusal:
        _note_lacking(found, refusal, "step", "trace")
        return
    found.add("step", steps)
    for one in steps:
        if (yield from is_there("trace", one)):
            found.add("trace", [one])


def _note_lacking(found: _Found, refusal: LettaError, *kinds: str) -> None:
    """The engine says 501 for what it has not; every other refusal is one."""
    if refusal.status != LACKING:
        raise refusal
    found.lacking.update(kinds)
