"""`/v1/agents/{agent_id}/archival-memory`: what an agent keeps outside of its context, found by search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import passages
from engine.api.agents import find
from engine.api.answers import answer
from engine.api.errors import Conflict, NotFound, no_agent
from engine.api.intake import AgentId, ArchiveId
from engine.api.paging import MOST, Window, page
from engine.api.passage_inputs import AgentPassage, ListPassages, Search, narrowed
from engine.models import Agent, Archive, Passage
from engine.search import search
from engine.shapes.passages import passage as passage_shape
from engine.shapes.passages import result as result_shape

TOP_K = 50
"""results of a search that does not say how many it wants"""

router = Router()


@router.get("/archival-memory")
def list_passages(request: HttpRequest, agent_id: AgentId, query: Query[ListPassages]) -> HttpResponse:
    rows = passages.of_archive(_archive_id(agent_id))
    if query.search:
        rows = rows.filter(text__icontains=query.search)
    window = Window(query.before, query.after, query.limit, query.ascending is False, log=True)
    return answer([passage_shape(row) for row in page(rows, window)])


@router.post("/archival-memory")
def create_passage(request: HttpRequest, agent_id: AgentId, body: AgentPassage) -> HttpResponse:
    try:
        archive_id = passages.archive_of(find(agent_id))
    except Agent.DoesNotExist:
        raise no_agent(agent_id) from None
    return answer([passage_shape(row) for row in passages.add(archive_id, [body.to_store()])])


@router.get("/archival-memory/search")
def search_passages(request: HttpRequest, agent_id: AgentId, query: Query[Search]) -> HttpResponse:
    rows = passages.of_archive(_archive_id(agent_id))
    rows = narrowed(rows, query.tags, query.tag_match_mode, query.start_datetime, query.end_datetime)
    limit = TOP_K if query.top_k is None else query.top_k or MOST
    results = [result_shape(row) for row, _ in search(rows, query.query, limit)]
    return answer({"results": results, "count": len(results)})


@router.delete("/archival-memory/{memory_id}")
def delete_passage(request: HttpRequest, agent_id: AgentId, memory_id: str) -> HttpResponse:
    archive_id = _archive_id(agent_id)
    if archive_id is None or not Passage.objects.filter(archive_id=archive_id, pk=memory_id).delete()[0]:
        raise NotFound(f"Passage with id {memory_id} not found in database.")
    return answer({"message": f"Memory id={memory_id} successfully deleted"})


@router.patch("/archives/attach/{archive_id}")
def attach_archive(request: HttpRequest, agent_id: AgentId, archive_id: ArchiveId) -> HttpResponse:
    try:
        passages.attach(agent_id, _archive(archive_id))
    except Agent.DoesNotExist:
        raise no_agent(agent_id) from None
    except passages.AnotherArchive:
        raise Conflict(f"Agent {agent_id} has another archive attached, and can have only one") from None
    return answer(None)


@router.patch("/archives/detach/{archive_id}")
def detach_archive(request: HttpRequest, agent_id: AgentId, archive_id: ArchiveId) -> HttpResponse:
    find(agent_id)
    _archive(archive_id)
    Agent.objects.filter(pk=agent_id, archive_id=archive_id).update(archive=None)
    return answer(None)


def _archive_id(agent_id: str) -> str | None:
    found = Agent.objects.filter(pk=agent_id).values_list("archive_id", flat=True)[:1]
    for archive_id in found:
        return archive_id
    raise no_agent(agent_id)


def _archive(archive_id: str) -> Archive:
    row = Archive.objects.filter(pk=archive_id).first()
    if row is None:
        raise NotFound(f"Archive not found with id='{archive_id}'")
    return row
