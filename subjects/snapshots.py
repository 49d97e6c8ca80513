"""Keeping the mirror: Letta's blocks written into our tables, every change as a revision."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from memory_sdk import models as sdk
from subjects.models import Block, Revision, Run, Subject


@transaction.atomic
def mirror(subject: Subject, seen: Iterable[sdk.Block], source: Revision.Source, run: Run | None = None) -> int:
    """Bring our copy of the subject's blocks in line with what Letta showed; returns the number of new revisions.

    A changed value, description or limit becomes a revision by `source` (and `run`). Safe to repeat: what is already
    recorded changes nothing. Blocks that Letta no longer shows stay here; deciding about them is not a mirror's job.
    """
    Subject.objects.select_for_update().get(pk=subject.pk)
    mine = {block.label: block for block in subject.blocks.all()}
    last = dict(Revision.objects.filter(block__subject=subject).values_list("block").annotate(Max("number")).order_by())
    changed: list[Block] = []
    touched: list[Block] = []
    for position, theirs in enumerate(seen):
        block = mine.get(theirs.label)
        if block is None:
            block = Block(subject=subject, label=theirs.label, position=len(mine) + position)
            _copy(theirs, block)
            block.save()
            changed.append(block)
        elif _differs(block, theirs):
            _copy(theirs, block)
            changed.append(block)
            touched.append(block)
        elif block.block_id != theirs.id or block.read_only != theirs.read_only:
            _copy(theirs, block)
            touched.append(block)
    Block.objects.bulk_update(touched, ["block_id", "description", "value", "limit", "read_only"])
    Revision.objects.bulk_create(
        Revision(
            block=block,
            number=last.get(block.pk, 0) + 1,
            value=block.value,
            description=block.description,
            limit=block.limit,
            source=source,
            run=run,
        )
        for block in changed
    )
    Subject.objects.filter(pk=subject.pk).update(mirrored_at=timezone.now())
    return len(changed)


def _copy(theirs: sdk.Block, block: Block) -> None:
    block.block_id = theirs.id
    block.description, block.value = theirs.description, theirs.value
    block.limit, block.read_only = theirs.limit, theirs.read_only


def _differs(block: Block, theirs: sdk.Block) -> bool:
    return (block.value, block.description, block.limit) != (theirs.value, theirs.description, theirs.limit)
