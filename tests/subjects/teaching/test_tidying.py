"""A tidy-up from being asked for to being kept, while Letta is slow, down, wrong, or silent after it did the work."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from engine import models as engine
from memory_sdk.formats import parse_batch
from subjects import revising
from subjects.editing import Changed, Correction, edit_block
from subjects.flags import flag_line
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Block, Proposal, Revision, Run, Subject, Tidy
from subjects.tidying import (
    CannotTidy,
    NotOpen,
    keep,
    leave,
    tidy_up,
    tidy_up_again,
    tidy_up_many,
)
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.teaching.conftest import learn_all, let_engine_work, revise_to_the_end, scratch_agents

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

TIDY = "Name: Nora Quist\nLikes cats (2025-09-03)"


def human(subject: Subject) -> Block:
    return subject.blocks.get(label="human")


def test_what_is_proposed_is_kept_and_says_whose_it_is(told: Subject, sue: User) -> None:
    before = engine.Block.objects.count()
    tidy = revise_to_the_end(tidy_up(told, sue))
    assert tidy.state == Tidy.State.READY
    [proposal] = tidy.proposals.all()
    assert (proposal.block, proposal.value) == (human(told), TIDY)
    assert human(told).value != TIDY  # nothing has changed before it is kept
    revision = keep(proposal, sue)
    assert revision is not None
    assert (revision.source, revision.editor, revision.value) == (Revision.Source.TIDY, sue, TIDY)
    assert agents().get_block(human(told).block_id or "").value == TIDY
    tidy.refresh_from_db()
    assert tidy.state == Tidy.State.KEPT
    assert tidy.wake_at is None
    assert (scratch_agents(), engine.Block.objects.count()) == (0, before)  # nothing is left behind
    assert not engine.Message.objects.exclude(agent_id=told.agent_id).exists()


def test_a_tidy_memory_has_nothing_to_tidy_up(told: Subject, sue: User) -> None:
    keep(revise_to_the_end(tidy_up(told)).proposals.get(), sue)
    assert revise_to_the_end(tidy_up(told)).state == Tidy.State.NOTHING


def test_all_that_was_said_is_read_in_parts(
    told: Subject, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch, sue: User
) -> None:
    learn(told, [Turn("user", "a" * 50), Turn("assistant", "b" * 5), Turn("user", "")], source=Run.Source.TYPED, key="two")
    learn_all(told)
    flag_line(human(told), human(told).value.split("\n")[0], by=sue)
    monkeypatch.setattr(revising, "PART", 20)
    proxy.faults.append(Fault("DELETE", "/v1/agents/", "error_500", times=1))  # so that its messages can be read
    tidy = tidy_up(told)

    def ready() -> bool:
        revising.advance(str(tidy.pk))
        let_engine_work()
        tidy.refresh_from_db()
        return tidy.state == Tidy.State.READY

    wait_until(ready)
    rows = engine.Message.objects.filter(agent_id=tidy.scratch_agent_id, role="user").order_by("position")
    parts = [parse_batch(row.text) or [] for row in rows]
    for turns in parts:
        assert turns[0].role == "system"
        assert turns[0].content.startswith("Tidy up the memory.")
        assert "this line is wrong" in turns[0].content
    given = ["".join(turn.content for turn in turns[1:]) for turns in parts]
    assert "".join(given) == "".join(told.messages.order_by("pk").values_list("content", flat=True))
    assert {len(part) for part in given[:-1]} == {20}
    assert tidy.characters == tidy.characters_read == 93
    revise_to_the_end(tidy)


def test_what_is_said_meanwhile_waits_for_the_next_time(told: Subject) -> None:
    tidy = tidy_up(told)
    revising.advance(str(tidy.pk))
    learn(told, [Turn("user", "I moved to Oslo.")], source=Run.Source.TYPED, key="two")
    revise_to_the_end(tidy)
    assert tidy.characters == len("My name is Nora Quist and I like cats.")


def test_a_run_under_way_comes_first(told: Subject) -> None:
    learn(told, [Turn("user", "I moved to Oslo.")], source=Run.Source.TYPED, key="two")
    tidy = tidy_up(told)
    assert revising.advance(str(tidy.pk)) == 2.0
    assert not tidy.proposals.exists()
    learn_all(told)
    revise_to_the_end(tidy)
    assert "Oslo" in tidy.proposals.get(block__label="human").value


def test_asked_twice_it_is_one(told: Subject) -> None:
    assert tidy_up(told) == tidy_up(told)
    assert len(tidy_up_many([told, told])) == 2
    assert Tidy.objects.count() == 1


def test_without_an_agent_there_is_nothing_to_tidy_up() -> None:
    subject = Subject.objects.create(subject_id="team_oslo")
    with pytest.raises(CannotTidy):
        tidy_up(subject)
    assert tidy_up_many([subject]) == []


@pytest.mark.parametrize(
    ("method", "path", "trouble"),
    [
        ("GET", "/core-memory/blocks", "refuse"),
        ("POST", "/v1/agents/", "refuse"),
        ("POST", "/v1/agents/", "lose_answer"),
        ("POST", "/messages/async", "error_500"),
        ("POST", "/messages/async", "lose_answer"),
        ("GET", "/v1/runs/run-", "busy_429"),
        ("DELETE", "/v1/agents/", "refuse"),
        ("DELETE", "/v1/agents/", "lose_answer"),
    ],
)
def test_trouble_delays_and_does_nothing_twice(
    told: Subject, proxy: FaultyProxy, method: str, path: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.faults.append(Fault(method, path, trouble, times=2 if method == "GET" else 1))  # type: ignore[arg-type]
    runs = engine.Run.objects.count()
    asked = proxy.count("POST", "/messages/async")
    tidy = tidy_up(told)
    pause = revising.advance(str(tidy.pk))
    assert pause is not None
    revise_to_the_end(tidy)
    assert tidy.state == Tidy.State.READY
    assert tidy.failure == ""
    assert scratch_agents() == 0
    assert engine.Run.objects.count() == runs  # those of the scratch agent went with it
    sends = proxy.count("POST", "/messages/async") - asked
    assert sends == (2 if path == "/messages/async" and trouble != "lose_answer" else 1)


@pytest.mark.parametrize(
    ("method", "path", "trouble", "why"),
    [
        ("POST", "/v1/agents/", "refused_422", "Letta refused"),
        ("POST", "/messages/async", "not_found_404", "no longer has"),
        ("GET", "/v1/runs/run-", "not_found_404", "no longer has"),
    ],
)
def test_a_refusal_ends_it_and_cleans_up(
    told: Subject, proxy: FaultyProxy, method: str, path: str, trouble: str, why: str
) -> None:
    proxy.faults.append(Fault(method, path, trouble))  # type: ignore[arg-type]
    tidy = revise_to_the_end(tidy_up(told))
    assert tidy.state == Tidy.State.FAILED
    assert why in tidy.failure
    assert tidy.failure.endswith("The memory is as it was.")
    assert scratch_agents() == 0
    assert revise_to_the_end(tidy_up(told)).state == Tidy.State.READY  # and can be asked for again


def test_letta_down_is_said_and_waited_for(told: Subject, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "/core-memory/blocks", "refuse", times=2))
    tidy = tidy_up(told)
    assert revising.advance(str(tidy.pk)) == 1.0
    tidy.refresh_from_db()
    assert tidy.failure.startswith("Letta cannot be reached")
    assert tidy.wake_at is not None


def test_a_failed_run_fails_it(told: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    tidy = tidy_up(told)
    revising.advance(str(tidy.pk))
    tidy.refresh_from_db()
    engine.Run.objects.filter(pk=tidy.letta_run_id).update(status="failed", stop_reason="error")
    revise_to_the_end(tidy)
    assert tidy.state == Tidy.State.FAILED
    assert scratch_agents() == 0


def test_a_block_that_changed_meanwhile_is_not_overwritten(told: Subject, sue: User) -> None:
    tidy = revise_to_the_end(tidy_up(told))
    block = human(told)
    number = block.revisions.latest("number").number
    edit_block(block, Correction("Name: Nora", block.description, block.limit), base=number, reason="", by=sue)
    with pytest.raises(Changed):
        keep(tidy.proposals.get(), sue)
    assert human(told).value == "Name: Nora"
    tidy.refresh_from_db()
    assert tidy.state == Tidy.State.OUTDATED
    assert tidy_up_again(tidy, sue) != tidy


def test_kept_while_the_answer_gets_lost_it_is_kept_once(told: Subject, sue: User, proxy: FaultyProxy) -> None:
    tidy = revise_to_the_end(tidy_up(told))
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "lose_answer"))
    with pytest.raises(Exception, match="Letta"):
        keep(tidy.proposals.get(), sue)
    keep(tidy.proposals.get(), sue)
    tidy.refresh_from_db()
    assert tidy.state == Tidy.State.KEPT
    revision = human(told).revisions.latest("number")
    assert (revision.source, revision.editor) == (Revision.Source.TIDY, sue)
    assert human(told).revisions.filter(source=Revision.Source.TIDY).count() == 1


def test_what_is_left_stays_as_it_is(told: Subject, sue: User) -> None:
    tidy = revise_to_the_end(tidy_up(told))
    proposal = tidy.proposals.get()
    leave(proposal)
    tidy.refresh_from_db()
    assert tidy.state == Tidy.State.DISMISSED
    with pytest.raises(NotOpen):
        keep(Proposal.objects.get(), sue)
    with pytest.raises(NotOpen):
        leave(Proposal.objects.get())
    assert human(told).value != TIDY


def test_what_stands_still_is_found_and_given_out_once(told: Subject) -> None:
    tidy = tidy_up(told)
    assert revising.due() == [str(tidy.pk)]
    assert revising.due() == []
    revise_to_the_end(tidy)
    Tidy.objects.update(wake_at=None)
    assert revising.due() == []


def test_an_answer_that_does_not_come_is_said_and_nothing_is_lost(
    told: Subject, proxy: FaultyProxy, sue: User, sign_in: Callable[[User], Client]
) -> None:
    tidy = revise_to_the_end(tidy_up(told))
    client, url = sign_in(sue), reverse("tidy-decide", args=[tidy.pk])
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "refuse"))
    page = client.post(url, {"action": "keep"})
    assert page.status_code == 409
    assert "Not confirmed: Letta cannot be reached" in page.text
    assert human(told).value != TIDY
    page = client.post(url, {"action": "keep"}, follow=True)
    assert human(told).value == TIDY
    assert "Kept" in page.text


def test_a_shared_block_names_how_many_it_affects(told: Subject, sue: User, sign_in: Callable[[User], Client]) -> None:
    other = agents().create_agent("team_oslo", shared_block_ids=[human(told).block_id or ""])
    tidy = revise_to_the_end(tidy_up(told))
    client, url = sign_in(sue), reverse("tidy-decide", args=[tidy.pk])
    page = client.post(url, {"action": "keep"})
    assert "This block is shared: 2 subjects have it" in page.text
    assert human(told).value != TIDY
    client.post(url, {"action": "keep", "proposal": tidy.proposals.get().pk, "confirmed": "2"})
    assert human(told).value == TIDY
    assert agents().list_blocks(other.id)[0].value == TIDY
