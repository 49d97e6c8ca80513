"""Keeping the mirror: Letta's blocks written into our tables, every change as a revision that says whose it was."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from memory_sdk import Block as Seen
from subjects.giving import tag_of
from subjects.matching import kept
from subjects.models import Block, Edit, Flag, Revision, Run, Subject
from subjects.recorded import record_revisions


@transaction.atomic
def mirror(
    subject: Subject, seen: Iterable[Seen], source: Revision.Source, run: Run | None = None, by: User | None = None
) -> int:
    """Bring our copy of these blocks in line with what Letta showed; returns the number of new revisions.

    A changed value, description or limit becomes a revision: of the person whose edit was on its way and reads like
    that, else by `source` (and `run`, `by`). What an edit on its way was built on further becomes two: the edit, and what
    came after it. What changed from outside while a run of the subject is under way is that run's. Safe to repeat: what
    is recorded already changes nothing. Blocks that are not in `seen` are left alone.
    """
    seen = list(seen)
    # The lock keeps revision numbers gapless when two tasks look at the same time.
    Subject.objects.select_for_update().get(pk=subject.pk)
    mine = {block.label: block for block in subject.blocks.filter(removed_at=None)}
    edits = {edit.block_id: edit for edit in Edit.objects.filter(block__subject=subject)}
    if edits and (arrived := list(_built_on(mine, edits, seen))):
        # First the edits as they were asked for, and by the second call what Letta has made of them since.
        return mirror(subject, arrived, source, run, by) + mirror(subject, seen, source, run, by)
    position = len(mine)
    added_here: set[uuid.UUID] = set()
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
            if tag_of(subject) in theirs.tags:
                added_here.add(block.pk)
        elif _differs(block, theirs):
            _copy(theirs, block, keep_lines=True)
            changed.append(block)
            touched.append(block)
        elif block.block_id != theirs.id or block.read_only != theirs.read_only:
            _copy(theirs, block, keep_lines=True)
            touched.append(block)
    _record(changed, edits, added_here, source, run, by)
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
    changed: list[Block],
    edits: dict[uuid.UUID, Edit],
    added_here: set[uuid.UUID],
    source: Revision.Source,
    run: Run | None,
    by: User | None,
) -> None:
    if not changed:
        return
    last = dict(Revision.objects.filter(block__in=changed).values_list("block").annotate(Max("number")).order_by())
    under_way = _under_way(changed[0].subject) if source == Revision.Source.OUTSIDE and run is None and last else None
    revisions = []
    for block in changed:
        number = last.get(block.pk, 0) + 1
        block.line_revisions = [number if line == 0 else line for line in block.line_revisions]
        revision = Revision(
            block=block, number=number, value=block.value, description=block.description, limit=block.limit,
            source=source, run=run, editor=by,
        )  # fmt: skip
        if source == Revision.Source.OUTSIDE and block.pk in added_here:  # by a person whose answer got lost
            revision.source = Revision.Source.EDIT
        if under_way is not None and number > 1:  # an agent changes blocks and makes none
            revision.source, revision.run = source_of(under_way), under_way
        edit = edits.get(block.pk)
        if edit is not None and _reads(edit) == _reads(block):
            revision.source, revision.run = edit.source, None
            revision.editor, revision.reason = edit.editor, edit.reason
            edit.delete()
        revisions.append(revision)
    Revision.objects.bulk_create(revisions)
    # A rollout records itself.
    record_revisions(one for one in revisions if one.source != Revision.Source.TEMPLATE)
    _close_flags(changed)


def source_of(run: Run) -> Revision.Source:
    """Whose change it is that a run makes."""
    return Revision.Source.OUTSIDE if run.source == Run.Source.OUTSIDE else Revision.Source.RUN


def _under_way(subject: Subject) -> Run | None:
    """The run that Letta has in hand. The blocks were read before it was sent, so what has changed since is its doing."""
    rows = subject.runs.filter(state__in=(Run.State.SENDING, Run.State.LEARNING))
    return rows.order_by("position").first()


def _built_on(mine: Mapping[str, Block], edits: Mapping[uuid.UUID, Edit], seen: Iterable[Seen]) -> Iterator[Seen]:
    """The blocks that hold an edit on its way and more than that, as the edit alone would have made them.

    Its answer got lost, it arrived all the same, and before anybody looked a run or another program went on from it.
    """
    for theirs in seen:
        block = mine.get(theirs.label)
        edit = edits.get(block.pk) if block is not None else None
        if block is None or edit is None or not _differs(block, theirs):
            continue
        if _reads(edit) not in (_reads(block), _reads(theirs)) and _shows_in(edit, block, theirs):
            yield replace(theirs, value=edit.value, description=edit.description, limit=edit.limit)


def _shows_in(edit: Edit, before: Block, theirs: Seen) -> bool:
    """Whether all that `edit` was to change in `before` is changed in `theirs`: each field, each line."""
    if edit.description not in (before.description, theirs.description) or edit.limit not in (before.limit, theirs.limit):
        return False
    old, new, now = (Counter(text.split("\n")) for text in (before.value, edit.value, theirs.value))
    if old == new and before.value != edit.value:
        return False  # lines that only changed places leave no trace
    return all(now[line] >= new[line] for line in new - old) and all(now[line] <= new[line] for line in old - new)


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


def _reads(one: Block | Edit | Seen) -> tuple[str, str, int]:
    return one.value, one.description, one.limit


def _differs(block: Block, theirs: Seen) -> bool:
    return _reads(block) != _reads(theirs)


def _carried(before: str, after: str, known: list[int]) -> list[int]:
    """The revision of each line of `after`: carried over where a line was there before, 0 where it is new."""
    old, new = before.split("\n"), after.split("\n")
    known = [*known, *[0] * (len(old) - len(known))]
    numbers = [0] * len(new)
    for at, to, size in kept(old, new):
        numbers[to : to + size] = known[at : at + size]
    return numbers
