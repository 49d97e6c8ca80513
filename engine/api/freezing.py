"""`/v1/agents/{agent_id}/freeze`, which Letta has not, and the gate before everything else that frozen agents own."""

from __future__ import annotations

import re
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router

from engine import freezing
from engine.api.access import InProcessRequest
from engine.api.answers import answer
from engine.api.errors import Refused, no_agent
from engine.api.intake import AgentId
from engine.models import Archive, Block, Passage, Run

Row = TypeVar("Row", bound=Model)

LOCKED = 423
# What the console, in this process, still does with a frozen agent: look at it, stop it, delete it, thaw it.
_CONSOLE_MAY = re.compile(r"/(freeze|thaw|messages/cancel|core-memory/blocks/detach/[^/]+)/?$")
_OWNED = {"block_id": "block", "archive_id": "archive", "run_id": "run"}

router = Router()


@router.post("/freeze")
def freeze_agent(request: HttpRequest, agent_id: AgentId) -> HttpResponse:
    console_only(request, "freezes and thaws agents")
    if not freezing.freeze(agent_id):
        raise no_agent(agent_id)
    return answer({"id": agent_id, "frozen": True})


@router.post("/thaw")
def thaw_agent(request: HttpRequest, agent_id: AgentId) -> HttpResponse:
    console_only(request, "freezes and thaws agents")
    if not freezing.thaw(agent_id):
        raise no_agent(agent_id)
    return answer({"id": agent_id, "frozen": False})


def locked(request: HttpRequest, path: dict[str, str]) -> HttpResponse | None:
    """423 when the address is about a frozen agent or about what only frozen agents have; else None."""
    harmless = request.method in ("GET", "DELETE") or _CONSOLE_MAY.search(request.path)
    if harmless and isinstance(request, InProcessRequest):
        return None
    agent_id = path.get("agent_id")
    if agent_id is not None:
        is_locked = freezing.is_frozen(agent_id)
    else:
        is_locked = any(freezing.covers(kind, path[name]) for name, kind in _OWNED.items() if name in path)
    return answer({"detail": freezing.SENTENCE}, status=LOCKED) if is_locked else None


def without_frozen(request: HttpRequest, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Rows of a list of blocks, archives, passages or runs without what frozen agents have; the console sees all."""
    if isinstance(request, InProcessRequest) or not freezing.frozen_agents().exists():
        return rows
    if rows.model is Run:
        return rows.exclude(agent__in=freezing.frozen_agents())
    if rows.model is Passage:
        return rows.exclude(archive__in=freezing.covered(Archive))
    return rows.exclude(pk__in=freezing.covered(Block if rows.model is Block else Archive))


def without_blocks(request: HttpRequest, of_agent: dict[str, list[Block]]) -> dict[str, list[Block]]:
    """The blocks of listed agents, none for frozen ones; the console sees all."""
    if of_agent and not isinstance(request, InProcessRequest):
        for agent_id in freezing.frozen_agents().filter(pk__in=of_agent).values_list("pk", flat=True):
            of_agent[agent_id] = []
    return of_agent


def console_only(request: HttpRequest, does: str) -> None:
    """Refuse everybody but the console in this process what Letta's API has not."""
    if not isinstance(request, InProcessRequest):
        raise Refused(403, f"Only the console that this engine belongs to {does}.")
