"""agents.passages and passages.search: create, list, search, delete."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from letta_client import Letta, NotFoundError

from tests.contract.scripted import Scripted
from tests.contract.targets import Target

NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
NO_ARCHIVE = "archive-00000000-0000-4000-8000-000000000000"
NO_PASSAGE = "passage-00000000-0000-4000-8000-000000000000"
ID = re.compile(r"^passage-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

# Every field of a passage on the wire; `...` for what is looked at below or depends on the embedding model.
PASSAGE = {
    "created_by_id": ..., "last_updated_by_id": ..., "created_at": ..., "updated_at": ..., "is_deleted": False,
    "organization_id": ..., "archive_id": ..., "source_id": None, "file_id": None, "file_name": None, "metadata": {},
    "tags": ["ai-memory-sdk", "user"], "id": ..., "text": "I like cats", "embedding": ..., "embedding_config": ...,
}  # fmt: skip
ARCHIVE = [
    "created_at", "created_by_id", "description", "embedding_config", "id", "last_updated_by_id", "metadata", "name",
    "organization_id", "updated_at", "vector_db_provider",
]  # fmt: skip


def test_create_answers_with_a_list_of_one(http: httpx.Client, scripted: Scripted) -> None:
    body = {"text": "I like cats", "tags": ["user", "ai-memory-sdk"]}
    response = http.post(f"/v1/agents/{scripted.agent().id}/archival-memory", json=body)
    assert response.status_code == 200
    (passage,) = response.json()
    assert sorted(passage) == sorted(PASSAGE)
    fixed = {key: value for key, value in PASSAGE.items() if value is not ...}
    assert {key: sorted(passage[key]) if key == "tags" else passage[key] for key in fixed} == fixed
    assert ID.match(passage["id"])
    assert passage["archive_id"].startswith("archive-")


def test_a_long_text_is_one_passage(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    text = "viele Wörter " * 1500
    assert [p.text for p in letta.agents.passages.create(agent.id, text=text)] == [text]
    assert [p.text for p in letta.agents.passages.list(agent.id)] == [text]


def test_a_given_date_is_kept(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    when = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    (passage,) = letta.agents.passages.create(agent.id, text="then", created_at=when)
    assert passage.created_at == when


def test_an_agent_has_one_archive_from_its_first_passage_on(letta: Letta, http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    assert letta.archives.list(agent_id=agent.id).items == []
    assert letta.agents.passages.list(agent.id) == []
    assert letta.agents.passages.search(agent.id, query="x").results == []
    first = letta.agents.passages.create(agent.id, text="one")[0]
    second = letta.agents.passages.create(agent.id, text="two")[0]
    assert first.archive_id == second.archive_id
    (archive,) = http.get("/v1/archives/", params={"agent_id": agent.id}).json()
    assert sorted(archive) == ARCHIVE
    assert archive["id"] == first.archive_id
    assert archive["name"] == f"{agent.name}'s Archive"
    assert archive["description"] == "Default archive created automatically"


# -- list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Store:
    """An agent with six passages; `ids` in the order they were made."""

    agent_id: str
    ids: list[str]


@pytest.fixture(scope="module")
def store(letta: Letta, scripted: Scripted) -> Store:
    agent = scripted.agent()
    return Store(agent.id, [letta.agents.passages.create(agent.id, text=f"Text Nr {i}")[0].id or "" for i in range(6)])


def follow(letta: Letta, store: Store, limit: int, cursor: str = "after", **order: bool) -> list[int]:
    """Page by hand: passages come as a bare list, without letta-client's page."""
    found: list[int] = []
    where: dict[str, str] = {}
    for _ in range(10):
        page = letta.agents.passages.list(store.agent_id, limit=limit, **order, **where)  # type: ignore[arg-type]
        if not page:
            break
        found += [store.ids.index(p.id or "") for p in page]
        where = {cursor: page[-1].id or ""}
    return found


def test_oldest_first_by_default(letta: Letta, store: Store) -> None:
    assert [p.text for p in letta.agents.passages.list(store.agent_id)] == [f"Text Nr {i}" for i in range(6)]
    assert [p.id for p in letta.agents.passages.list(store.agent_id, ascending=False)] == store.ids[::-1]


@pytest.mark.parametrize("limit", [1, 2, 4, 6])
def test_following_pages_oldest_first_loses_nothing(letta: Letta, store: Store, limit: int) -> None:
    assert follow(letta, store, limit) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("limit", [2, 4])
def test_following_pages_newest_first_loses_nothing(letta: Letta, store: Store, target: Target, limit: int) -> None:
    """`before` means older, and so goes on; `after` goes on in the order of the list only on the engine."""
    assert follow(letta, store, limit, "before", ascending=False) == [5, 4, 3, 2, 1, 0]
    by_after = follow(letta, store, limit, "after", ascending=False)
    assert (by_after == [5, 4, 3, 2, 1, 0]) is target.expect("passages-cursor", engine=True, letta=False)


def test_search_in_the_list_is_a_part_of_the_text_in_any_case(letta: Letta, store: Store) -> None:
    assert [p.text for p in letta.agents.passages.list(store.agent_id, search="tEXT nR 3")] == ["Text Nr 3"]
    assert letta.agents.passages.list(store.agent_id, search="nothing like it") == []


def test_delete(letta: Letta, http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    passage = letta.agents.passages.create(agent.id, text="gone")[0]
    response = http.delete(f"/v1/agents/{agent.id}/archival-memory/{passage.id}")
    assert response.status_code == 200
    assert str(passage.id) in response.json()["message"]
    assert letta.agents.passages.list(agent.id) == []
    assert letta.agents.passages.search(agent.id, query="gone").results == []
    assert http.delete(f"/v1/agents/{agent.id}/archival-memory/{passage.id}").status_code == 404


# -- search ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library(letta: Letta, scripted: Scripted) -> str:
    """An agent whose passages share few words; gives its id."""
    agent = scripted.agent()
    for text, tags, day in (
        ("The customer likes green tea", ["user", "drink"], 1),
        ("The customer ordered black coffee", ["user", "drink", "order"], 2),
        ("The invoice was sent to Basel", ["assistant", "order"], 3),
        ("Delivery is planned for Monday", ["assistant"], 4),
    ):
        letta.agents.passages.create(agent.id, text=text, tags=tags, created_at=datetime(2025, 3, day, 12, tzinfo=UTC))
    return agent.id


def test_the_likest_comes_first(letta: Letta, library: str) -> None:
    answer = letta.agents.passages.search(library, query="green tea")
    assert answer.count == len(answer.results)
    first = answer.results[0]
    assert first.content == "The customer likes green tea"
    assert ID.match(first.id)
    assert sorted(first.tags or []) == ["drink", "user"]
    assert str(first.timestamp).startswith("2025-03-01")
    assert letta.agents.passages.search(library, query="invoice Basel").results[0].content.startswith("The invoice")
    assert letta.agents.passages.search(library, query="when is the delivery").results[0].content.startswith("Delivery")


def test_search_results_have_letta_s_fields(http: httpx.Client, library: str) -> None:
    body = http.get(f"/v1/agents/{library}/archival-memory/search", params={"query": "green tea"}).json()
    assert sorted(body) == ["count", "results"]
    assert sorted(body["results"][0]) == ["content", "id", "tags", "timestamp"]


def test_search_by_tags_any_or_all(letta: Letta, library: str) -> None:
    def found(**filters: object) -> set[str]:
        answer = letta.agents.passages.search(library, query="customer tea coffee invoice order Basel", **filters)  # type: ignore[arg-type]
        return {result.content.split()[-1] for result in answer.results}

    assert found(tags=["drink"]) == {"tea", "coffee"}
    assert found(tags=["drink", "order"]) == {"tea", "coffee", "Basel"}
    assert found(tags=["drink", "order"], tag_match_mode="any") == {"tea", "coffee", "Basel"}
    assert found(tags=["drink", "order"], tag_match_mode="all") == {"coffee"}
    assert found(tags=["nobody"]) == set()


def test_search_by_date(letta: Letta, library: str) -> None:
    def found(**dates: object) -> set[str]:
        answer = letta.agents.passages.search(library, query="customer tea coffee invoice Basel", **dates)  # type: ignore[arg-type]
        return {result.content.split()[-1] for result in answer.results} - {"Monday"}

    assert found(start_datetime=datetime(2025, 3, 2, 12, tzinfo=UTC)) == {"coffee", "Basel"}
    assert found(end_datetime=datetime(2025, 3, 2, 12, tzinfo=UTC)) == {"tea", "coffee"}
    assert found(start_datetime="2025-03-02", end_datetime="2025-03-03") == {"coffee"}
    assert found(start_datetime="2030-01-01") == set()


def test_search_top_k(letta: Letta, library: str) -> None:
    answer = letta.agents.passages.search(library, query="customer", top_k=1)
    assert (answer.count, len(answer.results)) == (1, 1)


def test_search_finds_only_the_agent_s_own(letta: Letta, scripted: Scripted, library: str) -> None:
    other = scripted.agent()
    letta.agents.passages.create(other.id, text="green tea elsewhere")
    contents = [r.content for r in letta.agents.passages.search(library, query="green tea").results]
    assert "green tea elsewhere" not in contents


def test_an_empty_query_finds_nothing(http: httpx.Client, library: str) -> None:
    answer = http.get(f"/v1/agents/{library}/archival-memory/search", params={"query": ""})
    assert (answer.status_code, answer.json()) == (200, {"results": [], "count": 0})


def test_passages_search_over_archives(letta: Letta, library: str) -> None:
    found = letta.passages.search(query="green tea", agent_id=library, limit=1)
    assert [f.passage.text for f in found] == ["The customer likes green tea"]
    assert found[0].passage.archive_id is not None
    by_archive = letta.passages.search(
        query="invoice Basel", archive_id=found[0].passage.archive_id, tags=["order"], limit=1
    )
    assert [f.passage.text for f in by_archive] == ["The invoice was sent to Basel"]


def test_bad_searches_are_refused(http: httpx.Client, library: str, target: Target) -> None:
    path = f"/v1/agents/{library}/archival-memory/search"
    for bad in ({}, {"query": "x", "tag_match_mode": "some"}, {"query": "x", "start_datetime": "soon"}):
        assert http.get(path, params=bad).status_code == 422, bad
    negative = http.get(path, params={"query": "x", "top_k": -1})
    assert negative.status_code == target.expect("negative-limit", engine=422, letta=500)


# -- errors ---------------------------------------------------------------------------------------------------------


def test_unknown_ids(http: httpx.Client, letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    for method, path, body in (
        ("GET", f"/v1/agents/{NO_AGENT}/archival-memory/search?query=x", None),
        ("POST", f"/v1/agents/{NO_AGENT}/archival-memory", {"text": "x"}),
        ("DELETE", f"/v1/agents/{agent.id}/archival-memory/{NO_PASSAGE}", None),
        ("GET", f"/v1/archives/{NO_ARCHIVE}", None),
        ("PATCH", f"/v1/archives/{NO_ARCHIVE}", {"name": "x"}),
        ("DELETE", f"/v1/archives/{NO_ARCHIVE}", None),
        ("POST", f"/v1/archives/{NO_ARCHIVE}/passages", {"text": "x"}),
    ):
        assert http.request(method, path, json=body).status_code == 404, (method, path)
    assert http.get("/v1/archives/nonsense").status_code == 422
    listed = http.get(f"/v1/agents/{NO_AGENT}/archival-memory")
    assert listed.status_code == target.expect("passages-of-no-agent", engine=404, letta=200)
    with pytest.raises(NotFoundError):
        letta.archives.retrieve(NO_ARCHIVE)


def test_bad_passages_are_refused(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    for body in ({}, {"text": None}, {"text": 5}, {"text": "x", "tags": "one"}, {"text": "x", "created_at": "soon"}):
        assert http.post(f"/v1/agents/{agent.id}/archival-memory", json=body).status_code == 422, body
    assert letta.agents.passages.list(agent.id) == []
