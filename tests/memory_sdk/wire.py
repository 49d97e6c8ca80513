"""Stand-ins for the network: transports that record what is sent, over the real one or with answers of the test's own."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

_ID = re.compile(r"/([a-z]+)-[0-9a-f-]{36}")


def route(request: httpx.Request) -> str:
    """Method and path with the ids taken out."""
    path = _ID.sub(r"/{\1}", request.url.path)
    return f"{request.method} {path}"


class Recording(httpx.BaseTransport):
    """Sends over the given transport and remembers every request."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._transport = transport or httpx.HTTPTransport()
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self._transport.handle_request(request)

    def take(self) -> list[str]:
        """The routes asked for since the last time."""
        routes = [route(request) for request in self.requests]
        self.requests.clear()
        return routes

    def close(self) -> None:
        self._transport.close()


class AsyncRecording(httpx.AsyncBaseTransport):
    """The same for asynchronous clients."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport or httpx.AsyncHTTPTransport()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return await self._transport.handle_async_request(request)

    def take(self) -> list[str]:
        """The routes asked for since the last time."""
        routes = [route(request) for request in self.requests]
        self.requests.clear()
        return routes

    async def aclose(self) -> None:
        await self._transport.aclose()


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Recording:
    """A recording transport without a network, where `answer` is the server."""
    return Recording(httpx.MockTransport(answer))
