"""The way back: what a rollout did to a subject, undone where nobody has changed it since."""

from collections.abc import Sequence
from typing import Any

from schemas.differences import Difference, Kind
from schemas.facts import Facts
from schemas.models import SharedBlock
from schemas.planning import Addition, Change, Plan, Target
from schemas.starting import shared_block_of
from schemas.undoing import Before
from subjects.models import Block, Revision, Subject

_FIELDS = {"description": Kind.DESCRIPTION, "limit": Kind.LIMIT, "read_only": Kind.READ_ONLY}


def plan_back(target: Target, noted: Before, subject: Subject, blocks: Sequence[Block], facts: Facts) -> Plan:
    """What brings the subject back. What somebody changed after the rollout stays, and that is told.

    `found` of the plan speaks of the way back: *missing* is a block to be given back, *extra* one to be taken off again.
    """
    made = Plan()
    mine = {block.label: block for block in blocks}
    for label, fields in noted.blocks.items():
        block = mine.get(label)
        if block is None:
            made.notes.append(f"{label} is no longer there.")
        elif label in target.by_label:
            _set_back(made, target, subject, block, fields)
    for label, block_id in noted.added.items():
        block = mine.get(label)
        if block is None or block.block_id != block_id:
            continue
        if label not in noted.shared and facts.touched([block]):
            made.notes.append(f"{label} was added and has been written to since, so it stays.")
            continue
        made.found.append(Difference(Kind.EXTRA, label))
        made.removals.append(block)
    for label, pk in noted.removed.items():
        if label in mine:
            made.notes.append(f"There is another block called {label} by now, so the one that was taken off stays off.")
            continue
        made.found.append(Difference(Kind.MISSING, label))
        made.additions.append(_given_back(label, pk))
    return made


def _set_back(made: Plan, target: Target, subject: Subject, block: Block, fields: dict[str, Any]) -> None:
    schema = target.by_label[block.label]
    back: dict[str, Any] = {}
    for name, kind in _FIELDS.items():
        if name not in fields or getattr(block, name) == fields[name]:
            continue
        if getattr(block, name) != getattr(schema, name):
            made.notes.append(f"The {name.replace('_', '-')} of {block.label} was changed since, so it stays.")
            continue
        made.found.append(Difference(kind, block.label, getattr(block, name), fields[name]))
        back[name] = fields[name]
    if "value" in fields:
        value = Revision.objects.values_list("value", flat=True).get(block=block, number=fields["value"])
        if block.value != value and block.value != target.starting_value(block.label, subject.subject_id):
            made.notes.append(f"{block.label} has been written to since, so its value stays.")
        elif block.value != value:
            made.found.append(Difference(Kind.VALUE, block.label, block.value, value))
            back["value"] = value
    if back:
        made.changes.append(Change(block, **back))


def _given_back(label: str, pk: str) -> Addition:
    block = Block.objects.get(pk=pk)
    shared = SharedBlock.objects.filter(block_id=block.block_id, archived_at=None).first()
    if shared is not None:
        return Addition(label, shared=shared_block_of(shared))
    last = Revision.objects.filter(block=block).exclude(source=Revision.Source.REMOVED).order_by("-number").first()
    value = last.value if last else ""
    return Addition(label, block.description, value, block.limit, block.read_only)
