"""What a rollout would do to one subject: its blocks and the version compared, and what was asked for taken out of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from memory_sdk import Block as ExistingBlock
from schemas.differences import Difference, Has, Kind, Wants, differences
from schemas.facts import Facts
from schemas.models import BlockSchema, Rollout, Version
from schemas.placeholders import Filling, fill
from schemas.starting import shared_block_of
from subjects.models import Block

DESCRIBED = (Kind.DESCRIPTION, Kind.LIMIT, Kind.READ_ONLY)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rollout may do. Everything else is told and left."""

    missing: bool = True
    described: bool = True
    extras: bool = False
    values: Rollout.Values = Rollout.Values.LEAVE

    @classmethod
    def of(cls, rollout: Rollout) -> Self:
        """What `rollout` was asked to do."""
        extras = rollout.extras == Rollout.Extras.DETACH
        return cls(rollout.add_missing, rollout.update_described, extras, Rollout.Values(rollout.values))

    def covers(self, kind: Kind) -> bool:
        """Whether a difference of this kind is put right."""
        match kind:
            case Kind.MISSING:
                return self.missing
            case Kind.DESCRIPTION | Kind.LIMIT | Kind.READ_ONLY:
                return self.described
            case Kind.EXTRA:
                return self.extras
            case Kind.VALUE:
                return self.values != Rollout.Values.LEAVE
            case _:
                return False


class Target:
    """A version as subjects are brought to it, read once for all of them."""

    def __init__(self, version: Version, day: date) -> None:
        """`day`: what `{{ date }}` stands for, the same for all subjects of a rollout and however often it is tried."""
        self.version = version
        self.day = day
        self.schemas: list[BlockSchema] = list(version.schemas.select_related("shared_block"))
        self.by_label = {schema.label: schema for schema in self.schemas}
        self.wants = [
            Wants(
                schema.label,
                schema.description,
                schema.limit,
                schema.read_only,
                schema.shared_block.block_id or "" if schema.shared_block else None,
            )
            for schema in self.schemas
        ]

    @property
    def name(self) -> str:
        """The template and the number of its version."""
        return f"{self.version.template.name}, version {self.version.number}"

    def starting_value(self, label: str, subject_id: str) -> str:
        """What a subject's block of this label starts with."""
        return fill(self.by_label[label].value, Filling(subject_id, date=self.day))


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of a block that are to be set; None: left as it is. `base`: the revision whose value may be replaced."""

    block: Block
    description: str | None = None
    limit: int | None = None
    read_only: bool | None = None
    value: str | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A block that a subject is to be given: a new one of its own, or `shared`, which Letta has already."""

    label: str
    description: str = ""
    value: str = ""
    limit: int = 0
    read_only: bool = False
    shared: ExistingBlock | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to one subject."""

    found: list[Difference] = field(default_factory=list)
    """All that separates it from the version, whether it is put right or not."""
    changes: list[Change] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    removals: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a person should know, in sentences."""

    @property
    def is_empty(self) -> bool:
        """Whether Letta need not be asked for anything."""
        return not (self.changes or self.additions or self.removals)


def has_of(block: Block) -> Has:
    """A block of our mirror, as differences are looked for."""
    return Has(block.label, block.description, block.limit, block.read_only, len(block.value), block.block_id, block.value)


def values_asked(asked: Asked, target: Target, subject_id: str, blocks: Iterable[Block], facts: Facts) -> dict[str, str]:
    """Label → the value that is asked for."""
    if asked.values == Rollout.Values.LEAVE:
        return {}
    own = {schema.label for schema in target.schemas if schema.shared_block_id is None}
    values = {block: target.starting_value(block.label, subject_id) for block in blocks if block.label in own}
    others = [block for block, value in values.items() if block.value != value]
    left = facts.touched(others) if asked.values == Rollout.Values.UNTOUCHED else set()
    return {block.label: value for block, value in values.items() if block.pk not in left | facts.shared(others)}


def plan(
    target: Target,
    asked: Asked,
    subject_id: str,
    blocks: Sequence[Block],
    facts: Facts,
    bases: Mapping[str, int] | None = None,
) -> Plan:
    """What is to be done to bring a subject with these `blocks` to the target.

    `bases`: label → the revision whose value may be replaced. A block that other subjects have, too, is nobody's to
    change for one of them.
    """
    values = values_asked(asked, target, subject_id, blocks, facts)
    found = differences([has_of(block) for block in blocks], target.wants, values)
    mine = {block.label: block for block in blocks}
    fields: dict[str, dict[str, object]] = {}
    made = Plan(found)
    for one in found:
        block = mine.get(one.label)
        if not asked.covers(one.kind):
            continue
        if block is None:
            made.additions.append(_addition(target, one.label, subject_id))
        elif one.kind == Kind.EXTRA:
            made.removals.append(block)
        elif facts.shared([block]):
            made.notes.append(f"{one.label} is shared with other subjects, and was left as it is.")
        else:
            fields.setdefault(one.label, {})[str(one.kind)] = one.wants
    for label, wanted in fields.items():
        base = (bases or {}).get(label)
        made.changes.append(Change(mine[label], **wanted, base=base))  # type: ignore[arg-type]
    made.notes[:] = list(dict.fromkeys(made.notes)) + [_told(one) for one in found if one.kind in _TOLD]
    return made


_TOLD = (Kind.OVER_LIMIT, Kind.UNSHARED)


def _addition(target: Target, label: str, subject_id: str) -> Addition:
    schema = target.by_label[label]
    if schema.shared_block is not None:
        return Addition(label, shared=shared_block_of(schema.shared_block))
    value = target.starting_value(label, subject_id)
    return Addition(label, schema.description, value, schema.limit, schema.read_only)


def _told(one: Difference) -> str:
    if one.kind == Kind.OVER_LIMIT:
        return f"{one.label} has {one.has:,} characters; the limit is {one.wants:,}. Nothing was cut."
    return f"{one.label} is a block of its own and holds memory, so it was not replaced by the shared one."
