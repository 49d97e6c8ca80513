"""What tests of the engine's API share: a client over HTTP's test double, and letta-client over the in-process transport."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import Client
from letta_client import Letta
from pytest_django import Settings

from engine.runs.working import drain
from engine.transport import EngineTransport
from tests.model_endpoint import ModelEndpoint, running_endpoint

KEY = "test-engine-key"
MODEL: dict[str, Any] = {"model": "openai/gpt-4.1", "embedding": "openai/text-embedding-3-small"}
SDK = {"X-Stainless-Package-Version": "1.12.1"}
NOBODY = "00000000-0000-4000-8000-000000000000"


class Http:
    """/v1 as a client over the network sees it, with a key and, unless told, as letta-client 1.x."""

    def __init__(self, **headers: str) -> None:
        self.headers = {"Authorization": f"Bearer {KEY}", **headers}
        self.client = Client()

    def __call__(self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str) -> "Answer":
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = self.client.generic(
            method, "/v1" + path, data, content_type="application/json", headers={**self.headers, **headers}
        )
        return Answer(response.status_code, json.loads(response.content) if response.content else None)

    def get(self, path: str) -> "Answer":
        return self("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> "Answer":
        return self("POST", path, {} if body is None else body, None, **headers)

    def patch(self, path: str, body: Any = None) -> "Answer":
        return self("PATCH", path, {} if body is None else body)

    def delete(self, path: str) -> "Answer":
        return self("DELETE", path)

    def agent(self, **fields: Any) -> dict[str, Any]:
        answer = self.post("/agents/", {**MODEL, "agent_type": "sleeptime_agent", "initial_message_sequence": [], **fields})
        assert answer.status == 200, answer.body
        made: dict[str, Any] = answer.body
        return made


class Answer:
    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body

    @property
    def detail(self) -> str:
        detail: str = self.body["detail"]
        return detail


@pytest.fixture
def http(db: None) -> Http:
    return Http(**SDK)


@pytest.fixture
def old_http(db: None) -> Http:
    """As letta-client 0.1.307 asks, which expects every relation without asking."""
    return Http(**{"User-Agent": "letta-client/0.1.307"})


def letta_client() -> Letta:
    inside = httpx.Client(transport=EngineTransport())
    return Letta(api_key="in-process", base_url="http://engine.local", max_retries=0, http_client=inside)


@pytest.fixture
def letta(db: None) -> Letta:
    return letta_client()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[ModelEndpoint]:
    """The scripted model endpoint, in this process."""
    with running_endpoint() as started:
        yield started


@pytest.fixture
def model(endpoint: ModelEndpoint, settings: Settings, socket_enabled: None) -> ModelEndpoint:
    """The scripted model behind the llm learner of this process."""
    settings.ENGINE_LLM_BASE_URL = endpoint.url
    settings.ENGINE_LLM_API_KEY = "endpoint-secret"
    settings.ENGINE_LLM_TIMEOUT = 5
    return endpoint


def looked_at(plan: dict[str, Any]) -> int:
    """The most rows that one step of a plan (of `explain (analyze, format json)`) looked at, over all its loops."""
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    mine = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return int(max([mine, *(looked_at(inner) for inner in plan.get("Plans", []))]))


def learned(http: Http, agent_id: str, text: str = "I like cats") -> dict[str, Any]:
    """A run over one message, worked to its end."""
    run = http.post(f"/agents/{agent_id}/messages/async", {"messages": [{"role": "user", "content": text}]}).body
    drain(agent_id)
    ended: dict[str, Any] = http.get(f"/runs/{run['id']}").body
    return ended
