"""Keeping the mirror: Letta's blocks written into our tables, every change as a revision that says whose it was."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from memory_sdk import Block as Seen
from subjects.matching import kept
from subjects.models import Block, Edit, Flag, Revision, Run, Subject
from subjects.recorded import record_revisions


@transaction.atomic
def mirror(
    subject: Subject, seen: Iterable[Seen], source: Revision.Source, run: Run | None = None, by: User | None = None
) -> int:
    """Bring our copy of these blocks in line with what Letta showed; returns the number of new revisions.

    A changed value, description or limit becomes a revision: of the person whose edit was on its way and reads like
    that, else by `source` (and `run`, `by`). Safe to repeat: what is recorded already changes nothing. Blocks that are not
    in `seen` are left alone.
    """
    # The lock keeps revision numbers gapless when two tasks look at the same time.
    Subject.objects.select_for_update().get(pk=subject.pk)
    mine = {block.label: block for block in subject.blocks.filter(removed_at=None)}
    edits = {edit.block_id: edit for edit in Edit.objects.filter(block__subject=subject)}
    position = len(mine)
    changed: list[Block] = []
    touched: list[Block] = []
    for theirs in seen:
        block = mine.get(theirs.label)
        if block is None:
            block = Block(subject=subject, label=theirs.label, position=position)
            position += 1
            _copy(theirs, block)
            block.save()
            changed.append(block)
        elif _differs(block, theirs):
            _copy(theirs, block, keep_lines=True)
            changed.append(block)
            touched.append(block)
        elif block.block_id != theirs.id or block.read_only != theirs.read_only:
            _copy(theirs, block, keep_lines=True)
            touched.append(block)
    _record(changed, edits, source, run, by)
    Block.objects.bulk_update(
        {block.pk: block for block in (*changed, *touched)}.values(),
        ["block_id", "description", "value", "limit", "read_only", "line_revisions"],
    )
    Subject.objects.filter(pk=subject.pk).update(mirrored_at=timezone.now())
    return len(changed)


@dataclass(frozen=True, slots=True)
class Told:
    """Whose change a revision records, and why."""

    source: Revision.Source
    editor: User | None = None
    reason: str = ""


@transaction.atomic
def mirror_shared(subject_pks: Sequence[uuid.UUID], seen: Seen, told: Told) -> int:
    """Bring the copies of one shared block in line with what Letta showed, in many subjects at once; returns how many.

    A few statements, whatever the number of subjects, which are locked until the transaction ends. Safe to repeat.
    """
    # In one order, so that two batches with the same subjects never wait for each other.
    list(Subject.objects.filter(pk__in=subject_pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    blocks = Block.objects.filter(subject__in=subject_pks, block_id=seen.id, label=seen.label, removed_at=None)
    changed = [block for block in blocks if _differs(block, seen)]
    last = dict(Revision.objects.filter(block__in=changed).values_list("block").annotate(Max("number")).order_by())
    lines: dict[tuple[str, tuple[int, ...], int], list[int]] = {}  # nearly all of them are the same
    alike: dict[tuple[int, ...], list[uuid.UUID]] = {}
    for block in changed:
        number = last.get(block.pk, 0) + 1
        known = (block.value, tuple(block.line_revisions), number)
        if known not in lines:
            lines[known] = [
                number if line == 0 else line for line in _carried(block.value, seen.value, block.line_revisions)
            ]
        alike.setdefault(tuple(lines[known]), []).append(block.pk)
    revisions = [
        Revision(
            block=block, number=last.get(block.pk, 0) + 1, value=seen.value, description=seen.description, limit=seen.limit,
            source=told.source, editor=told.editor, reason=told.reason,
        )
        for block in changed
    ]  # fmt: skip
    Revision.objects.bulk_create(revisions)
    record_revisions(revisions, Action.FOLLOWED_SHARED_BLOCK)
    for line_revisions, pks in alike.items():
        Block.objects.filter(pk__in=pks).update(
            value=seen.value, description=seen.description, limit=seen.limit, line_revisions=list(line_revisions)
        )
    blocks.exclude(read_only=seen.read_only).update(read_only=seen.read_only)
    for block in changed:
        block.value = seen.value
    _close_flags(changed)
    return len(changed)


def _record(
    changed: list[Block], edits: dict[uuid.UUID, Edit], source: Revision.Source, run: Run | None, by: User | None
) -> None:
    if not changed:
        return
    last = dict(Revision.objects.filter(block__in=changed).values_list("block").annotate(Max("number")).order_by())
    revisions = []
    for block in changed:
        number = last.get(block.pk, 0) + 1
        block.line_revisions = [number if line == 0 else line for line in block.line_revisions]
        revision = Revision(
            block=block, number=number, value=block.value, description=block.description, limit=block.limit,
            source=source, run=run, editor=by,
        )  # fmt: skip
        edit = edits.get(block.pk)
        if edit is not None and (edit.value, edit.description, edit.limit) == (
            block.value, block.description, block.limit,
        ):  # fmt: skip
            revision.source, revision.run = edit.source, None
            revision.editor, revision.reason = edit.editor, edit.reason
            edit.delete()
        revisions.append(revision)
    Revision.objects.bulk_create(revisions)
    # A rollout records itself.
    record_revisions(one for one in revisions if one.source != Revision.Source.TEMPLATE)
    _close_flags(changed)


def _close_flags(changed: list[Block]) -> None:
    values = {block.pk: block.value.split("\n") for block in changed}
    gone = [
        flag.pk for flag in Flag.objects.filter(block__in=changed, closed_at=None) if flag.line not in values[flag.block_id]
    ]
    Flag.objects.filter(pk__in=gone).update(closed_at=timezone.now())


def _copy(theirs: Seen, block: Block, *, keep_lines: bool = False) -> None:
    known = block.line_revisions if keep_lines else []
    block.line_revisions = _carried(block.value if keep_lines else "", theirs.value, known)
    block.block_id = theirs.id
    block.description, block.value = theirs.description, theirs.value
    block.limit, block.read_only = theirs.limit, theirs.read_only


def _differs(block: Block, theirs: Seen) -> bool:
    return (block.value, block.description, block.limit) != (theirs.value, theirs.description, theirs.limit)


def _carried(before: str, after: str, known: list[int]) -> list[int]:
    """The revision of each line of `after`: carried over where a line was there before, 0 where it is new."""
    old, new = before.split("\n"), after.split("\n")
    known = [*known, *[0] * (len(old) - len(known))]
    numbers = [0] * len(new)
    for at, to, size in kept(old, new):
        numbers[to : to + size] = known[at : at + size]
    return numbers
