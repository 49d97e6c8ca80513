"""`/v1/agents/{agent_id}/core-memory`: an agent's blocks, by their labels."""

from __future__ import annotations

from typing import Literal

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import agents, blocks
from engine.api import blocks as block_api
from engine.api.agents import find
from engine.api.answers import answer
from engine.api.block_inputs import UpdateBlock, UpdateBlocks
from engine.api.errors import Conflict, NotFound, no_block
from engine.api.freezing import console_only
from engine.api.intake import AgentId, BlockId, Fields
from engine.api.paging import MOST, Limit, Order
from engine.models import Agent, Block
from engine.shapes.agents import agent as agent_shape
from engine.shapes.blocks import block as block_shape

router = Router()


class Cursors(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 100
    order: Order = "desc"
    order_by: Literal["created_at"] = "created_at"


@router.get("/core-memory/blocks")
def list_blocks_of_agent(request: HttpRequest, agent_id: AgentId, cursors: Query[Cursors]) -> HttpResponse:
    rows = _blocks(agent_id)
    if cursors.order == "desc":
        rows.reverse()
    ids = [row.pk for row in rows]
    size = cursors.limit or MOST
    if cursors.after in ids:
        rows = rows[ids.index(cursors.after) + 1 :]
    if cursors.before in ids:
        rows = [row for row in rows if ids.index(row.pk) < ids.index(cursors.before)]
        return answer([block_shape(row) for row in (rows[:size] if cursors.after else rows[-size:])])
    return answer([block_shape(row) for row in rows[:size]])


@router.patch("/core-memory/blocks")
def update_blocks_of_agent(request: HttpRequest, agent_id: AgentId, body: UpdateBlocks) -> HttpResponse:
    """Several blocks at once, all or none, which Letta's API has not: a rollout asks once for each subject."""
    console_only(request, "changes several blocks at once")
    changes = {block.id: block.model_dump(exclude_unset=True, exclude={"id"}) for block in body.blocks}
    try:
        rows = blocks.update_several(agent_id, changes)
    except Block.DoesNotExist as error:
        raise NotFound(f"Agent '{agent_id}' has not all of these blocks. Nothing was changed.") from error
    except IntegrityError as error:
        raise block_api.label_taken() from error
    return answer([block_shape(row) for row in rows])


@router.get("/core-memory")
def retrieve_memory(request: HttpRequest, agent_id: AgentId) -> HttpResponse:
    row = find(agent_id)
    return answer(agent_shape(row, list(agents.blocks_of(agent_id)))["memory"])


@router.patch("/core-memory/blocks/attach/{block_id}")
def attach_block(request: HttpRequest, agent_id: AgentId, block_id: BlockId) -> HttpResponse:
    row = find(agent_id)
    block = Block.objects.filter(pk=block_id).first()
    if block is None:
        raise no_block(block_id)
    try:
        agents.attach(row, block)
    except agents.LabelTaken as error:
        raise Conflict(
            "A unique constraint was violated for Agent. Check your input for duplicates: "
            "the agent has a block with this label."
        ) from error
    return answer(agent_shape(row, list(agents.blocks_of(agent_id))))


@router.patch("/core-memory/blocks/detach/{block_id}")
def detach_block(request: HttpRequest, agent_id: AgentId, block_id: BlockId) -> HttpResponse:
    row = find(agent_id)
    if not agents.detach(agent_id, block_id):
        raise NotFound(f"No block with id '{block_id}' found for agent '{agent_id}'")
    return answer(agent_shape(row, list(agents.blocks_of(agent_id))))


@router.get("/core-memory/blocks/{block_label}")
def retrieve_block_of_agent(request: HttpRequest, agent_id: AgentId, block_label: str) -> HttpResponse:
    return answer(block_shape(_block(agent_id, block_label)))


@router.patch("/core-memory/blocks/{block_label}")
def update_block_of_agent(request: HttpRequest, agent_id: AgentId, block_label: str, body: UpdateBlock) -> HttpResponse:
    return block_api.tagged(block_api.updated(request, _block(agent_id, block_label), body))


def _blocks(agent_id: str) -> list[Block]:
    rows = list(agents.blocks_of(agent_id))
    if not rows and not Agent.objects.filter(pk=agent_id).exists():
        raise NotFound(f"Agent not found with id='{agent_id}'")
    return rows


def _block(agent_id: str, label: str) -> Block:
    row = Block.objects.filter(attachments__agent_id=agent_id, attachments__label=label).first()
    if row is None:
        raise NotFound(f"No block with label '{label}' found for agent '{agent_id}'")
    return row
