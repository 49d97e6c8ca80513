"""Tags, models, and what the engine says of the rest of Letta's API."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.urls import get_resolver
from letta_client import InternalServerError, Letta

from engine.api.unimplemented import missing
from engine.transport import EngineTransport
from tests.engine.conftest import NOBODY, Http


def test_tags_are_distinct_sorted_and_paged(http: Http, letta: Letta) -> None:
    http.agent(tags=["b", "a", "Zz"])
    http.agent(tags=["b", "ç"])
    http.post("/blocks/", {"label": "x", "tags": ["c"]})
    whole = ["Zz", "a", "b", "c", "ç"]
    assert letta.tags.list() == whole
    assert letta.tags.list(order="desc") == whole[::-1]
    assert letta.tags.list(limit=2) == whole[:2]
    assert letta.tags.list(limit=2, after="a") == ["b", "c"]
    assert letta.tags.list(limit=2, before="c") == ["a", "b"]
    assert letta.tags.list(limit=2, before="b", order="desc") == ["ç", "c"]
    assert letta.tags.list(query_text="z") == ["Zz"]
    assert letta.tags.list(name="%") == []
    assert http.get("/tags/?limit=0").body == whole
    assert http.get("/tags/?limit=-1").status == 422


def test_models(http: Http, letta: Letta) -> None:
    assert [model.handle for model in letta.models.list()] == ["openai/gpt-4.1"]
    [model] = http.get("/models/").body
    assert (model["model_type"], model["name"], model["max_context_window"]) == ("llm", "gpt-4.1", model["context_window"])
    assert [model.handle for model in letta.models.embeddings.list()] == ["openai/text-embedding-3-small"]
    assert http.get("/models/?provider_name=anthropic").body == []
    assert http.get("/models/?provider_category=bogus").status == 422


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        ("GET", "/tools/", "tools"),
        ("POST", "/tools/run", "tools"),
        ("GET", "/folders/", "folders"),
        ("GET", "/mcp-servers/", "mcp"),
        ("GET", "/conversations/", "conversations"),
        ("POST", "/messages/search", "messages"),
        ("GET", "/agents/{agent}/tools", "tools"),
        ("PATCH", "/agents/{agent}/tools/attach/tool-1", "tools"),
        ("PATCH", "/agents/{agent}/reset-messages", "reset"),
        ("POST", "/agents/{agent}/messages/stream", "stream"),
        ("PATCH", "/agents/{agent}/messages/message-1", "messages"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(http: Http, method: str, path: str, word: str) -> None:
    answer = http(method, path.format(agent=f"agent-{NOBODY}"), {})
    assert answer.status == 501
    assert word in answer.detail.lower()
    assert answer.detail.endswith(".")


def test_what_is_missing_is_asked_for_once(db: None) -> None:
    """letta-client asks again after a 5xx, and waits before it does; of what is missing that brings nothing."""
    asked: list[str] = []
    inside = httpx.Client(transport=EngineTransport(), event_hooks={"request": [lambda one: asked.append(one.url.path)]})
    letta = Letta(api_key="in-process", base_url="http://engine.local", max_retries=2, http_client=inside)
    with pytest.raises(InternalServerError, match="501"):
        list(letta.conversations.list(agent_id=f"agent-{NOBODY}"))
    assert asked == ["/v1/conversations/"]


def test_every_path_of_letta_client_is_answered_or_named(http: Http) -> None:
    """No call of letta-client 1.12.1 may look as if it did not exist."""
    import letta_client.resources

    paths = set()
    for module in Path(letta_client.resources.__file__ or "").parent.rglob("*.py"):
        for line in module.read_text().splitlines():
            _, found, rest = line.partition('"/v1/')
            if found:
                paths.add(rest.partition('"')[0])
    assert len(paths) > 90
    resolver = get_resolver("engine.urls")
    unknown = []
    for path in sorted(paths):
        concrete = "/".join("x" if "{" in part else part for part in path.strip("/").split("/"))
        if resolver.resolve("/" + concrete).url_name is None and missing(concrete) is None:
            unknown.append(path)
    assert unknown == []


def test_no_heavy_package_is_imported_with_the_api() -> None:
    code = (
        "import os, sys, json, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'memory_ui.settings'; django.setup();"
        "import engine.urls, engine.transport; print(json.dumps([m for m in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules: Any = set(json.loads(out.stdout))
    assert not {"openai", "letta_client"} & modules
