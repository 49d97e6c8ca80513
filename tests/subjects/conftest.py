"""Letta for the tests of subjects: the engine over real HTTP, behind a proxy that can misbehave."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from subjects import delivery
from subjects.letta import agents
from tests.faulty_proxy import FaultyProxy


@pytest.fixture
def proxy(live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """Letta over real HTTP: the engine's /v1 behind a proxy that can misbehave."""
    with FaultyProxy(live_server.url) as proxy:
        settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = proxy.url, "test-engine-key", ""
        # Nothing is under way here once a request is over, so there is no need to wait for it.
        monkeypatch.setattr(delivery, "IN_FLIGHT", timedelta(0))
        agents.cache_clear()
        yield proxy
        agents().close()
        agents.cache_clear()
