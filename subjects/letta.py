"""The one connection of this process to Letta, as the settings describe it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from memory_sdk.agents import Agents

ENGINE_URL = "http://engine.local"


@cache
def agents() -> Agents:
    """Letta's agents through the SDK: over the network, or in process when the engine is used. Safe in threads."""
    return _connected()


@contextmanager
def patient_for(seconds: float) -> Iterator[Agents]:
    """The same for a page that somebody waits for: no call takes longer than `seconds`, none is repeated."""
    with _connected(timeout=seconds, read_retries=0) as connection:
        yield connection


def _connected(**limits: Any) -> Agents:
    transport = import_string(settings.LETTA_TRANSPORT)() if settings.LETTA_TRANSPORT else None
    return Agents(
        api_key=settings.LETTA_API_KEY or None,
        base_url=ENGINE_URL if transport else settings.LETTA_BASE_URL or None,
        model=settings.LETTA_MODEL,
        embedding=settings.LETTA_EMBEDDING,
        transport=transport,
        **limits,
    )
