"""What is known of blocks beside what they say, and decides whether a rollout may change them."""

from collections.abc import Iterable, Sequence
from typing import Self
from uuid import UUID

from django.db.models import Count, F, Q

from subjects.models import Block, Revision

STARTED = (Revision.Source.CREATED, Revision.Source.TEMPLATE)


class Facts:
    """Facts of the blocks of one subject or of many, read when they are first asked for, in one query each."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._shared: set[str | None] | None = None
        self._touched: set[UUID] | None = None

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Self:
        """Of these blocks, which may be those of many subjects."""
        return cls(blocks)

    def shared(self, blocks: Iterable[Block]) -> set[UUID]:
        """Those of `blocks` that other subjects have, too."""
        asked = list(blocks)
        if not asked:
            return set()
        if self._shared is None:
            ids = [block.block_id for block in self._blocks]
            rows = Block.objects.filter(block_id__in=ids, removed_at=None).order_by().values("block_id")
            self._shared = set(rows.annotate(n=Count("pk")).filter(n__gt=1).values_list("block_id", flat=True))
        return {block.pk for block in asked if block.block_id in self._shared}

    def touched(self, blocks: Iterable[Block]) -> set[UUID]:
        """Those of `blocks` whose value is not the one they started with, or started elsewhere than here."""
        asked = list(blocks)
        if not asked:
            return set()
        if self._touched is None:
            changed = Q(block__in=self._blocks) & (~Q(value=F("block__value")) | (Q(number=1) & ~Q(source__in=STARTED)))
            self._touched = set(Revision.objects.filter(changed).values_list("block_id", flat=True))
        return {block.pk for block in asked if block.pk in self._touched}
