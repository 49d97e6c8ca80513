"""What separates one subject's blocks from a version of a block template: a pure function, no database, no Letta."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A way in which a subject can differ from a version."""

    MISSING = "missing"
    """The version has a block that the subject has not."""
    EXTRA = "extra"
    """The subject has a block that the version has not."""
    DESCRIPTION = "description"
    LIMIT = "limit"
    READ_ONLY = "read_only"
    OVER_LIMIT = "over_limit"
    """The value is longer than the version's limit. Nobody cuts it: this is told, not put right."""
    UNSHARED = "unshared"
    """The version shares one block, and the subject has another of that label. Told, not put right: it holds memory."""
    VALUE = "value"
    """Another value than the one asked for; looked at only when values are given."""

    @property
    def words(self) -> str:
        """For people."""
        return WORDS[self]


WORDS: dict[str, str] = {
    "missing": "missing block",
    "extra": "extra block",
    "description": "other description",
    "limit": "other limit",
    "read_only": "other read-only mark",
    "over_limit": "value over the limit",
    "unshared": "block of its own instead of the shared one",
    "value": "other value",
}
ONLY_TOLD = frozenset({Kind.OVER_LIMIT, Kind.UNSHARED})
"""Kinds that no rollout puts right, because that would cost memory."""


@dataclass(frozen=True, slots=True)
class Has:
    """A block as a subject has it. `limit` and `characters` (the length of the value) are in characters.

    `block_id`: Letta's id, None before it was created there. `value`: only needed where values are compared.
    """

    label: str
    description: str
    limit: int
    read_only: bool
    characters: int
    block_id: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Wants:
    """A block as a version wants it. `shared_id`: Letta's id of the shared block it is; None for a block of one's own."""

    label: str
    description: str
    limit: int
    read_only: bool
    shared_id: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which one block differs. `has` and `wants` are the two sides: a description, limit, mark or value.

    For a value over the limit `has` is its length. None where a side has nothing to say.
    """

    kind: Kind
    label: str
    has: str | int | bool | None = None
    wants: str | int | bool | None = None


def differences(has: Iterable[Has], wants: Sequence[Wants], values: Mapping[str, str] | None = None) -> list[Difference]:
    """The differences, in the version's order, extra blocks last.

    `values`: label → the value that the block should have, for labels that were asked for. A shared block is somebody
    else's to change: only whether it is the right one is looked at.
    """
    mine = {block.label: block for block in has}
    found: list[Difference] = []
    for want in wants:
        block = mine.get(want.label)
        if block is None:
            found.append(Difference(Kind.MISSING, want.label))
        elif want.shared_id is not None:
            if block.block_id != want.shared_id:
                found.append(Difference(Kind.UNSHARED, want.label))
        else:
            found += _of_block(block, want, None if values is None else values.get(want.label))
    wanted = {want.label for want in wants}
    return found + [Difference(Kind.EXTRA, label) for label in mine if label not in wanted]


def _of_block(block: Has, want: Wants, value: str | None) -> Iterable[Difference]:
    if block.description != want.description:
        yield Difference(Kind.DESCRIPTION, want.label, block.description, want.description)
    if block.limit != want.limit:
        yield Difference(Kind.LIMIT, want.label, block.limit, want.limit)
    if block.read_only != want.read_only:
        yield Difference(Kind.READ_ONLY, want.label, block.read_only, want.read_only)
    if value is not None and block.value != value:
        yield Difference(Kind.VALUE, want.label, block.value, value)
    elif block.characters > want.limit:
        yield Difference(Kind.OVER_LIMIT, want.label, block.characters, want.limit)
