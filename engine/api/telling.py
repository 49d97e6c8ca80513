"""Telling which agents' memory a request over /v1 was about (`engine.signals`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import ApiKey
from engine.api.access import InProcessRequest
from engine.models import Agent, Attachment, Run
from engine.signals import Kind, memory_touched

# Nothing of anybody's memory stands in these answers; a program polls some of them many times a second.
_NO_MEMORY = re.compile(
    r"health|models.*|tags|agents/count|blocks/count|runs(/active|/[^/]+(/usage)?)?"
    r"|blocks/[^/]+/agents|archives(/[^/]+(/agents)?)?"
)
_SEARCH = re.compile(r"(.+/)?search")
_TEACHING = re.compile(r"agents/[^/]+/messages(/async)?")
# Ids as an answer has them. Within a text the quotes would be escaped.
_AGENTS = re.compile(rb'"(?:id|agent_id)": ?"(agent-[0-9a-f-]{36})"')
_BLOCKS = re.compile(rb'"id": ?"(block-[0-9a-f-]{36})"')
_ARCHIVES = re.compile(rb'"archive_id": ?"(archive-[0-9a-f-]{36})"')


def telling(view: Callable[..., HttpResponse], request: HttpRequest, path: dict[str, str]) -> HttpResponse:
    """The view's response, once it was told whose memory it is about."""
    below = request.path.partition("/v1/")[2].strip("/")
    if isinstance(request, InProcessRequest):
        return view(request, **path)
    if request.method in ("GET", "HEAD") or _SEARCH.fullmatch(below):
        response = view(request, **path)
        if response.status_code < 400 and not _NO_MEMORY.fullmatch(below):
            _tell(Kind.READ, request, _about(path, response))
        return response
    if request.method == "POST" and _TEACHING.fullmatch(below):
        return view(request, **path)  # which may wait for a worker, and tells by itself (`taught`)
    with transaction.atomic():
        before = _named(path) if path else set()  # afterwards they may be gone
        response = view(request, **path)
        if response.status_code < 400:
            gone = request.method == "DELETE" and re.fullmatch(r"agents/[^/]+", below)
            _tell(Kind.DELETED if gone else Kind.CHANGED, request, before if path else _about(path, response))
        else:
            transaction.set_rollback(True)  # a refused request changes nothing
    return response


def taught(request: HttpRequest, agent_id: str) -> None:
    """Tell that a program gives an agent messages to learn from; to be called in the transaction that keeps them."""
    if not isinstance(request, InProcessRequest):
        _tell(Kind.TAUGHT, request, {agent_id})


def _tell(kind: Kind, request: HttpRequest, agents: set[str]) -> None:
    if agents:
        key = getattr(request, "letta_key", None)
        memory_touched.send(Agent, kind=kind, key=key if isinstance(key, ApiKey) else None, agents=agents)


def _about(path: dict[str, str], response: HttpResponse) -> set[str]:
    """The agents of the address, or of the answer to one that names nothing."""
    return _named(path) if path else _answered(response.content)


def _named(path: dict[str, str]) -> set[str]:
    """The agents whose memory the address is about."""
    if "agent_id" in path:
        return {path["agent_id"]}
    if "block_id" in path:
        return _with_blocks([path["block_id"]])
    if "archive_id" in path:
        return _with_archives([path["archive_id"]])
    if "run_id" in path:
        return set(Run.objects.filter(pk=path["run_id"]).values_list("agent_id", flat=True))
    return set()


def _answered(content: bytes) -> set[str]:
    """The agents whose memory stands in an answer."""
    agents = {found.decode() for found in _AGENTS.findall(content)}
    if agents:
        return agents
    blocks = [found.decode() for found in _BLOCKS.findall(content)]
    archives = [found.decode() for found in _ARCHIVES.findall(content)]
    return (_with_blocks(blocks) if blocks else set()) | (_with_archives(archives) if archives else set())


def _with_blocks(blocks: list[str]) -> set[str]:
    return set(Attachment.objects.filter(block__in=set(blocks)).values_list("agent_id", flat=True))


def _with_archives(archives: list[str]) -> set[str]:
    return set(Agent.objects.filter(archive__in=set(archives)).values_list("pk", flat=True))
