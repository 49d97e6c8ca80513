"""Every address below /v1/: with or without a slash at the end, never redirected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.urls.resolvers import RegexPattern, RoutePattern
from django.views.decorators.csrf import csrf_exempt

from engine.api import (
    agent_blocks,
    agent_files,
    agent_messages,
    agent_passages,
    agents,
    archives,
    blocks,
    errors,
    freezing,
    health,
    models,
    runs,
    tags,
)
from engine.api.access import bearer
from engine.api.answers import answer
from engine.api.intake import LettaAPI, LettaParser
from engine.api.telling import telling
from engine.api.unimplemented import not_allowed, unimplemented

api = LettaAPI(title="Letta's API", version="engine", auth=bearer, parser=LettaParser(), docs_url=None, openapi_url=None)
for _kind, _handler in errors.HANDLERS.items():
    api.add_exception_handler(_kind, _handler)

api.add_router("/health", health.router)
api.add_router("/agents/{agent_id}", agent_blocks.router)
api.add_router("/agents/{agent_id}", agent_messages.router)
api.add_router("/agents/{agent_id}", agent_passages.router)
api.add_router("/agents/{agent_id}", freezing.router)
api.add_router("/agents", agent_files.router)
api.add_router("/agents", agents.router)
api.add_router("/blocks", blocks.router)
api.add_router("/runs", runs.router)
api.add_router("/archives", archives.router)
api.add_router("/passages", archives.passage_router)
api.add_router("/tags", tags.router)
api.add_router("/models", models.router)


class _AnySlash(RoutePattern):
    """A route that does not care about a slash at the end. Letta redirects there, which costs its clients a round trip."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def _entry(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @csrf_exempt
    def entry(request: HttpRequest, **path: str) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.on_invalid(request, errors.Invalid("string_unicode", ("query",), "NUL characters are not allowed"))
        try:
            # Only who may ask is told; the key is looked at twice only where something is frozen.
            if (locked := freezing.locked(request, path)) is not None and bearer(request):
                return locked
            response = telling(view, request, path)
        except errors.Refused as refused:  # of a key without the scope, where django-ninja is not yet or not at all
            return errors.on_refused(request, refused)
        if response.status_code == 405:
            return not_allowed(request.path.partition("/v1/")[2])
        return response

    return entry


def _fallback(request: HttpRequest, path: str) -> HttpResponse:
    if not bearer(request):
        return answer({"detail": "Unauthorized"}, status=401)
    return unimplemented(request, path)


# One pattern a path: the view behind it tells the methods apart.
_routes = {str(route.pattern): route for route in reversed(api.urls[0]) if isinstance(route, URLPattern)}
urlpatterns = [
    URLPattern(_AnySlash(path, name=route.name, is_endpoint=True), _entry(route.callback), None, route.name)
    for path, route in reversed(_routes.items())
    if path
]
urlpatterns.append(URLPattern(RegexPattern("^(?P<path>.*)$", is_endpoint=True), _entry(_fallback)))
