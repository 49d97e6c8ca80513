"""The one connection of this process to Letta, as the settings describe it, and how long a page waits for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from memory_sdk.agents import Agents

ENGINE_URL = "http://engine.local"
PAGE_SECONDS = 8.0
"""What one request of a person may wait for Letta, all calls together: a web thread is not to be held by a silent one."""

_until: ContextVar[float | None] = ContextVar("until", default=None)


@cache
def agents() -> Agents:
    """Letta's agents through the SDK: over the network, or in process when the engine is used. Safe in threads."""
    transport = import_string(settings.LETTA_TRANSPORT)() if settings.LETTA_TRANSPORT else None
    return Agents(
        api_key=settings.LETTA_API_KEY or None,
        base_url=ENGINE_URL if transport else settings.LETTA_BASE_URL or None,
        model=settings.LETTA_MODEL,
        embedding=settings.LETTA_EMBEDDING,
        transport=transport,
        time_left=_time_left,
    )


@contextmanager
def patient_for(seconds: float) -> Iterator[Agents]:
    """No more than `seconds` for all that is asked of Letta within, and no more than what was left before."""
    with _limited(seconds):
        yield agents()


class PagePatience:
    """Middleware: whatever a page asks of Letta takes PAGE_SECONDS at most; then it says so and keeps what was typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with _limited(PAGE_SECONDS):
            return self.get_response(request)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    mine, outer = time.monotonic() + seconds, _until.get()
    token = _until.set(mine if outer is None else min(mine, outer))
    try:
        yield
    finally:
        _until.reset(token)


def _time_left() -> float | None:
    until = _until.get()
    return None if until is None else until - time.monotonic()
