"""What a key's scopes open: every call of the engine's API, with the one scope that it needs and with all others."""

import re

import pytest
from django.test import override_settings

from accounts.models import ENGINE_SCOPES, ApiKey, Scope
from engine.freezing import freeze
from engine.urls import api
from tests.engine.conftest import KEY, MODEL, NOBODY, Http

pytestmark = pytest.mark.django_db

CALLS = sorted(
    (method, prefix + route)
    for prefix, router in api._routers
    for route, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
    if not prefix.startswith("/health")
)
LEARNING = {
    ("POST", "/agents/{agent_id}/messages"),
    ("POST", "/agents/{agent_id}/messages/async"),
    ("POST", "/agents/{agent_id}/messages/cancel"),
}
READING_BY_POST = {("POST", "/passages/search")}


def needed(method: str, route: str) -> Scope:
    if (method, route) in LEARNING:
        return Scope.LEARN
    return Scope.READ if method == "GET" or (method, route) in READING_BY_POST else Scope.MANAGE


def address(route: str) -> str:
    kinds = {"agent_id": "agent", "block_id": "block", "archive_id": "archive", "passage_id": "passage", "run_id": "run"}
    return re.sub(r"\{(\w+)\}", lambda name: f"{kinds.get(name[1], 'memory')}-{NOBODY}", route)


def bearer(*scopes: Scope) -> str:
    return "Bearer " + ApiKey.issue("program", scopes=scopes)[1]


def test_the_walk_meets_the_whole_api() -> None:
    assert len(CALLS) > 45
    assert set(CALLS) >= LEARNING | READING_BY_POST


@pytest.mark.parametrize(("method", "route"), CALLS)
def test_every_call_needs_one_scope(http: Http, method: str, route: str) -> None:
    scope = needed(method, route)
    others = [other for other in Scope if other is not scope]
    refused = http(method, address(route), {}, Authorization=bearer(*others))
    assert (refused.status, list(refused.body)) == (403, ["detail"])
    assert refused.detail.startswith(f"This API key lacks the scope {scope.value} (")
    # Nobody's ids: what is asked for is not there, but it was looked for.
    allowed = http(method, address(route), {}, Authorization=bearer(scope))
    assert allowed.status not in (401, 500)
    assert "API key" not in str(allowed.body)


def test_a_key_learns_without_reading(http: Http) -> None:
    agent = http.agent()
    learner = bearer(Scope.LEARN)
    body = {"messages": [{"role": "user", "content": "hello"}]}
    run = http("POST", f"/agents/{agent['id']}/messages/async", body, Authorization=learner)
    assert run.status == 200
    assert http("GET", f"/runs/{run.body['id']}", Authorization=learner).status == 403
    assert http("GET", f"/runs/{run.body['id']}", Authorization=bearer(Scope.READ)).status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/tools/"), ("GET", "/nonsense"), ("POST", "/tools/run")])
def test_what_the_engine_has_not_needs_its_scope_too(http: Http, method: str, path: str) -> None:
    assert http(method, path, {}, Authorization=bearer(Scope.PRIVACY)).status == 403
    assert http(method, path, {}, Authorization=bearer(*ENGINE_SCOPES)).status in (404, 501)


def test_a_locked_agent_is_told_to_keys_with_the_scope_alone(http: Http) -> None:
    agent = http.agent()["id"]
    freeze(agent)
    assert http("GET", f"/agents/{agent}", Authorization=bearer(Scope.LEARN)).status == 403
    assert http("GET", f"/agents/{agent}", Authorization=bearer(Scope.READ)).status == 423


def test_keys_and_the_fixed_key_have_all_by_themselves(http: Http) -> None:
    _, key = ApiKey.issue("script")
    for authorization in (f"Bearer {key}", f"Bearer {KEY}"):
        made = http("POST", "/agents/", MODEL, Authorization=authorization)
        assert made.status == 200
        assert http("DELETE", f"/agents/{made.body['id']}", Authorization=authorization).status in (200, 204)


@override_settings(ENGINE_API_KEY="")
def test_a_key_without_scopes_opens_nothing_but_health(http: Http) -> None:
    nothing = bearer()
    assert http("GET", "/agents/", Authorization=nothing).status == 403
    assert http("GET", "/health/", Authorization=nothing).status == 200
