"""Archival memory: passages, archives and search, by words and by meaning."""

from typing import Any
from urllib.parse import urlencode

import letta_client
import pytest
from letta_client import Letta

from engine.models import Agent, Archive, Passage
from tests.engine.conftest import NOBODY, Http


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


def test_query_counts(http: Http, django_assert_num_queries: Any) -> None:
    library = http.agent()["id"]
    store(http, library, "green tea")
    told = 1 + 2  # whether the agent is frozen; whose agent it is, and the entry in the audit log
    with django_assert_num_queries(2 + 2 + told):  # agent; insert; begin and end of the transaction
        store(http, library, "one more")
    with django_assert_num_queries(2 + told):
        http.get(f"/agents/{library}/archival-memory/search?query=tea")
    archive = Agent.objects.get(pk=library).archive_id
    with django_assert_num_queries(2 + 2 + 1 + told):  # and the agents with the archive
        http.post(f"/archives/{archive}/passages/batch", {"passages": [{"text": str(n)} for n in range(100)]})
