"""Archival memory: passages, archives and search, by words and by meaning."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import letta_client
import pytest
from letta_client import Letta
from pytest_django import Settings

from engine import embedding
from engine.models import Agent, Archive, Passage
from engine.passages import NewPassage, add
from tests.engine.conftest import NOBODY, Http
from tests.model_endpoint import ModelEndpoint, running_endpoint


def store(http: Http, agent_id: str, *texts: str, **fields: Any) -> list[dict[str, Any]]:
    path = f"/agents/{agent_id}/archival-memory"
    return [http.post(path, {"text": text, **fields}).body[0] for text in texts]


def found(http: Http, agent_id: str, query: str, **params: Any) -> list[str]:
    query_string = urlencode({"query": query, **params}, doseq=True)
    answer = http.get(f"/agents/{agent_id}/archival-memory/search?{query_string}")
    assert answer.status == 200, answer.body
    assert answer.body["count"] == len(answer.body["results"])
    return [hit["content"] for hit in answer.body["results"]]


def test_the_first_passage_makes_the_archive(http: Http) -> None:
    agent = http.agent(name="Ann")
    assert http.get(f"/archives/?agent_id={agent['id']}").body == []
    assert http.get(f"/agents/{agent['id']}/archival-memory").body == []
    assert http.get(f"/agents/{agent['id']}/archival-memory/search?query=x").body == {"results": [], "count": 0}
    one, two = store(http, agent["id"], "Initialized memory for subject ann", "two", tags=["b", "a", "b"])
    assert one["archive_id"] == two["archive_id"]
    assert (one["tags"], one["metadata"], one["is_deleted"]) == (["b", "a"], {}, False)
    [archive] = http.get(f"/archives/?agent_id={agent['id']}").body
    assert (archive["name"], archive["description"]) == ("Ann's Archive", "Default archive created automatically")
    assert archive["embedding_config"]["handle"] == "openai/text-embedding-3-small"


def test_dates_of_passages(http: Http) -> None:
    agent = http.agent()
    [dated] = store(http, agent["id"], "then", created_at="2025-01-02T03:04:05Z")
    [zoned] = store(http, agent["id"], "there", created_at="2025-01-02T05:04:05+02:00")
    [naive] = store(http, agent["id"], "here", created_at="2025-01-02T03:04:05")
    assert dated["created_at"] == zoned["created_at"] == naive["created_at"] == "2025-01-02T03:04:05Z"
    hit = http.get(f"/agents/{agent['id']}/archival-memory/search?query=then").body["results"][0]
    assert hit == {"id": dated["id"], "timestamp": "2025-01-02T03:04:05+00:00", "content": "then", "tags": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": "x", "tags": "one"},
        {"text": "x", "tags": ["a\x00"]},
        {"text": "x", "created_at": "soon"},
        {"text": "x", "created_at": "9999-12-31T23:59:59-14:00"},
        {"text": "half \udc00"},
    ],
)
def test_bad_passages(http: Http, body: Any) -> None:
    agent = http.agent()
    assert http.post(f"/agents/{agent['id']}/archival-memory", body).status == 422
    assert not Archive.objects.exists()


def test_lists_follow_to_the_end(http: Http) -> None:
    agent = http.agent()
    ids = [row["id"] for row in store(http, agent["id"], *(f"Text Nr {n}" for n in range(5)))]
    same = Passage.objects.get(pk=ids[2]).created_at
    Passage.objects.filter(pk__in=ids[1:4]).update(created_at=same)
    path = f"/agents/{agent['id']}/archival-memory"
    for order in ("", "&ascending=false"):
        whole = [row["id"] for row in http.get(f"{path}?limit=0{order}").body]
        assert set(whole) == set(ids)
        walked: list[str] = []
        while rows := http.get(f"{path}?limit=2{order}" + (f"&after={walked[-1]}" if walked else "")).body:
            walked += [row["id"] for row in rows]
        assert walked == whole
    assert [row["text"] for row in http.get(f"{path}?search=nR%203").body] == ["Text Nr 3"]
    assert http.get(f"{path}?limit=-1").status == 422


def test_deletion_of_a_passage(http: Http) -> None:
    mine, other = http.agent(), http.agent()
    [passage] = store(http, mine["id"], "gone")
    store(http, other["id"], "stays")
    assert http.delete(f"/agents/{other['id']}/archival-memory/{passage['id']}").status == 404
    answer = http.delete(f"/agents/{mine['id']}/archival-memory/{passage['id']}")
    assert answer.body == {"message": f"Memory id={passage['id']} successfully deleted"}
    assert http.delete(f"/agents/{mine['id']}/archival-memory/{passage['id']}").status == 404
    assert found(http, mine["id"], "gone") == []


TEXTS = {
    "tea": ("The customer likes green tea", ["user", "drink"], "2025-03-01T12:00:00Z"),
    "coffee": ("The customer ordered black coffee", ["user", "drink", "order"], "2025-03-02T12:00:00Z"),
    "invoice": ("The invoice was sent to Basel", ["assistant", "order"], "2025-03-03T12:00:00Z"),
    "delivery": ("Deliveries are planned for Mondays", ["assistant"], "2025-03-04T12:00:00Z"),
    "wohnung": ("Die Wohnungskündigung liegt in Zürich", ["user"], "2025-03-05T12:00:00Z"),
    "street": ("顧客は東京都渋谷区に住んでいます", ["user"], "2025-03-06T12:00:00Z"),
    "mail": ("Reach them at o'brien\\team@example.com", ["user"], "2025-03-07T12:00:00Z"),
}


@pytest.fixture
def library(http: Http) -> str:
    agent: str = http.agent()["id"]
    for text, tags, moment in TEXTS.values():
        store(http, agent, text, tags=tags, created_at=moment)
    return agent


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("green tea", "tea"),
        ("coffees", "coffee"),  # English stems
        ("When is the delivery?", "delivery"),  # a question, most of whose words occur nowhere
        ("deliv", "delivery"),  # the start of a word
        ("wohnung", "wohnung"),  # the start of a compound
        ("ZÜRICH", "wohnung"),
        ("kündigung", "wohnung"),  # its end
        ("渋谷", "street"),  # a language without spaces
        ("o'brien", "mail"),
        ("\\team", "mail"),
        ("example.com", "mail"),
        ("gre", "tea"),  # too short to be a word's start: any part of a word
        ("invoice to Basel", "invoice"),
        ("customer coffee", "coffee"),  # both words before one
    ],
)
def test_what_is_found_by_words(http: Http, library: str, query: str, first: str) -> None:
    assert found(http, library, query)[:1] == [TEXTS[first][0]]


@pytest.mark.parametrize(
    "query", ["", "   ", "elephant", "%", "_", "the", "'", "\\", "!!! & | :* <->", "a" * 5000, "NOT (", '"unclosed']
)
def test_queries_that_find_nothing_are_no_error(http: Http, library: str, query: str) -> None:
    contents = found(http, library, query)
    assert contents == [] or query == "the"


def test_filters_of_search(http: Http, library: str) -> None:
    query = "customer tea coffee invoice order Basel"

    def names(**params: Any) -> set[str]:
        by_text = {text: name for name, (text, _, _) in TEXTS.items()}
        return {by_text[text] for text in found(http, library, query, **params)}

    assert names(tags=["drink"]) == {"tea", "coffee"}
    assert names(tags=["drink", "order"]) == {"tea", "coffee", "invoice"}
    assert names(tags=["drink", "order"], tag_match_mode="all") == {"coffee"}
    assert names(start_datetime="2025-03-02", end_datetime="2025-03-03") == {"coffee"}
    assert names(start_datetime="2025-03-02T12:00:00Z") == {"coffee", "invoice"}
    assert names(end_datetime="2025-03-02T12:00:00Z") == {"tea", "coffee"}
    assert len(names(top_k=1)) == 1
    assert len(names(top_k=0)) == 3
    path = f"/agents/{library}/archival-memory/search"
    for bad in ("", "?query=x&tag_match_mode=some", "?query=x&start_datetime=soon", "?query=x&top_k=-1"):
        assert http.get(path + bad).status == 422


def test_search_over_archives(http: Http, letta: Letta, library: str) -> None:
    other = http.agent()["id"]
    store(http, other, "green tea elsewhere")
    assert "green tea elsewhere" not in found(http, library, "green tea")
    mine = letta.passages.search(query="green tea", agent_id=library, limit=1)
    assert [hit.passage.text for hit in mine] == [TEXTS["tea"][0]]
    assert mine[0].score > 0
    assert len(letta.passages.search(query="green tea")) == 2
    newest = letta.passages.search(agent_id=library, limit=2)
    assert [hit.passage.text for hit in newest] == [TEXTS["mail"][0], TEXTS["street"][0]]
    in_archive = letta.passages.search(query="Basel", archive_id=mine[0].passage.archive_id, tags=["order"])
    assert [hit.passage.text for hit in in_archive] == [TEXTS["invoice"][0]]
    for bad in ({"limit": 0}, {"limit": 101}):
        assert http.post("/passages/search", bad).status == 422
    for unknown in ({"agent_id": f"agent-{NOBODY}"}, {"archive_id": f"archive-{NOBODY}"}):
        assert http.post("/passages/search", unknown).status == 404


def test_archives(http: Http, letta: Letta) -> None:
    made = letta.archives.create(name="shelf", embedding="openai/text-embedding-3-small")
    assert letta.archives.retrieve(made.id).name == "shelf"
    assert letta.archives.update(made.id, description="d").description == "d"
    assert letta.archives.update(made.id, name="books").description == "d"
    assert [archive.id for archive in letta.archives.list(name="books")] == [made.id]
    passage = letta.archives.passages.create(made.id, text="one", tags=["t"], metadata={"k": "v"})
    assert (passage.text, passage.tags, passage.metadata) == ("one", ["t"], {"k": "v"})
    many = letta.archives.passages.create_many(made.id, passages=[{"text": f"Nr {n}"} for n in range(20)])
    assert [row.text for row in many] == [f"Nr {n}" for n in range(20)]
    path = f"/archives/{made.id}/passages/{passage.id}"
    assert (http.delete(path).status, http.delete(path).status) == (204, 404)
    agent = http.agent()
    letta.agents.archives.attach(made.id, agent_id=agent["id"])
    letta.agents.archives.attach(made.id, agent_id=agent["id"])
    assert [row["id"] for row in http.get(f"/archives/{made.id}/agents").body] == [agent["id"]]
    assert len(letta.agents.passages.list(agent["id"])) == 20
    with pytest.raises(letta_client.ConflictError):
        letta.agents.archives.attach(letta.archives.create(name="second").id, agent_id=agent["id"])
    letta.agents.archives.detach(made.id, agent_id=agent["id"])
    assert letta.agents.passages.list(agent["id"]) == []
    letta.archives.delete(made.id)
    assert http.get(f"/archives/{made.id}").status == 404
    assert not Passage.objects.exists()


def test_archives_outlive_their_agent(http: Http) -> None:
    agent = http.agent()
    [passage] = store(http, agent["id"], "left behind")
    http.delete(f"/agents/{agent['id']}")
    assert http.get(f"/archives/{passage['archive_id']}").status == 200
    assert http.post("/passages/search", {"archive_id": passage["archive_id"], "query": "behind"}).body
    assert http.delete(f"/archives/{passage['archive_id']}").status == 204


def test_pages_of_archives(letta: Letta) -> None:
    ids = [letta.archives.create(name="same").id for _ in range(5)]
    for order, expected in (("asc", ids), ("desc", ids[::-1])):
        page: Any = letta.archives.list(name="same", order=order, limit=2)  # type: ignore[arg-type]
        assert [archive.id for archive in page] == expected


def test_unknown_ids(http: Http) -> None:
    agent = http.agent()["id"]
    nobody, nothing = f"agent-{NOBODY}", f"archive-{NOBODY}"
    for method, path, body in (
        ("GET", f"/agents/{nobody}/archival-memory", None),
        ("GET", f"/agents/{nobody}/archival-memory/search?query=x", None),
        ("POST", f"/agents/{nobody}/archival-memory", {"text": "x"}),
        ("DELETE", f"/agents/{agent}/archival-memory/passage-{NOBODY}", None),
        ("PATCH", f"/agents/{agent}/archives/attach/{nothing}", {}),
        ("PATCH", f"/agents/{agent}/archives/detach/{nothing}", {}),
        ("GET", f"/archives/{nothing}", None),
        ("PATCH", f"/archives/{nothing}", {"name": "x"}),
        ("DELETE", f"/archives/{nothing}", None),
        ("POST", f"/archives/{nothing}/passages", {"text": "x"}),
        ("POST", f"/archives/{nothing}/passages/batch", {"passages": []}),
        ("GET", f"/archives/{nothing}/agents", None),
    ):
        assert http(method, path, body).status == 404, (method, path)
    assert http.get("/archives/nonsense").status == 422


def test_query_counts(http: Http, library: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):  # agent; insert
        store(http, library, "one more")
    with django_assert_num_queries(2):
        http.get(f"/agents/{library}/archival-memory/search?query=tea")
    archive = Agent.objects.get(pk=library).archive_id
    with django_assert_num_queries(2):
        http.post(f"/archives/{archive}/passages/batch", {"passages": [{"text": str(n)} for n in range(100)]})


# -- meaning ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with running_endpoint() as started:
        yield started


@pytest.fixture
def vectors(endpoint: ModelEndpoint, settings: Settings, socket_enabled: None) -> Settings:
    """The scripted endpoint embeds: texts with words in common are near each other."""
    settings.ENGINE_EMBEDDING_BASE_URL = endpoint.url
    settings.ENGINE_EMBEDDING_MODEL = "text-embedding-3-small"
    return settings


def test_passages_are_embedded_afterwards_and_found_by_meaning_too(http: Http, library: str, vectors: Settings) -> None:
    assert not Passage.objects.exclude(embedding=None).exists()
    assert found(http, library, "green tea")[0] == TEXTS["tea"][0]  # at once, by its words
    assert embedding.embed_waiting() == len(TEXTS)
    assert embedding.embed_waiting() == 0
    assert set(Passage.objects.values_list("embedding_model", flat=True)) == {"text-embedding-3-small"}
    everything = found(http, library, "green tea")
    assert everything[0] == TEXTS["tea"][0]
    assert len(everything) == len(TEXTS)  # likeness has no end
    assert found(http, library, "green tea", tags=["assistant"])[0] in (TEXTS["invoice"][0], TEXTS["delivery"][0])


def test_another_model_embeds_anew(http: Http, library: str, vectors: Settings) -> None:
    embedding.embed_waiting()
    vectors.ENGINE_EMBEDDING_MODEL = "gpt-4.1"
    assert found(http, library, "green tea") == [TEXTS["tea"][0]]  # vectors of two models are not compared
    assert embedding.embed_waiting() == len(TEXTS)


def test_an_endpoint_that_is_down_delays_and_loses_nothing(
    http: Http, library: str, vectors: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    url = vectors.ENGINE_EMBEDDING_BASE_URL
    vectors.ENGINE_EMBEDDING_BASE_URL = "http://127.0.0.1:9/v1"
    with caplog.at_level(logging.WARNING):
        assert embedding.embed_waiting() == 0
        store(http, library, "stored all the same")
        assert found(http, library, "green tea") == [TEXTS["tea"][0]]
    assert "green tea" not in caplog.text
    vectors.ENGINE_EMBEDDING_BASE_URL = url
    assert embedding.embed_waiting() == len(TEXTS) + 1


def test_a_text_that_the_endpoint_refuses_does_not_hold_up_the_others(
    http: Http, library: str, vectors: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(Agent.objects.get(pk=library).archive_id or "", [NewPassage("poison")])
    real = embedding._embed

    def refusing(texts: Any, name: str, seconds: float) -> list[list[float]]:
        if "poison" in texts:
            raise embedding._Refused
        return real(texts, name, seconds)

    monkeypatch.setattr(embedding, "_embed", refusing)
    assert embedding.embed_waiting() == len(TEXTS)
    assert embedding.embed_waiting() == 0
    assert found(http, library, "poison")[0] == "poison"


def test_batches(http: Http, vectors: Settings) -> None:
    agent = http.agent()["id"]
    [first] = store(http, agent, "first")
    add(first["archive_id"], [NewPassage(f"Nr {n}") for n in range(embedding.BATCH + 5)] + [NewPassage("")])
    assert embedding.embed_waiting() == embedding.BATCH + 7
