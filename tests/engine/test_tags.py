"""`GET /v1/tags` among many agents, and the table that it is read from: the same as `tags` says, whatever was written."""

import random
import threading

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from engine.models import Agent, Block, Tagged
from engine.tags import LONGEST
from tests.engine.conftest import MODEL, SDK, Http, looked_at


def kept() -> set[tuple[str, str]]:
    return set(Tagged.objects.values_list("owner", "tag"))


def carried() -> set[tuple[str, str]]:
    """What agents and blocks say themselves."""
    return {
        (pk, tag) for model in (Agent, Block) for pk, tags in model._base_manager.values_list("pk", "tags") for tag in tags
    }


def test_tags_are_what_agents_and_blocks_say_whoever_wrote_it(http: Http) -> None:
    ann = http.agent(tags=["a", "b", "a"], memory_blocks=[{"label": "human", "value": "v", "tags": ["c"]}])["id"]
    block = http.post("/blocks/", {"label": "x", "tags": ["a", "d"]}).body["id"]
    assert kept() == carried() >= {(ann, "a"), (ann, "b"), (block, "d")}
    http.patch(f"/agents/{ann}", {"tags": ["b", "e"]})
    http.patch(f"/blocks/{block}", {"tags": []})
    assert kept() == carried() >= {(ann, "b"), (ann, "e")}
    Agent.objects.update(tags=["past", "the", "API"])
    assert kept() == carried() >= {(ann, "past")}
    http.delete(f"/agents/{ann}")
    Block.objects.all().delete()
    assert kept() == set()


def test_after_any_changes_they_are_still_the_same(http: Http) -> None:
    draw = random.Random(5)
    for number in range(60):
        tags = draw.choices("abcdefgh", k=draw.randint(0, 5))
        some = Agent.objects.order_by("?").first()
        match draw.choice(["create", "create", "change", "many", "delete"]):
            case "create":
                http.agent(tags=tags)
            case "change" if some:
                http.patch(f"/agents/{some.pk}", {"tags": tags})
            case "many":
                Agent.objects.filter(tags__contains=["a"]).update(tags=tags)
            case "delete" if some:
                http.delete(f"/agents/{some.pk}")
        assert kept() == carried(), number


def test_searched_in_any_case_of_any_alphabet_and_paged(http: Http) -> None:
    http.agent(tags=["Çelik", "çelik-2", "Ωmega", "a%b", "plain"])
    http.agent(tags=["çelik-2", "xÇELIK"])
    assert http.get("/tags/?query_text=ÇEL").body == ["xÇELIK", "Çelik", "çelik-2"]
    assert http.get("/tags/?query_text=ωM").body == ["Ωmega"]
    assert http.get("/tags/?query_text=%25").body == ["a%b"]
    assert http.get("/tags/?query_text=çel&after=xÇELIK&limit=1").body == ["Çelik"]
    assert http.get("/tags/?query_text=çel&before=çelik-2&limit=1").body == ["Çelik"]
    assert http.get("/tags/?query_text=çel&after=xÇELIK&before=çelik-2").body == ["Çelik"]
    assert http.get("/tags/?after=a&before=q&order=asc").body == ["a%b", "plain"]
    assert http.get("/tags/?after=q&before=a&order=desc").body == ["plain", "a%b"]


def test_a_tag_too_long_for_an_index_is_refused_and_named(http: Http) -> None:
    draw = random.Random(7)

    def noise(length: int) -> str:
        """What cannot be packed smaller."""
        return "".join(chr(draw.randint(33, 126)) for _ in range(length))

    longest, too_long = noise(LONGEST), noise(LONGEST + 1)
    assert http.agent(tags=[longest])["tags"] == [longest]
    for path, body in (
        ("/agents/", {**MODEL, "tags": ["t", too_long]}),
        ("/agents/", {**MODEL, "tags": ["é" * (LONGEST // 2 + 1)]}),
        ("/blocks/", {"label": "x", "tags": ["t", too_long]}),
    ):
        answer = http.post(path, body)
        assert (answer.status, "2,500 bytes" in str(answer.body), "tags" in str(answer.body)) == (422, True, True), path
    assert http.post("/blocks/", {"label": "x", "tags": [longest]}).status == 200


@pytest.mark.django_db(transaction=True)
def test_agents_that_are_made_at_once_do_not_wait_for_a_tag_they_share() -> None:
    http = Http(**SDK)
    waited: list[str] = []

    def make_another() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("set lock_timeout = '2s'")
            Agent.objects.create(name="second", tags=["ai-memory-sdk"])
        except Exception as error:
            waited.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        http.agent(tags=["ai-memory-sdk"])
        thread = threading.Thread(target=make_another)
        thread.start()
        thread.join()
    assert waited == []
    assert Tagged.objects.filter(tag="ai-memory-sdk").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_page_of_tags_is_a_stretch_of_an_index_however_many_carry_one() -> None:
    http = Http(**SDK)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into engine_agent"
            " (id, name, agent_type, system, model, embedding, tags, options, created_at, updated_at)"
            " select 'agent-' || gen_random_uuid(), 'many', 'sleeptime_agent', '', 'm', '',"
            " array['common', 'a' || n, 'subj:a' || n], '{}', now(), now() from generate_series(10001, 30000) as n"
        )
        cursor.execute("analyze engine_tagged")
    for query, expected in (
        ("limit=3", ["a10001", "a10002", "a10003"]),
        ("after=a30000&limit=2", ["common", "subj:a10001"]),  # past the one that all have
        ("before=subj:a10002&limit=2", ["common", "subj:a10001"]),
        ("order=desc&after=subj:a10002&limit=3", ["subj:a10001", "common", "a30000"]),
        ("after=a15000&limit=2", ["a15001", "a15002"]),
        ("query_text=A1500&limit=2&after=a15", ["a15000", "a15001"]),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert http.get(f"/tags/?{query}").body == expected
        with connection.cursor() as cursor:
            cursor.execute("explain (analyze, format json) " + queries[-1]["sql"])
            [plan] = cursor.fetchone()[0]
        assert looked_at(plan["Plan"]) <= 10, query


@pytest.mark.django_db(transaction=True)
def test_the_tags_of_agents_that_were_there_before_the_table_are_brought_in() -> None:
    http = Http(**SDK)
    http.agent(tags=["old", "both"])
    http.post("/blocks/", {"label": "x", "tags": ["both", "twice", "twice"]})
    Agent.objects.create(name="doubles", tags=["old", "old"])
    before = kept()
    try:
        MigrationExecutor(connection).migrate([("engine", "0003_freezing")])
        http.agent(tags=["meanwhile"])
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert before < kept() == carried()
