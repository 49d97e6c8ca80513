"""health, keys, tags, models, addresses, and what the engine says of the rest of Letta's API."""

import httpx
import pytest
from letta_client import AuthenticationError, Letta

from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target


def test_health(http: httpx.Client, letta: Letta) -> None:
    body = http.get("/v1/health/").json()
    assert body["status"] == "ok"
    assert letta.health().version == body["version"]


def test_health_needs_no_key(target: Target) -> None:
    with httpx.Client(base_url=target.base_url, timeout=10) as nobody:
        assert nobody.get("/v1/health/").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic contract-key", "Bearer", "contract-key"])
def test_a_missing_or_wrong_key(target: Target, header: str) -> None:
    with httpx.Client(base_url=target.base_url, timeout=10) as nobody:
        for path in ("/v1/agents/", "/v1/blocks/", "/v1/runs/", "/v1/tags/", "/v1/models/", "/v1/archives/", "/v1/nowhere"):
            response = nobody.get(path, headers={"Authorization": header} if header else {})
            assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"}), path


def test_a_wrong_key_through_letta_client(target: Target) -> None:
    client = Letta(base_url=target.base_url, api_key="wrong", max_retries=0, timeout=10)
    with client, pytest.raises(AuthenticationError):
        client.agents.list()


def test_unknown_addresses_and_methods(http: httpx.Client) -> None:
    nowhere = http.get("/v1/nonsense")
    assert (nowhere.status_code, nowhere.json()) == (404, {"detail": "Not Found"})
    wrong = http.put("/v1/agents/")
    assert (wrong.status_code, wrong.json()) == (405, {"detail": "Method Not Allowed"})


@pytest.mark.parametrize("path", ["/v1/agents", "/v1/blocks", "/v1/runs", "/v1/health"])
def test_collections_answer_without_the_last_slash(http: httpx.Client, path: str) -> None:
    assert http.get(path, follow_redirects=True).status_code == 200


# -- tags -----------------------------------------------------------------------------------------------------------


def test_tags_are_distinct_and_in_order(letta: Letta, scripted: Scripted) -> None:
    word = unique("tag")
    scripted.agent(tags=[f"{word}-b", f"{word}-a"])
    scripted.agent(tags=[f"{word}-b", f"{word}-c"])
    letta.blocks.create(label="tagged", value="v", tags=[f"{word}-d"])
    assert letta.tags.list(query_text=word) == [f"{word}-{c}" for c in "abcd"]
    assert letta.tags.list(query_text=word, order="desc") == [f"{word}-{c}" for c in "dcba"]
    assert letta.tags.list(query_text=word, limit=2) == [f"{word}-a", f"{word}-b"]
    assert letta.tags.list(query_text=word, limit=2, after=f"{word}-b") == [f"{word}-c", f"{word}-d"]
    assert letta.tags.list(query_text=word, after=f"{word}-d") == []


def test_tags_go_with_their_agents(letta: Letta, scripted: Scripted) -> None:
    word = unique("gone")
    agent = scripted.agent(tags=[word])
    letta.agents.update(agent.id, tags=[f"{word}-new"])
    assert letta.tags.list(query_text=word) == [f"{word}-new"]
    letta.agents.delete(agent.id)
    assert letta.tags.list(query_text=word) == []


# -- models ---------------------------------------------------------------------------------------------------------


def test_models(http: httpx.Client, letta: Letta, target: Target) -> None:
    models = letta.models.list()
    assert target.model in {model.handle for model in models}
    assert all(model.max_context_window > 0 for model in models)
    body = http.get("/v1/models/").json()[0]
    assert {"handle", "name", "display_name", "provider_type", "provider_name", "model_type", "model"} <= set(body)
    assert {"model_endpoint_type", "context_window", "max_context_window", "provider_category"} <= set(body)
    assert body["model_type"] == "llm"


def test_embedding_models(http: httpx.Client, letta: Letta, target: Target) -> None:
    models = letta.models.embeddings.list()
    assert target.embedding in {model.handle for model in models}
    body = http.get("/v1/models/embedding").json()[0]
    assert {"handle", "name", "embedding_model", "embedding_dim", "embedding_endpoint_type", "model_type"} <= set(body)
    assert body["model_type"] == "embedding"


# -- the rest of Letta's API ----------------------------------------------------------------------------------------

REST = [
    ("GET", "/v1/tools/", "tools"),
    ("GET", "/v1/folders/", "folders"),
    ("GET", "/v1/identities/", "identities"),
    ("GET", "/v1/groups/", "groups"),
    ("GET", "/v1/mcp-servers/", "mcp"),
    ("GET", "/v1/providers/", "providers"),
    ("GET", "/v1/steps/", "steps"),
    ("GET", "/v1/jobs/", "jobs"),
    ("GET", "/v1/conversations/", "conversations"),
    ("GET", "/v1/agents/{agent}/tools", "tools"),
    ("GET", "/v1/agents/{agent}/folders", "folders"),
    ("GET", "/v1/agents/{agent}/context", "context"),
    ("PATCH", "/v1/agents/{agent}/reset-messages", "reset"),
    ("POST", "/v1/agents/{agent}/messages/stream", "stream"),
]


@pytest.mark.parametrize(("method", "path", "word"), REST)
def test_what_the_engine_does_not_do_is_said_in_a_sentence(
    http: httpx.Client, scripted: Scripted, target: Target, method: str, path: str, word: str
) -> None:
    agent = scripted.agent()
    response = http.request(method, path.format(agent=agent.id), json=None if method == "GET" else {})
    if target.expect("not-implemented", engine=True, letta=False):
        assert response.status_code == 501
        detail = response.json()["detail"]
        assert word in detail.lower()
        assert detail.endswith(".")
    else:
        assert response.status_code != 501
