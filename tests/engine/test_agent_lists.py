"""`GET /v1/agents`: filters, order, pages, and what a list costs among many agents."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from letta_client import Letta

from engine import tag_statistics
from engine.models import Agent
from tests.engine.conftest import SDK, Http, looked_at


def test_lists_are_found_by_tag_name_and_text(http: Http) -> None:
    ann = http.agent(name="Ann", tags=["a", "both"])
    bob = http.agent(name="Bob's", tags=["b", "both"])
    http.agent(name="Hidden", hidden=True)

    def found(query: str) -> list[str]:
        return [agent["id"] for agent in http.get(f"/agents/{query}").body]

    assert found("") == [bob["id"], ann["id"]]
    assert found("?order=asc") == [ann["id"], bob["id"]]
    assert found("?tags=a") == [ann["id"]]
    assert found("?tags=a&tags=b") == [bob["id"], ann["id"]]
    assert found("?tags=a&tags=both&match_all_tags=true") == [ann["id"]]
    assert found("?tags=a&tags=b&match_all_tags=true") == []
    assert found("?name=Ann") == [ann["id"]]
    assert found("?name=ann") == []
    assert found("?query_text=BOB") == [bob["id"]]
    assert found("?query_text=%25") == []
    assert found("?identity_id=x") == []
    assert found("?project_id=x") == []
    assert len(found("?show_hidden_agents=true")) == 3
    assert http.get("/agents/count").body == 2
    assert http.get("/agents/count?tags=a").body == 1


@pytest.mark.parametrize(
    "way", ["", "&order=asc", "&limit=2", "&match_all_tags=true", "&tags=tag%200&tags=x%25s", "&limit=0&tags=b"]
)
def test_looked_up_by_tag_alone_or_with_more_said_the_list_is_the_same(http: Http, way: str) -> None:
    for number in range(4):
        http.agent(name=f"a{number}", tags=["a", "x%s"] if number % 2 else ["a", "b", "tag 0"])
    http.agent(name="Hidden", tags=["a"], hidden=True)
    alone = http.get(f"/agents/?tags=a{way}").body
    assert alone == http.get(f"/agents/?tags=a{way}&order_by=created_at").body
    assert len(alone) == (2 if way == "&limit=2" else 4)


@pytest.mark.parametrize("query", ["limit=x", "limit=1.5", "limit=-1", "order=x", "order_by=name", "match_all_tags=maybe"])
def test_bad_queries(http: Http, query: str) -> None:
    assert http.get(f"/agents/?{query}").status == 422


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("order_by", ["created_at", "updated_at", "last_run_completion"])
def test_pages_lose_and_repeat_nothing(http: Http, order: str, order_by: str) -> None:
    ids = [http.agent(name=f"a{n}")["id"] for n in range(7)]
    # Ties, and agents that never ran: both are where cursors usually lose rows.
    first = Agent.objects.get(pk=ids[0])
    Agent.objects.filter(pk__in=ids[1:4]).update(**{order_by: first.created_at})
    where = f"/agents/?order={order}&order_by={order_by}"
    whole = [agent["id"] for agent in http.get(f"{where}&limit=0").body]
    assert set(whole) == set(ids)
    forwards: list[str] = []
    while rows := http.get(f"{where}&limit=2" + (f"&after={forwards[-1]}" if forwards else "")).body:
        forwards += [agent["id"] for agent in rows]
    assert forwards == whole
    backwards: list[str] = [whole[-1]]
    while rows := http.get(f"{where}&limit=2&before={backwards[0]}").body:
        backwards = [agent["id"] for agent in rows] + backwards
    assert backwards == whole


def test_letta_client_follows_pages_to_the_end(letta: Letta, http: Http) -> None:
    ids = [http.agent(tags=["p"])["id"] for _ in range(5)]
    assert [agent.id for agent in letta.agents.list(tags=["p"], limit=2)] == ids[::-1]
    assert [agent.id for agent in letta.agents.list(tags=["p"], limit=2, order="asc")] == ids


@pytest.mark.django_db(transaction=True)
def test_lists_by_tag_stay_quick_among_many_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare tag is looked up, a common one is read along the order's index; neither walks through all agents."""
    monkeypatch.setattr(tag_statistics, "_known", (0.0, frozenset()))
    http = Http(**SDK)
    mine = http.agent(tags=["rare", "common"])["id"]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into engine_agent"
            " (id, name, agent_type, system, model, embedding, tags, options, created_at, updated_at)"
            " select 'agent-' || gen_random_uuid(), 'many', 'sleeptime_agent', '', 'm', '', array['common', 'n' || n], '{}',"
            " now() + n * interval '1 second', now() from generate_series(1, 20000) as n"
        )
        cursor.execute("analyze engine_agent")

    def read(query: str) -> tuple[list[str], int]:
        """What is found, and how many rows Postgres looked at for it."""
        with CaptureQueriesContext(connection) as queries:
            found = [agent["id"] for agent in http.get(f"/agents/?{query}").body]
        [of_agents] = [query["sql"] for query in queries if 'FROM "engine_agent"' in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("explain (analyze, format json) " + of_agents)
            [plan] = cursor.fetchone()[0]
        return found, looked_at(plan["Plan"])

    for query in (
        "tags=rare&limit=1",
        "tags=rare&tags=common&match_all_tags=true&limit=1",
        "tags=rare&order_by=last_run_completion",
    ):
        found, rows = read(query)
        assert (found, rows < 50) == ([mine], True), (query, rows)
    for order_by in ("created_at", "updated_at", "last_run_completion"):
        for order in ("asc", "desc"):
            found, rows = read(f"tags=common&limit=10&order_by={order_by}&order={order}")
            assert (len(found), rows < 50) == (10, True), (order_by, order, rows)
