"""What nobody owns in Letta is found, looked at and removed; what somebody owns never is."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Entry
from engine import models as engine
from memory_sdk import NewBlock, NotFound
from privacy import scanning
from privacy.models import Orphan, Scan
from schemas.models import SharedBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Subject
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = pytest.mark.django_db(transaction=True)

OLD = timedelta(days=1)


def left_block(label: str = "human", value: str = "Name: Ida") -> str:
    """A block on no agent."""
    return agents().create_block(NewBlock(label, "Who it is.", value)).id


def left_archive() -> str:
    """An archive with a passage whose agent is gone."""
    agent = agents().create_agent("user_gone", [])
    agents().create_passage(agent.id, "Ida lives in Leiden")
    [archive] = engine.Archive.objects.all()
    engine.Archive.objects.update(created_at=timezone.now() - OLD)
    agents().removal.delete("agent", agent.id)
    return archive.pk


def scanned(by: User) -> Scan:
    scanning.start(by)
    while scanning.advance() is not None:
        pass
    Orphan.objects.update(first_seen_at=timezone.now() - OLD)
    return Scan.objects.get(ended_at__isnull=False)


def found() -> set[tuple[str, str]]:
    return set(Orphan.objects.filter(state="found").values_list("kind", "letta_id"))


def test_what_is_left_behind_is_found(petra: User) -> None:
    block, archive = left_block(), left_archive()
    scan = scanned(petra)
    assert found() == {("block", block), ("archive", archive)}
    assert (scan.found, scan.lacking, scan.started_by) == (2, "folders", petra)
    orphan = Orphan.objects.get(kind="block")
    assert (orphan.name, orphan.characters) == ("human", len("Name: Ida"))


def test_what_somebody_has_is_none(petra: User) -> None:
    subject = create_subject("user_bo", Subject.Kind.USER, [NewBlock("human", "Who it is.", "Name: Bo")])
    delivery.advance(str(subject.pk))
    agents().create_passage(Subject.objects.get().agent_id or "", "Bo lives in Delft")
    SharedBlock.objects.create(block_id=left_block("policies"), label="policies", limit=5000)
    engine.Archive.objects.update(created_at=timezone.now() - OLD)
    scanned(petra)
    assert [(one.kind, one.name) for one in Orphan.objects.all()] == []
    assert not Orphan.objects.exists()


def test_what_was_found_a_moment_ago_may_just_be_coming_about(petra: User) -> None:
    block = left_block()
    scanned(petra)
    Orphan.objects.update(first_seen_at=timezone.now())
    scanning.decide(Orphan.objects.all(), True, petra)
    assert scanning.remove_decided() is None
    assert agents().get_block(block).id == block
    Orphan.objects.update(first_seen_at=timezone.now() - scanning.YOUNG)
    scanning.remove_decided()
    assert Orphan.objects.get().state == "removed"


def test_found_twice_it_is_one(petra: User) -> None:
    left_block()
    scanned(petra)
    Scan.objects.all().delete()
    scanned(petra)
    assert Orphan.objects.count() == 1


def test_removed_it_is_asked_for_again_and_on_the_record(petra: User) -> None:
    block, archive = left_block(), left_archive()
    scanned(petra)
    assert scanning.decide(Orphan.objects.all(), True, petra) == 2
    assert scanning.remove_decided() is None
    assert {one.state for one in Orphan.objects.all()} == {"removed"}
    with pytest.raises(NotFound):
        agents().get_block(block)
    assert not engine.Archive.objects.filter(pk=archive).exists()
    assert not engine.Passage.objects.exists()
    entries = Entry.objects.filter(action="removed-orphan")
    assert {entry.detail["letta"] for entry in entries} == {block, archive}
    assert {entry.actor for entry in entries} == {petra.pk}


def test_what_was_taken_meanwhile_is_left_alone(petra: User) -> None:
    block = left_block()
    scanned(petra)
    scanning.decide(Orphan.objects.all(), True, petra)
    agent = agents().create_agent("user_bo", [], shared_block_ids=[block])
    scanning.remove_decided()
    assert Orphan.objects.get().state == "claimed"
    assert [one.id for one in agents().list_blocks(agent.id)] == [block]


def test_kept_it_stays_and_may_be_removed_later(petra: User) -> None:
    block = left_block()
    scanned(petra)
    assert scanning.decide(Orphan.objects.all(), False, petra) == 1
    assert scanning.decide(Orphan.objects.all(), False, petra) == 0
    assert agents().get_block(block).id == block
    assert scanning.decide(Orphan.objects.all(), True, petra) == 1


@pytest.mark.parametrize("many", [2, 500])
def test_deciding_on_many_takes_no_query_for_each(
    many: int, petra: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    orphans = Orphan.objects.bulk_create(Orphan(kind="block", letta_id=f"block-{uuid4()}") for _ in range(many))
    with django_assert_max_num_queries(6):  # those of the transaction with them
        assert scanning.decide(orphans, False, petra) == many
    kept = Entry.objects.filter(action="kept-orphan", actor=petra.pk)
    assert {entry.detail["letta"] for entry in kept} == {one.letta_id for one in orphans}
    assert {(one.state, one.decided_by) for one in Orphan.objects.all()} == {("kept", petra)}
    assert scanning.decide(orphans, False, petra) == 0
    assert kept.count() == many


@pytest.mark.enable_socket
def test_a_letta_that_is_down_stops_nothing_for_good(proxy: FaultyProxy, petra: User) -> None:
    left_block()
    scanning.start(petra)
    proxy.faults.append(Fault("GET", "/v1/blocks", "error_500", times=3))
    assert scanning.advance() == scanning.PAUSE
    assert "could not do it now" in Scan.objects.get().trouble
    while scanning.advance() is not None:
        pass
    Orphan.objects.update(first_seen_at=timezone.now() - OLD)
    scanning.decide(Orphan.objects.all(), True, petra)
    proxy.faults.append(Fault("DELETE", "/v1/blocks", "error_500"))
    assert scanning.remove_decided() == scanning.PAUSE
    assert "could not do it now" in Orphan.objects.get().trouble
    scanning.remove_decided()
    assert Orphan.objects.get().state == "removed"


def test_two_who_look_at_once_look_once(petra: User) -> None:
    assert scanning.start(petra).pk == scanning.start(petra).pk


def test_the_pages(petra: User, otto: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(petra)
    assert b"Nobody has looked yet." in client.get("/privacy/orphans/").content
    left_block(value="Name: <b>Ida</b>")
    assert client.post("/privacy/orphans/scan/").status_code == 302
    assert b"Looking through the blocks" in client.get("/privacy/orphans/").content
    scanned(petra)
    assert b"1 found." in client.get("/privacy/orphans/").content
    orphan = Orphan.objects.get()
    assert b"Name: &lt;b&gt;Ida&lt;/b&gt;" in client.get(f"/privacy/orphans/{orphan.pk}/").content
    assert b"Remove the ticked" not in sign_in(otto).get("/privacy/orphans/").content
    assert (
        b"Tick what is to be removed" in client.post("/privacy/orphans/decide/", {"decision": "remove"}, follow=True).content
    )
    answer = client.post("/privacy/orphans/decide/", {"decision": "remove", "orphan": [str(orphan.pk), "x"]}, follow=True)
    assert b"1 is being removed" in answer.content
