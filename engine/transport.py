"""letta-client's requests answered in this process: no sockets, no web worker, no middleware, no key.

`httpx.Client(transport=EngineTransport())` calls the engine's views as functions, in the caller's thread and on the caller's
database connection. Each view makes and ends its own transactions.
"""

from __future__ import annotations

import json
import logging
from io import BytesIO

import httpx
from django.db import connections
from django.http import HttpResponse, QueryDict
from django.urls import Resolver404, get_resolver

from engine.api.access import InProcessRequest
from engine.api.errors import places

logger = logging.getLogger("engine.transport")

PREFIX = "/v1/"


class EngineTransport(httpx.BaseTransport):
    """Holds no state: one may serve any number of threads."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The engine's response; whatever goes wrong is a 500 in Letta's shape, without a word of the data."""
        try:
            response = self._answer(request)
            content = response.content
            headers = [(name.encode(), value.encode()) for name, value in response.items()]
            status = response.status_code
        except Exception as error:
            logger.error("%s %s failed: %s at %s", request.method, request.url.path, type(error).__name__, places(error))
            content = json.dumps({"detail": "An internal server error occurred."}).encode()
            headers, status = [(b"Content-Type", b"application/json")], 500
        if status >= 500:
            # Outside of a web request nobody else would notice that Postgres has hung up.
            for connection in connections.all(initialized_only=True):
                if connection.errors_occurred and not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()
        headers.append((b"Content-Length", str(len(content)).encode()))
        return httpx.Response(status, headers=headers, content=content, request=request)

    def _answer(self, request: httpx.Request) -> HttpResponse:
        inner = InProcessRequest()
        inner.method = request.method
        inner.path = inner.path_info = request.url.path
        query = request.url.query.decode("ascii")
        inner.META = {"REQUEST_METHOD": request.method, "QUERY_STRING": query, "SERVER_NAME": "engine.local"}
        for name, value in request.headers.items():
            inner.META[_META.get(name) or "HTTP_" + name.upper().replace("-", "_")] = value
        inner.GET = QueryDict(query, encoding="utf-8")
        inner._body = request.read()  # Django reads it from a stream otherwise
        if inner.META.get("CONTENT_TYPE", "").startswith("multipart/"):
            # Requests that come over WSGI take their form apart by themselves.
            form, inner.FILES = inner.parse_file_upload(inner.META, BytesIO(inner.body))
            inner.POST = form  # type: ignore[assignment]  # it is not changed again
        if not inner.path.startswith(PREFIX):
            return HttpResponse(b'{"detail":"Not Found"}', status=404, content_type="application/json")
        try:
            match = get_resolver("engine.urls").resolve("/" + inner.path.removeprefix(PREFIX))
        except Resolver404:
            return HttpResponse(b'{"detail":"Not Found"}', status=404, content_type="application/json")
        response: HttpResponse = match.func(inner, *match.args, **match.kwargs)
        return response


_META = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
