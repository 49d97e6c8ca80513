"""Search in archival memory, by words and by meaning."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from letta_client import Letta
from pytest_django import Settings

from engine import embedding
from engine.models import Agent, Passage
from engine.passages import NewPassage, add
from tests.engine.conftest import NOBODY, Http
from tests.engine.test_passages import found, store
from tests.model_endpoint import ModelEndpoint

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


@pytest.mark.parametrize("place", ["https://shop.example/cust_77/last", "cust_77@example.com", "xcust_77x", "<cust_77>"])
def test_over_all_archives_what_stands_in_a_text_is_found_among_many_that_share_a_word(http: Http, place: str) -> None:
    """An erasure asks so: to a full-text index an address is one word, and a tag in brackets is none."""
    store(http, http.agent()["id"], f"Seen at {place}", created_at="2025-03-01T12:00:00Z")
    archive = Passage.objects.get().archive_id
    add(archive, [NewPassage(f"Initialized memory for cust_{number}") for number in range(100, 230)])
    hits = http.post("/passages/search", {"query": "cust_77", "limit": 100}).body
    assert [hit["passage"]["text"] for hit in hits[:1]] == [f"Seen at {place}"]
    assert len(hits) == 100


def test_the_words_of_a_query_are_worked_out_once_and_not_for_each_passage(http: Http, library: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert found(http, library, "green tea")[:1] == [TEXTS["tea"][0]]
    [ranked] = [query["sql"] for query in queries if "ts_rank" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("explain (verbose) " + ranked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "ts_rank(engine_passage.search, (InitPlan 1).col1)" in plan
    assert ".col1)::tsquery" not in plan


# -- meaning ---------------------------------------------------------------------------------------------------------


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
