"""Blocks: make, find, change and remove them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from engine.models import Attachment, Block

DESCRIPTIONS = {
    "human": (
        "The human block: Stores key details about the person you are conversing with, "
        "allowing for more personalized and friend-like conversation."
    ),
    "persona": (
        "The persona block: Stores details about your current persona, guiding how you behave and respond. "
        "This helps you to maintain consistency and personality in your interactions."
    ),
}
"""Letta's own descriptions of the two labels it knows, given to blocks that come without one."""

COLUMNS = ("label", "description", "value", "limit", "read_only", "is_template", "hidden", "metadata", "tags")
"""Fields of a request that have a column; all others are kept in `options`."""


def new_block(fields: dict[str, Any]) -> Block:
    """An unsaved block from the fields of Letta's request."""
    given = {name: value for name, value in fields.items() if value is not None}
    given.setdefault("description", DESCRIPTIONS.get(given["label"]))
    return Block(
        **{name: given.pop(name) for name in COLUMNS if name in given},
        options={name: value for name, value in given.items() if value},
    )


class Changed(Exception):
    """The block is not what the change was made for; nothing was changed."""


def etag(block: Block) -> str:
    """The name of the block's text, description and limit as they are, for the headers `ETag` and `If-Match` (RFC 9110).

    Not in Letta's API. `memory_sdk.Block.etag` is the same, so that a client needs no header to know it.
    """
    said = json.dumps([block.value, block.description or "", block.limit])
    return f'"{hashlib.sha256(said.encode()).hexdigest()}"'


@transaction.atomic
def update_if(block: Block, changes: dict[str, Any], expected: str) -> None:
    """`update`, if the block is still the one whose `etag` is `expected`. Raises Changed."""
    # The lock under which an agent's step is written: between the comparison and the change nobody else writes.
    block.refresh_from_db(from_queryset=Block.objects.select_for_update(no_key=True))
    if etag(block) != expected:
        raise Changed
    update(block, changes)


def update(block: Block, changes: dict[str, Any]) -> None:
    """Change the fields that `changes` gives; None leaves a field as it is.

    Raises IntegrityError when the new label is taken in one of the block's agents.
    """
    changes = {name: value for name, value in changes.items() if value is not None}
    columns = [name for name in COLUMNS if name in changes]
    for name in columns:
        setattr(block, name, changes.pop(name))
    if changes:
        block.options = {**block.options, **changes}
        columns.append("options")
    block.updated_at = timezone.now()
    with transaction.atomic():
        block.save(update_fields=[*columns, "updated_at"])
        if "label" in columns:
            Attachment.objects.filter(block=block).exclude(label=block.label).update(label=block.label)


@transaction.atomic
def update_several(agent_id: str, changes: dict[str, dict[str, Any]]) -> list[Block]:
    """`update` of several blocks of an agent, by their ids, all or none; returns them in that order.

    Raises Block.DoesNotExist when the agent has not all of them, and IntegrityError.
    """
    rows = Block.objects.filter(attachments__agent_id=agent_id, pk__in=changes)
    # Locked in the order of their ids, as a step of a run locks them.
    found = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",)).order_by("id")}
    if len(found) < len(changes):
        raise Block.DoesNotExist
    for block_id, fields in changes.items():
        update(found[block_id], fields)
    return [found[block_id] for block_id in changes]


def connected(
    blocks: QuerySet[Block], *, more_than: int | None = None, fewer_than: int | None = None, exactly: list[int] | None = None
) -> QuerySet[Block]:
    """The blocks that are attached to so many agents."""
    mine = Attachment.objects.filter(block=OuterRef("pk"))
    if exactly == [0] or fewer_than == 1:
        # The question of erasure, left-behind blocks, answered without counting.
        blocks = blocks.filter(~Exists(mine))
    if more_than == 0:
        blocks = blocks.filter(Exists(mine))
    conditions = Q()
    if exactly is not None and exactly != [0]:
        conditions &= Q(connections__in=exactly)
    if fewer_than not in (None, 1):
        conditions &= Q(connections__lt=fewer_than)
    if more_than not in (None, 0):
        conditions &= Q(connections__gt=more_than)
    if not conditions:
        return blocks
    count = mine.order_by().values("block").annotate(n=Count("pk")).values("n")
    return blocks.alias(connections=Coalesce(Subquery(count), 0)).filter(conditions)
