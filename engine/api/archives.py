"""`/v1/archives` and `/v1/passages`: archives by themselves, and search over all of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from engine import agents, passages
from engine.api.agent_inputs import Included, included
from engine.api.agents import find
from engine.api.answers import answer
from engine.api.errors import NotFound
from engine.api.freezing import without_blocks, without_frozen
from engine.api.intake import ArchiveId, PassageId
from engine.api.paging import Limit, Order, Window, page
from engine.api.passage_inputs import (
    ArchivePassage,
    Batch,
    ChangedArchive,
    ListArchives,
    NewArchive,
    SearchEverywhere,
    narrowed,
)
from engine.models import Archive, Passage
from engine.search import search
from engine.shapes.agents import agent as agent_shape
from engine.shapes.passages import archive as archive_shape
from engine.shapes.passages import passage as passage_shape

router = Router()
passage_router = Router()


@router.get("")
def list_archives(request: HttpRequest, query: Query[ListArchives]) -> HttpResponse:
    rows = without_frozen(request, Archive.objects.all())
    if query.name is not None:
        rows = rows.filter(name=query.name)
    if query.agent_id is not None:
        rows = rows.filter(agents=query.agent_id)
    window = Window(query.before, query.after, query.limit, query.order == "desc")
    return answer([archive_shape(row) for row in page(rows, window)])


@router.post("")
def create_archive(request: HttpRequest, body: NewArchive) -> HttpResponse:
    handle = body.embedding or (body.embedding_config or {}).get("handle")
    now = timezone.now()
    row = Archive(
        name=body.name,
        description=body.description,
        embedding=handle if isinstance(handle, str) else "",
        created_at=now,
        updated_at=now,
    )
    row.save(force_insert=True)
    return answer(archive_shape(row))


@router.get("/{archive_id}")
def retrieve_archive(request: HttpRequest, archive_id: ArchiveId) -> HttpResponse:
    return answer(archive_shape(_archive(archive_id)))


@router.patch("/{archive_id}")
def update_archive(request: HttpRequest, archive_id: ArchiveId, body: ChangedArchive) -> HttpResponse:
    row = _archive(archive_id)
    for name, value in body.model_dump(exclude_none=True).items():
        setattr(row, name, value)
    row.updated_at = timezone.now()
    row.save(update_fields=["name", "description", "updated_at"])
    return answer(archive_shape(row))


@router.delete("/{archive_id}")
def delete_archive(request: HttpRequest, archive_id: ArchiveId) -> HttpResponse:
    if not passages.delete_archive(archive_id):
        raise _no_archive(archive_id)
    return HttpResponse(status=204)


class AgentsOfArchive(Included):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 50
    order: Order = "desc"


@router.get("/{archive_id}/agents")
def list_agents_of_archive(request: HttpRequest, archive_id: ArchiveId, query: Query[AgentsOfArchive]) -> HttpResponse:
    window = Window(query.before, query.after, query.limit, query.order == "desc")
    rows = page(_archive(archive_id).agents.all(), window)
    wanted = included(request, query.include, query.include_relationships)
    of_agent = without_blocks(request, agents.blocks_of_many(rows)) if "blocks" in wanted else {}
    return answer([agent_shape(row, of_agent.get(row.pk, []), wanted) for row in rows])


@router.post("/{archive_id}/passages")
def create_passage(request: HttpRequest, archive_id: ArchiveId, body: ArchivePassage) -> HttpResponse:
    [row] = passages.add(_archive(archive_id).pk, [body.to_store()])
    return answer(passage_shape(row))


@router.post("/{archive_id}/passages/batch")
def create_passages(request: HttpRequest, archive_id: ArchiveId, body: Batch) -> HttpResponse:
    rows = passages.add(_archive(archive_id).pk, [new.to_store() for new in body.passages])
    return answer([passage_shape(row) for row in rows])


@router.delete("/{archive_id}/passages/{passage_id}")
def delete_passage(request: HttpRequest, archive_id: ArchiveId, passage_id: PassageId) -> HttpResponse:
    if not Passage.objects.filter(archive_id=archive_id, pk=passage_id).delete()[0]:
        raise NotFound(f"Agent passage with id {passage_id} not found in database.")
    return HttpResponse(status=204)


@passage_router.post("/search")
def search_everywhere(request: HttpRequest, body: SearchEverywhere) -> HttpResponse:
    """In one archive, in an agent's, or in all; without a query the newest passages.

    An erasure asks here whether anything still names the person: what does stands first, however many share a word with it.
    """
    if body.archive_id is not None:
        rows = without_frozen(request, passages.of_archive(_archive(body.archive_id).pk))
    elif body.agent_id is not None:
        rows = without_frozen(request, passages.of_archive(find(body.agent_id).archive_id))
    else:
        rows = without_frozen(request, Passage.objects.defer("embedding", "search"))
    rows = narrowed(rows, body.tags, body.tag_match_mode, body.start_date, body.end_date)
    hits: list[tuple[Passage, Any]]
    if body.query:
        hits = list(search(rows, body.query, body.limit, as_it_stands=True))
    else:
        hits = [(row, 0.0) for row in rows.order_by("-created_at", "-pk")[: body.limit]]
    return answer([{"passage": passage_shape(row), "score": score, "metadata": {}} for row, score in hits])


def _archive(archive_id: str) -> Archive:
    row = Archive.objects.filter(pk=archive_id).first()
    if row is None:
        raise _no_archive(archive_id)
    return row


def _no_archive(archive_id: str) -> NotFound:
    return NotFound(f"Archive not found with id='{archive_id}'")
