"""`/v1/runs`: learning runs, their messages and what they used."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from engine import agents
from engine.api.agent_inputs import StopReason
from engine.api.answers import answer
from engine.api.errors import BadArgument, NotFound, Refused
from engine.api.freezing import without_frozen
from engine.api.intake import UUID4, Fields
from engine.api.paging import Limit, Order, Window, page
from engine.models import TERMINAL, Run
from engine.prompt import compiled
from engine.shapes.messages import wire
from engine.shapes.runs import run as run_shape

STATUSES = ("created", "running", "completed", "failed", "cancelled")
_ID = re.compile(f"run-{UUID4}")

router = Router()


class Filters(Fields):
    agent_id: str | None = None
    agent_ids: list[str] | None = None
    statuses: list[str] | None = None
    background: bool | None = None
    stop_reason: StopReason | None = None
    conversation_id: str | None = None
    before: str | None = None
    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] | None = 100
    order: Order = "desc"
    order_by: Literal["created_at"] = "created_at"
    active: bool = False
    ascending: bool = False


@router.get("")
def list_runs(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    if filters.conversation_id is not None:
        return answer([])
    rows = without_frozen(request, Run.objects.all())
    if wanted := [filters.agent_id] if filters.agent_id else filters.agent_ids:
        rows = rows.filter(agent_id__in=wanted)
    if filters.statuses is not None:
        for status in filters.statuses:
            if status not in STATUSES:
                raise Refused(400, f"'{status}' is not a valid RunStatus")
        rows = rows.filter(status__in=filters.statuses)
    elif filters.active:
        rows = rows.exclude(status__in=TERMINAL)
    if filters.background is not None:
        rows = rows.filter(background=filters.background)
    if filters.stop_reason is not None:
        rows = rows.filter(stop_reason=filters.stop_reason)
    descending = filters.order == "desc" and not filters.ascending
    window = Window(filters.before, filters.after, filters.limit, descending, log=True)
    return answer([run_shape(row) for row in page(rows, window)])


class Active(Fields):
    agent_id: str | None = None
    background: bool | None = None


@router.get("/active")
def list_active_runs(request: HttpRequest, filters: Query[Active]) -> HttpResponse:
    given = {name: value for name, value in filters.model_dump().items() if value is not None}
    rows = Run.objects.filter(**given).exclude(status__in=TERMINAL)
    return answer([run_shape(row) for row in page(rows, Window(limit=1000, descending=True))])


@router.get("/{run_id}")
def retrieve_run(request: HttpRequest, run_id: str) -> HttpResponse:
    return answer(run_shape(_run(run_id)))


@router.delete("/{run_id}")
def delete_run(request: HttpRequest, run_id: str) -> HttpResponse:
    _run(run_id)
    raise Refused(501, "The memory engine does not delete single runs: they go with their agent.")


class Messages(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 100
    order: Order = "asc"
    order_by: Literal["created_at"] = "created_at"


@router.get("/{run_id}/messages")
def list_messages_of_run(request: HttpRequest, run_id: str, query: Query[Messages]) -> HttpResponse:
    run = _run(run_id, with_agent=True)
    descending = query.order == "desc"
    window = Window(query.before, query.after, query.limit, descending, log=True)
    rows = page(run.messages.all(), window, "position")
    return answer(
        wire(
            rows,
            run.agent.agent_type,
            system=lambda: compiled(run.agent, agents.blocks_of(run.agent_id)),
            types=run.request_config.get("include_return_message_types"),
            newest_first=descending,
        )
    )


@router.get("/{run_id}/usage")
def retrieve_usage_of_run(request: HttpRequest, run_id: str) -> HttpResponse:
    run = _run(run_id)
    return answer(
        {
            "completion_tokens": run.completion_tokens,
            "prompt_tokens": run.prompt_tokens,
            "total_tokens": run.prompt_tokens + run.completion_tokens,
            "prompt_tokens_details": None,
            "completion_tokens_details": None,
        }
    )


@router.get("/{run_id}/{part}")
def retrieve_part_of_run(request: HttpRequest, run_id: str, part: Literal["steps", "metrics", "trace"]) -> HttpResponse:
    _run(run_id)
    raise Refused(501, f"The memory engine keeps no {part} of runs: their messages and their usage are there.")


def _run(run_id: str, *, with_agent: bool = False) -> Run:
    if not _ID.fullmatch(run_id):
        raise BadArgument(f"Invalid run ID format: {run_id}. Expected format: 'run-<uuid4>'")
    rows = Run.objects.select_related("agent") if with_agent else Run.objects.all()
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"Run not found with id='{run_id}'")
    return run
