"""What holds for every request: keys, slashes, unknown paths and methods, and the in-process transport."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import override_settings
from letta_client import Letta

from accounts.models import ApiKey
from engine.models import Agent, Block
from engine.transport import EngineTransport
from tests.engine.conftest import MODEL, Http, letta_client


@pytest.fixture
def inside(db: None) -> httpx.Client:
    return httpx.Client(transport=EngineTransport(), base_url="http://engine.local")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic dGVzdA==", "Bearer mui-\x00", "Bearer ключ"])
def test_a_wrong_key_is_unauthorized(http: Http, header: str) -> None:
    for path in ("/agents/", "/tools/", "/nonsense"):
        answer = http("GET", path, Authorization=header.encode().decode("latin-1"))
        assert (answer.status, answer.body) == (401, {"detail": "Unauthorized"})


def test_health_needs_no_key(http: Http) -> None:
    assert http("GET", "/health/", Authorization="").body == {"version": "0.16.8", "status": "ok"}


def test_issued_keys_work_until_they_are_revoked(http: Http) -> None:
    row, key = ApiKey.issue("script")
    assert http("GET", "/agents/", Authorization=f"Bearer {key}").status == 200
    row.refresh_from_db()
    assert row.last_used_at is not None
    row.revoke()
    assert http("GET", "/agents/", Authorization=f"Bearer {key}").status == 401


@override_settings(ENGINE_API_KEY="")
def test_without_a_fixed_key_an_empty_one_opens_nothing(http: Http) -> None:
    assert http("GET", "/agents/", Authorization="Bearer ").status == 401


@pytest.mark.parametrize("path", ["/agents", "/agents/", "/blocks", "/blocks/", "/health", "/health/"])
def test_slashes_do_not_matter_and_never_redirect(http: Http, path: str) -> None:
    assert http.get(path).status == 200
    if "health" not in path:
        assert http.post(path, {"label": "b", **MODEL}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/nonsense", 404, {"detail": "Not Found"}),
        ("GET", "/", 404, {"detail": "Not Found"}),
        ("GET", "/agents/a/b/c/d", 404, {"detail": "Not Found"}),
        ("PUT", "/agents/", 405, {"detail": "Method Not Allowed"}),
        ("DELETE", "/health/", 405, {"detail": "Method Not Allowed"}),
    ],
)
def test_unknown_paths_and_methods(
    http: Http, inside: httpx.Client, method: str, path: str, status: int, body: object
) -> None:
    answer = http(method, path)
    assert (answer.status, answer.body) == (status, body)
    response = inside.request(method, "/v1" + path)
    assert (response.status_code, response.json()) == (status, body)


@pytest.mark.parametrize("path", ["/agents/?tags=%00", "/agents/agent-%00", "/blocks/?label=a%00b", "/agents/?tags=%ff"])
def test_junk_in_an_address_is_never_an_error_of_ours(http: Http, inside: httpx.Client, path: str) -> None:
    assert http.get(path).status in (200, 422)
    assert inside.get("/v1" + path).status_code in (200, 422)


def test_both_ways_give_the_same_answer(http: Http, inside: httpx.Client) -> None:
    agent = http.agent(tags=["ü & =", "b"], memory_blocks=[{"label": "human", "value": "Zürich ☃"}])
    for path, params in (("/agents/", {"tags": ["ü & =", "b"], "include": "agent.blocks"}), (f"/agents/{agent['id']}", {})):
        response = inside.get("/v1" + path, params=params, headers={"X-Stainless-Package-Version": "1.12.1"})
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json() == http.get(f"{path}?{httpx.QueryParams(params)}").body
    assert inside.get("/elsewhere").status_code == 404


def test_a_failure_tells_no_secrets(inside: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    Block.objects.create(label="secret label", value="secret value", limit=1, options=["not what the shape expects"])
    with caplog.at_level(logging.ERROR):
        response = inside.get("/v1/blocks/")
    assert (response.status_code, response.json()) == (500, {"detail": "An internal server error occurred."})
    assert "secret" not in caplog.text
    assert "shapes/blocks.py" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_transport() -> None:
    letta = letta_client()

    def make(number: int) -> str:
        try:
            block: Any = {"label": "human", "value": str(number)}
            return letta.agents.create(**MODEL, name=f"t{number}", memory_blocks=[block]).name
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(make, range(24)))
    assert names == [f"t{number}" for number in range(24)]
    assert Agent.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_costs_one_request(inside: httpx.Client) -> None:
    assert inside.get("/v1/agents/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        [pid] = cursor.fetchone()
    from django.db import connections

    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s)", [pid])
    other.close()
    assert inside.get("/v1/agents/").status_code == 503
    assert inside.get("/v1/agents/").status_code == 200


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_big(http: Http) -> None:
    assert http.post("/blocks/", {"label": "b", "value": "x" * 1001}).status == 413


@pytest.mark.parametrize("raw", [b'{"label": "b", "metadata": {"x": 1e999}}', b'{"label": "b", "metadata": {"x": NaN}}'])
def test_numbers_that_no_column_holds(http: Http, raw: bytes) -> None:
    assert http("POST", "/blocks/", raw=raw).status == 422


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_left_open(letta: Letta) -> None:
    letta.agents.create(**MODEL, name="committed")
    assert not connection.in_atomic_block
    assert connection.get_autocommit()
