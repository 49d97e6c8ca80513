"""The inventory: everything there is about a subject, here and in Letta, by store and id. It changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from memory_sdk.agents import Agents
from memory_sdk.belongings import KINDS
from privacy import letta_database, rows
from privacy.found import Found, union
from privacy.stores import name_of
from subjects.letta import agents
from subjects.models import Block, Subject, Tidy

NAMES = {
    "agent": "Agents, with duplicates and sleep-time twins",
    "conversation": "Conversations",
    "block": "Blocks",
    "archive": "Archives",
    "passage": "Passages",
    "folder": "Folders",
    "file": "Files",
    "identity": "Identities",
    "run": "Runs",
    "step": "Steps",
    "trace": "Provider traces: prompts and answers in full",
    "message": "Messages",
}
assert set(NAMES) == set(KINDS)

LOGS = (
    "Logs",
    "Ours hold opaque ids and no personal text. What others write (a proxy, the database, Letta) is theirs to delete.",
)
BACKUPS = (
    "Backups",
    "Taken before this erasure, they still hold the data. After restoring one, run manage.py reapply_erasures.",
)
TRACES = (
    "Provider traces in Letta",
    "Letta has no call that deletes them. Set LETTA_DATABASE_URL so that they are purged in its database, "
    "or LETTA_TRACK_PROVIDER_TRACE=false on the server so that no more are written.",
)
SOFT_DELETED = (
    "Rows that Letta only marks as deleted",
    "Its API does not show them. Set LETTA_DATABASE_URL so that they are looked for in its database.",
)
MODELS = (
    "The models that Letta or the engine asks",
    "What was sent to a model's provider is kept or deleted there, by its terms.",
)
BROKER = "Broker: tasks carry opaque ids alone, and no results are stored."
NOTHING_ELSE = (
    ("Search index", "Columns of the tables above: it goes with their rows."),
    ("Broker and result backend", "Tasks carry opaque ids alone, and no results are stored."),
    ("Caches", "Nothing about a person is cached outside of a process's memory."),
)
"""Places where one would look, and why there is nothing to delete."""


@dataclass(frozen=True)
class Line:
    """A line of the preview: a store, how many there are, and some of the ids."""

    name: str
    count: int
    ids: tuple[str, ...] = ()


def take(subject_id: str, subject: UUID | None, known: Found | None = None) -> Found:
    """Everything about a subject now. `known`: what an earlier look found, which is asked for again.

    Raises:
        LettaError: Letta did not answer; the inventory is not to be had.
    """
    found = Found(ours=rows.ids_of(subject))
    letta = agents()
    agent_ids, block_ids = _known(subject)
    if known is not None:
        agent_ids = union(agent_ids, known.asked.get("agent", ()))
        block_ids = union(block_ids, known.asked.get("block", ()))
    agent_ids = union(agent_ids, _scratch_agents(letta, subject))
    tagged: list[str] = []
    if subject_id:
        tagged, found.strangers = letta.removal.agents_of(subject_id)
        agent_ids = union(agent_ids, tagged)
        found.strangers = [one for one in found.strangers if one not in agent_ids]
    belongings = letta.removal.collect(agent_ids, block_ids=block_ids, subject_id=subject_id or None, listed=tagged)
    found.letta = {kind: list(ids) for kind, ids in belongings.own.items()}
    found.kept = {kind: list(ids) for kind, ids in belongings.shared.items()}
    found.lacking = sorted(belongings.lacking)
    found.asked = {"agent": union(agent_ids, found.letta.get("agent", ())), "block": list(block_ids)}
    return found


def _known(subject: UUID | None) -> tuple[list[str], list[str]]:
    """The agents and blocks in Letta that our own tables tell of."""
    row = Subject.objects.filter(pk=subject).first() if subject else None
    if row is None:
        return [], []
    blocks = Block.objects.filter(subject=row, block_id__isnull=False).values_list("block_id", flat=True)
    return [one for one in (row.agent_id, *row.duplicate_agent_ids) if one], [one for one in blocks if one]


def _scratch_agents(letta: Agents, subject: UUID | None) -> list[str]:
    """The agents that tidy-ups made, also one whose making was never confirmed."""
    if subject is None:
        return []
    found: list[str] = []
    for tidy in Tidy.objects.filter(subject=subject):
        if tidy.scratch_agent_id:
            found.append(tidy.scratch_agent_id)
        if tidy.wake_at is not None or tidy.sending_at is not None:
            found += [agent.id for agent in letta.find_scratch_agents(f"tidy-{tidy.pk}")]
    return found


def own_lines(counts: Iterable[tuple[str, int]]) -> list[Line]:
    """The preview's lines of our own tables."""
    return [Line(name_of(label), count) for label, count in counts]


def letta_lines(ids_by_kind: dict[str, list[str]]) -> list[Line]:
    """The preview's lines of Letta, in the order of `NAMES`."""
    return [Line(NAMES[kind], len(ids), tuple(ids)) for kind in NAMES if (ids := ids_by_kind.get(kind))]


def unreachable(lacking: Iterable[str]) -> list[tuple[str, str]]:
    """What no inventory here can look into, and what to do about it."""
    found = [LOGS, BACKUPS, MODELS]
    if not letta_database.is_set() and not settings.LETTA_IS_ENGINE:
        found = [SOFT_DELETED, *found] if "trace" in set(lacking) else [TRACES, SOFT_DELETED, *found]
    return found
