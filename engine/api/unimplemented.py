"""The rest of Letta's API: 501 with a sentence that names the resource, never a pretended success."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse

from engine.api.answers import answer

# Resources of server 0.16.8's OpenAPI document that the engine has nothing of, by their first path segment.
RESOURCES = {
    "_internal_agents": "internal agents",
    "_internal_blocks": "internal blocks",
    "_internal_runs": "internal runs",
    "_internal_search": "internal search",
    "_internal_templates": "internal templates",
    "access-tokens": "access tokens",
    "admin": "admin calls for users and orgs",
    "auth": "auth by password",
    "chat": "chat completions",
    "client-side-access-tokens": "client-side access tokens",
    "conversations": "conversations",
    "embeddings": "embeddings storage",
    "environments": "environments",
    "folders": "folders",
    "groups": "groups",
    "identities": "identities",
    "jobs": "jobs",
    "mcp-servers": "MCP servers",
    "messages": "messages across agents",
    "projects": "projects",
    "providers": "providers",
    "ready": "readiness check beside health",
    "sandbox-config": "sandbox configuration",
    "sources": "sources",
    "steps": "steps",
    "telemetry": "telemetry",
    "templates": "templates",
    "tools": "tools to list or to make",
    "voice-beta": "voice agents",
}

_AGENT = "agents/[^/]+"
_BLOCK = "blocks/[^/]+"
# Parts of the resources that the engine has, which it has not.
PARTS = {
    r"agents/messages/search": "search in messages",
    rf"{_AGENT}/context": "context overview of agents",
    rf"{_AGENT}/tools(/.*)?": "tools to attach to agents or to call",
    rf"{_AGENT}/(sources|folders)(/.*)?": "folders and sources of agents",
    rf"{_AGENT}/files(/.*)?": "files of agents",
    rf"{_AGENT}/identities/.*": "identities of agents",
    rf"{_AGENT}/groups": "groups of agents",
    rf"{_AGENT}/generate": "generate call of agents",
    rf"{_AGENT}/reset-messages": "reset of an agent's messages",
    rf"{_AGENT}/(summarize|compact)": "summarize call of agents",
    rf"{_AGENT}/messages/stream": "stream of answers",
    rf"{_AGENT}/messages/preview-raw-payload": "preview of raw payloads",
    rf"{_AGENT}/messages/[^/]+": "change of single messages",
    rf"{_AGENT}/schedule(/.*)?": "schedule of agents",
    rf"{_BLOCK}/identities/.*": "identities of blocks",
    r"runs/[^/]+/stream": "stream of a run",
}
_PARTS = [(re.compile(pattern), what) for pattern, what in PARTS.items()]


def missing(path: str) -> str | None:
    """What part of Letta's API `path` (below /v1/, without a slash at its end) is of, if it is one the engine has not."""
    for pattern, what in _PARTS:
        if pattern.fullmatch(path):
            return what
    return RESOURCES.get(path.partition("/")[0])


def not_allowed(path: str) -> HttpResponse:
    """405; but 501 where a call that is missing has the shape of an address that is there, as `agents/import` has."""
    what = missing(path.strip("/"))
    return answer({"detail": "Method Not Allowed"}, status=405) if what is None else _lacking(what)


def unimplemented(request: HttpRequest, path: str) -> HttpResponse:
    """501 for what Letta has, 404 for what neither has."""
    what = missing(path.strip("/"))
    if what is None:
        return answer({"detail": "Not Found"}, status=404)
    return _lacking(what)


def _lacking(what: str) -> HttpResponse:
    return answer({"detail": f"The memory engine has no {what}. Connect a Letta server to use it."}, status=501)
