"""Reading everything again after an erasure: every id in every store, and the outside id in every text."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps

from memory_sdk.belongings import KINDS
from privacy import letta_database, rows
from privacy.found import Found
from privacy.inventory import NAMES
from privacy.naming import Named, mentions
from privacy.stores import name_of
from subjects.letta import agents
from subjects.models import Block, Edit, Flag, Proposal, Revision, Subject

TOLD = 20
"""ids that a sentence's store lists"""
PASSAGES_GO_WITH = "no address for single ones: they go with their archive, which was asked for"

_SHARED = {
    "schemas.SharedBlock": "block_id__in",
    "schemas.SharedRevision": "shared_block__block_id__in",
    "schemas.SharedEdit": "shared_block__block_id__in",
}
"""What we know of a shared block, by table and the path to Letta's id of it."""

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking again for the ids of one store came to. `where`: here, letta, or letta-database."""

    where: str
    store: str
    asked: int
    left: int
    ids: tuple[str, ...] = ()
    """Of those that are left, the first few."""
    note: str = ""
    """Why they were not asked one by one."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A search for the outside id. `hits`: rows that hold it."""

    where: str
    what: str
    hits: int


@dataclass(slots=True)
class Verified:
    """What reading everything again came to. `open`: sentences on what keeps the erasure from being done."""

    asked: list[Asked] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    again: bool = False
    """There is something that another round of deleting can reach."""

    def as_json(self) -> dict[str, Any]:
        """For a JSON column and the receipt."""
        return asdict(self)


def verify(subject_id: str, subject: UUID | None, subject_hash: str, found: Found, tick: Tick) -> Verified:
    """Ask for everything again. `tick` is told how many were asked for.

    Raises:
        LettaError, letta_database.Trouble: something could not be asked.
    """
    verified = Verified()
    named = Named(subject_id)
    _ours(verified, subject_id, subject, found)
    _our_texts(verified, named, subject_hash, found)
    for kind in KINDS:
        _kind(verified, kind, found, tick)
    _letta_names(verified, subject_id, named, found)
    if letta_database.is_set():
        _letta_rows(verified, named, found)
    return verified


def to_be_asked(found: Found) -> int:
    """How many ids there are to ask for."""
    return sum(len(found.to_ask(kind)) for kind in KINDS if kind != "passage")


def _ours(verified: Verified, subject_id: str, subject: UUID | None, found: Found) -> None:
    left_by_store = rows.still_there(found.ours)
    for label, ids in found.ours.items():
        left = left_by_store.get(label, [])
        verified.asked.append(Asked("here", label, len(ids), len(left), tuple(left[:TOLD])))
        if left:
            verified.again = True
            verified.open.append(f"{name_of(label)}: {_are(len(left))} still here.")
    # Rows that came in after the inventory.
    again = Subject.objects.filter(subject_id=subject_id).values_list("pk", flat=True).first() if subject_id else None
    here = {store.label: store for pk in {subject, again} if pk for store in rows.stores_with(pk)}
    for store in here.values():
        if store.label not in found.ours:
            verified.again = True
            verified.open.append(f"{store.name}: something came in while it was erased.")


def _our_texts(verified: Verified, named: Named, subject_hash: str, found: Found) -> None:
    if not named:
        verified.searched.append(Searched("here", "not searched: the outside id is too short to be looked for in texts", 0))
        return
    hits = list(mentions(named, _excused(named, subject_hash, found.kept.get("block", ()))))
    verified.searched.append(
        Searched("here", "the outside id, in every personal text field", sum(len(one.ids) for one in hits))
    )
    for one in hits:
        verified.open.append(
            f"{_rows(len(one.ids))} of {name_of(one.label)} ({one.label}.{one.field}) of others still name the outside id:"
            f" {', '.join(one.ids[:TOLD])}."
        )


def _excused(named: Named, subject_hash: str, kept_blocks: Sequence[str]) -> dict[str, list[str]]:
    """Rows that may name the person: mirrors of shared blocks that are kept, and the requests, emptied at the very end."""
    blocks = list(Block.objects.filter(block_id__in=kept_blocks).values_list("pk", flat=True))
    excused = {"subjects.Block": [str(pk) for pk in blocks]}
    for model in (Revision, Edit, Flag, Proposal):
        ids = model._base_manager.filter(block__in=blocks).values_list("pk", flat=True)
        excused[model._meta.label] = [str(pk) for pk in ids]
    for label, path in _SHARED.items():
        ids = apps.get_model(label)._base_manager.filter(**{path: list(kept_blocks)}).values_list("pk", flat=True)
        excused[label] = [str(pk) for pk in ids]
    for label in ("privacy.Request", "privacy.BatchLine"):
        excused[label] = rows.naming(label, named.text, subject_hash)
    return excused


def _kind(verified: Verified, kind: str, found: Found, tick: Tick) -> None:
    ids = found.to_ask(kind)
    if not ids:
        return
    if kind == "passage":
        verified.asked.append(Asked("letta", kind, 0, 0, note=PASSAGES_GO_WITH))
        return
    removal = agents().removal
    left: list[str] = []
    without_address = 0
    for place, one in enumerate(ids):
        answer = removal.is_there(kind, one)
        tick(1)
        if answer is None:
            without_address = len(ids) - place  # what has no address for one has none for the next
            break
        if answer:
            left.append(one)
    note = "this Letta has no address for single ones: they go with their agent" if without_address else ""
    verified.asked.append(Asked("letta", kind, len(ids) - without_address, len(left), tuple(left[:TOLD]), note))
    if not left:
        return
    if kind == "trace":
        verified.open.append(
            f"{_number(len(left), 'provider trace')} of Letta still answer: prompts and answers in full, which its API"
            " cannot delete. Set LETTA_DATABASE_URL and try again, or delete them in Letta's database."
        )
        return
    verified.again = True
    verified.open.append(f"{NAMES[kind]} in Letta: {_number(len(left), 'id')} still answer.")


def _letta_names(verified: Verified, subject_id: str, named: Named, found: Found) -> None:
    removal = agents().removal
    if not subject_id:
        return
    mine, strangers = removal.agents_of(subject_id)
    verified.searched.append(
        Searched("letta", "agents that carry the outside id as name or tag", len(mine) + len(strangers))
    )
    if mine:
        verified.again = True
        if not set(mine) & set(found.to_ask("agent")):
            verified.open.append("Another program made a new agent for this subject in Letta while it was erased.")
    if strangers:
        verified.open.append(
            f"{_number(len(strangers), 'agent')} of others carry the outside id as a tag and were not touched:"
            f" {', '.join(strangers[:TOLD])}."
        )
    if not named:
        return
    kept = {*found.kept.get("block", ()), *found.kept.get("passage", ())}
    for kind, ids in (("Blocks", removal.blocks_with(subject_id)), ("Passages", removal.passages_with(subject_id))):
        others = [one for one in ids if one not in kept]
        place = "of the hundred that Letta finds nearest" if kind == "Passages" else "in value or description"
        verified.searched.append(Searched("letta", f"{kind.lower()} that hold the outside id, {place}", len(others)))
        if others:
            verified.open.append(f"{kind} of others in Letta still name the outside id: {', '.join(others[:TOLD])}.")


def _letta_rows(verified: Verified, named: Named, found: Found) -> None:
    left = letta_database.remaining(found)
    tables = [table for table, _ in letta_database.PURGED]
    for table in tables:
        verified.asked.append(Asked("letta-database", table, 1, left.get(table, 0)))
    if left:
        verified.again = True
        verified.open += [f"Letta's table {table}: {_rows(count)} left." for table, count in left.items()]
    hits = letta_database.mentions(named, found)
    verified.searched.append(Searched("letta-database", "the outside id, in every column of text", sum(hits.values())))
    verified.open += [
        f"Letta's column {column}: {_rows(count)} still name the outside id." for column, count in hits.items()
    ]


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _rows(count: int) -> str:
    return _number(count, "row")


def _are(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}"
