"""`/v1/blocks`: blocks by themselves, whichever agents they are attached to."""

from __future__ import annotations

from typing import Annotated, Literal

from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from engine import agents, blocks
from engine.api.agent_inputs import Include, included
from engine.api.answers import answer
from engine.api.block_inputs import CreateBlock, UpdateBlock
from engine.api.errors import Conflict, PreconditionFailed, no_block
from engine.api.freezing import without_blocks, without_frozen
from engine.api.intake import BlockId, Fields, Int
from engine.api.paging import Limit, Order, Window, page
from engine.models import Agent, Block
from engine.shapes.agents import agent as agent_shape
from engine.shapes.blocks import block as block_shape

router = Router()


class Filters(Fields):
    label: str | None = None
    templates_only: bool = False
    name: str | None = None
    project_id: str | None = None
    tags: list[str] | None = None
    match_all_tags: bool = False


class ListFilters(Filters):
    identity_id: Annotated[str, Field(min_length=45, max_length=45)] | None = None
    identifier_keys: list[str] | None = None
    limit: Limit | None = 50
    before: str | None = None
    after: str | None = None
    order: Order = "asc"
    order_by: Literal["created_at"] = "created_at"
    label_search: str | None = None
    description_search: str | None = None
    value_search: str | None = None
    connected_to_agents_count_gt: Int | None = None
    connected_to_agents_count_lt: Int | None = None
    connected_to_agents_count_eq: list[Int] | None = None
    show_hidden_blocks: bool | None = False


def _filtered(filters: Filters) -> QuerySet[Block]:
    rows = Block.objects.filter(is_template=filters.templates_only)
    if filters.label is not None:
        rows = rows.filter(label=filters.label)
    if filters.name is not None:
        rows = rows.filter(options__template_name=filters.name)
    if filters.project_id is not None:
        rows = rows.filter(options__project_id=filters.project_id)
    if filters.tags:
        how = "tags__contains" if filters.match_all_tags else "tags__overlap"
        rows = rows.filter(**{how: filters.tags})
    return rows


@router.get("")
def list_blocks(request: HttpRequest, filters: Query[ListFilters]) -> HttpResponse:
    if filters.identity_id or filters.identifier_keys:
        return answer([])  # the engine has no identities
    rows = _filtered(filters)
    if not filters.show_hidden_blocks:
        rows = rows.exclude(hidden=True)
    for column in ("label", "description", "value"):
        if text := getattr(filters, f"{column}_search"):
            rows = rows.filter(**{f"{column}__icontains": text})
    rows = blocks.connected(
        rows,
        more_than=filters.connected_to_agents_count_gt,
        fewer_than=filters.connected_to_agents_count_lt,
        exactly=filters.connected_to_agents_count_eq,
    )
    window = Window(filters.before, filters.after, filters.limit, filters.order == "desc")
    return answer([block_shape(row) for row in page(without_frozen(request, rows), window)])


@router.get("/count")
def count_blocks(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    return answer(_filtered(filters).exclude(hidden=True).count())


@router.post("")
def create_block(request: HttpRequest, body: CreateBlock) -> HttpResponse:
    row = blocks.new_block(body.model_dump())
    row.save(force_insert=True)
    return answer(block_shape(row))


@router.get("/{block_id}")
def retrieve_block(request: HttpRequest, block_id: BlockId) -> HttpResponse:
    return tagged(_block(block_id))


@router.patch("/{block_id}")
def update_block(request: HttpRequest, block_id: BlockId, body: UpdateBlock) -> HttpResponse:
    return tagged(updated(request, _block(block_id), body))


@router.delete("/{block_id}")
def delete_block(request: HttpRequest, block_id: BlockId) -> HttpResponse:
    if not Block.objects.filter(pk=block_id).delete()[0]:
        raise no_block(block_id)
    return answer(None)


class AgentsOfBlock(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 50
    order: Order = "desc"
    order_by: Literal["created_at"] = "created_at"
    include: list[Include] = []
    include_relationships: list[str] | None = None


@router.get("/{block_id}/agents")
def list_agents_of_block(request: HttpRequest, block_id: BlockId, query: Query[AgentsOfBlock]) -> HttpResponse:
    window = Window(query.before, query.after, query.limit, query.order == "desc")
    if not Block.objects.filter(pk=block_id).exists():
        raise no_block(block_id)
    rows = page(Agent.objects.filter(attachments__block_id=block_id), window)
    wanted = included(request, query.include, query.include_relationships)
    of_agent = without_blocks(request, agents.blocks_of_many(rows)) if "blocks" in wanted else {}
    return answer([agent_shape(row, of_agent.get(row.pk, []), wanted) for row in rows])


def tagged(row: Block) -> HttpResponse:
    """The block, with the header by which a change can be made to depend on it."""
    response = answer(block_shape(row))
    response["ETag"] = blocks.etag(row)
    return response


def updated(request: HttpRequest, row: Block, body: UpdateBlock) -> Block:
    """The block with the body's changes; with the header `If-Match` only if it is still the one that the client saw.

    Raises Conflict when an agent of the block has the new label already, PreconditionFailed when somebody was quicker.
    """
    changes, expected = body.model_dump(exclude_unset=True), request.headers.get("If-Match")
    try:
        if expected is None:
            blocks.update(row, changes)
        else:
            blocks.update_if(row, changes, expected)
    except blocks.Changed as error:
        raise PreconditionFailed(f"Block '{row.pk}' has changed since it was read. Nothing was changed.") from error
    except Block.DoesNotExist as error:
        raise no_block(row.pk) from error
    except IntegrityError as error:
        raise label_taken() from error
    return row


def label_taken() -> Conflict:
    """The answer when a block is to have a label that another block of one of its agents has."""
    return Conflict(
        "A unique constraint was violated for Block. Check your input for duplicates: "
        "an agent of this block has a block with this label already."
    )


def _block(block_id: str) -> Block:
    row = Block.objects.filter(pk=block_id).first()
    if row is None:
        raise no_block(block_id)
    return row
