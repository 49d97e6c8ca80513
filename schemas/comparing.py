"""What separates two versions of a template, block by block and word by word."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from schemas.checking import Schema
from subjects.diffs import Segment, diff


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `segments`: the difference word by word, for the long texts."""

    name: str
    before: str
    after: str
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """What became of one block schema. `moved`: it also stands at another place among those that stayed."""

    label: str
    kind: Literal["added", "removed", "changed", "same"]
    fields: list[FieldChange]
    moved: bool = False
    before: Schema | None = None
    after: Schema | None = None


def compare(before: Sequence[Schema], after: Sequence[Schema]) -> list[SchemaChange]:
    """What turns `before` into `after`, in the order of `after`, removed blocks last. A block is known by its label."""
    old = {schema.label: schema for schema in before}
    new = {schema.label: schema for schema in after}
    stayed_before = [label for label in old if label in new]
    stayed_after = [label for label in new if label in old]
    moved = {one for one, other in zip(stayed_after, stayed_before, strict=True) if one != other}
    changes = [_change(old.get(schema.label), schema, schema.label in moved) for schema in after]
    return changes + [SchemaChange(one.label, "removed", [], before=one) for one in before if one.label not in new]


def _change(before: Schema | None, after: Schema, moved: bool) -> SchemaChange:
    if before is None:
        return SchemaChange(after.label, "added", [], after=after)
    if before.shared_block != after.shared_block:  # what a shared block says is its own
        return SchemaChange(
            after.label, "changed", [FieldChange("Shared", _shared(before), _shared(after))], moved, before, after
        )
    fields = [
        FieldChange(shown, one, other)
        for name, shown in (("limit", "Limit"), ("read_only", "Read-only"))
        if (one := _words(before, name)) != (other := _words(after, name))
    ]
    fields += [
        FieldChange(shown, one, other, diff(one, other))
        for name, shown in (("description", "Description"), ("value", "Starting value"))
        if (one := getattr(before, name)) != (other := getattr(after, name))
    ]
    kind: Literal["changed", "same"] = "changed" if fields or moved else "same"
    return SchemaChange(after.label, kind, fields, moved, before, after)


def _words(schema: Schema, name: str) -> str:
    value = getattr(schema, name)
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:,} characters"


def _shared(schema: Schema) -> str:
    return "a block of its own" if schema.shared_block is None else "one block for all subjects"
