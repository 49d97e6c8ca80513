"""What a Letta can do: read from what it answers, asked by reads alone."""

import httpx
import pytest

from memory_sdk import Agents, Unauthorized
from tests.contract.targets import Target
from tests.memory_sdk.wire import Recording, answering


def found_with(status: int, path: str, body: object) -> Recording:
    """A server that has everything, but for what it answers to one address."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body) if path in request.url.path else httpx.Response(200, json=[])

    return answering(answer)


@pytest.mark.parametrize(
    ("status", "body", "has"),
    [
        (200, [], True),
        (422, {"detail": "agent_id is missing"}, True),
        (404, {"detail": "Not Found"}, False),
        (405, {"detail": "Method Not Allowed"}, False),
        (501, {"detail": "The memory engine has no folders."}, False),
        (500, {"detail": "An internal server error occurred."}, None),
    ],
)
def test_an_answer_tells_whether_there_is_such_a_thing(status: int, body: object, has: bool | None) -> None:
    wire = found_with(status, "/v1/folders/", body)
    found = Agents("key", "http://letta.test", transport=wire, read_retries=0).capabilities()
    assert found.folders is has
    assert found.tools is True
    assert len(wire.requests) == 7
    assert {request.method for request in wire.requests} == {"GET"}


@pytest.mark.parametrize(("status", "has"), [(404, True), (200, True), (501, False), (500, None)])
def test_a_trace_that_nobody_has_shows_that_there_are_traces(status: int, has: bool | None) -> None:
    wire = found_with(status, "/trace", {"detail": "no such step"})
    assert Agents("key", "http://letta.test", transport=wire, read_retries=0).capabilities().traces is has


def test_models_are_named_by_handle() -> None:
    wire = found_with(200, "/v1/models/embedding", [{"handle": "openai/small"}, {"handle": None}])
    found = Agents("key", "http://letta.test", transport=wire).capabilities()
    assert (found.models, found.embeddings) == ((), ("openai/small",))
    broken = found_with(500, "/v1/models/", [])
    assert Agents("key", "http://letta.test", transport=broken, read_retries=0).capabilities().models is None


def test_a_wrong_key_is_no_answer_about_capabilities() -> None:
    with pytest.raises(Unauthorized):
        Agents("key", "http://letta.test", transport=found_with(401, "/v1/", {})).capabilities()


def test_a_live_server_says_what_it_has(agents: Agents, server: Target) -> None:
    found = agents.capabilities()
    assert found.models is not None
    assert server.model in found.models
    assert found.embeddings
    real = server.name != "engine"
    assert (found.conversations, found.folders, found.tools, found.identities) == (real, real, real, real)
