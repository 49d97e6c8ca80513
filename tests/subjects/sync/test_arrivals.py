"""Subjects that other programs created, agents they deleted, and two agents for one id."""

import time

import pytest
from django.utils import timezone

from engine import models as engine
from memory_sdk import NewBlock
from subjects.creation import USER_BLOCKS, create_subject
from subjects.delivery import advance
from subjects.learning import learn
from subjects.models import Revision, Run, Subject, SyncState
from subjects.outside import look
from subjects.transcripts import Turn
from tests.subjects.sync.conftest import OtherProgram, pass_over, subject_named

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_user_another_program_created_is_here_with_its_blocks(other: OtherProgram) -> None:
    agent_id = other.create_user(
        "user_ivo", NewBlock("human", "Who it is.", "Name: Ivo\nCity: Split", 700), NewBlock("summary", "")
    )
    pass_over()
    ivo = subject_named("user_ivo")
    assert (ivo.kind, ivo.agent_id) == (Subject.Kind.USER, agent_id)
    assert ivo.mirrored_at is not None
    human = ivo.blocks.get(label="human")
    assert (human.value, human.description, human.limit) == ("Name: Ivo\nCity: Split", "Who it is.", 700)
    assert human.line_revisions == [1, 1]
    revision = human.revisions.get()
    assert (revision.number, revision.source, revision.run) == (1, Revision.Source.OUTSIDE, None)
    assert [block.label for block in ivo.blocks.all()] == ["human", "summary"]


def test_the_tag_tells_a_subject_from_a_user(other: OtherProgram) -> None:
    other.create_subject("team_blue", NewBlock("goals", "What they want."))
    pass_over()
    assert subject_named("team_blue").kind == Subject.Kind.SUBJECT


def test_a_second_pass_changes_nothing(other: OtherProgram) -> None:
    for number in range(3):
        other.create_user(f"user_{number}")
    pass_over()
    before = list(Subject.objects.order_by("pk").values("pk", "agent_id")), Revision.objects.count()
    pass_over(whole=True)
    assert (list(Subject.objects.order_by("pk").values("pk", "agent_id")), Revision.objects.count()) == before


def test_subjects_created_here_stay_one(other: OtherProgram) -> None:
    mine = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    pass_over()
    advance(str(mine.pk))
    pass_over(whole=True)
    assert Subject.objects.get().pk == mine.pk
    assert Revision.objects.count() == len(USER_BLOCKS)


def test_a_subject_is_found_by_activity_alone_between_rounds(other: OtherProgram) -> None:
    other.create_user("user_early")
    pass_over()
    SyncState.objects.update(round_finished_at=None, round_cursor="agent-of-an-unfinished-round")
    other.create_user("user_late")
    state = pass_over(0)
    assert state.round_is_open
    assert Subject.objects.filter(subject_id="user_late").exists()


@pytest.mark.parametrize(
    ("name", "tags", "reason"),
    [
        ("stray", ["ai-memory-sdk", "a", "b"], "do not say which subject"),
        ("stray", ["ai-memory-sdk", "subj:" + "x" * 201], "longer than 200 characters"),
    ],
)
def test_an_agent_that_cannot_be_kept_is_reported_and_the_rest_comes_in(
    other: OtherProgram, name: str, tags: list[str], reason: str
) -> None:
    stray = other.create_user("user_stray")
    engine.Agent.objects.filter(pk=stray).update(name=name, tags=tags)
    other.create_user("user_fine")
    state = pass_over(whole=True)
    assert [entry[0] for entry in state.left_out] == [stray]
    assert reason in state.left_out[0][1]
    assert list(Subject.objects.values_list("subject_id", flat=True)) == ["user_fine"]
    engine.Agent.objects.filter(pk=stray).delete()
    assert pass_over(whole=True).left_out == [], "what is put right is no longer reported"


def test_a_deleted_agent_is_noticed_and_nothing_of_ours_is_deleted(other: OtherProgram) -> None:
    agent_id = other.create_user("user_gone", NewBlock("human", "", "Name: Ada"))
    other.teach(agent_id, "I live in Gouda.")
    other.create_user("user_here")
    pass_over()
    other.delete(agent_id)
    state = pass_over(whole=True)
    gone = subject_named("user_gone")
    assert gone.gone_at is not None
    assert state.subjects_gone == 1
    assert "Name: Ada" in gone.blocks.get(label="human").value
    assert gone.messages.count() == 1
    assert subject_named("user_here").gone_at is None
    first = gone.gone_at
    pass_over(whole=True)
    gone.refresh_from_db()
    assert gone.gone_at == first, "the time of the first sight stays"


def test_a_subject_comes_back_with_the_agent_created_anew(other: OtherProgram) -> None:
    old = other.create_user("user_back", NewBlock("human", "", "Name: Eva"), NewBlock("notes", "", "old"))
    other.teach(old, "I live in Gouda.")
    pass_over()
    subject = subject_named("user_back")
    other.delete(old)
    pass_over(whole=True)
    new = other.create_user("user_back", NewBlock("human", "", "Name: Eva K."))
    other.teach(new, "I live in Delft.")
    pass_over()
    pass_over()
    subject.refresh_from_db()
    assert (subject.agent_id, subject.gone_at) == (new, None)
    human = subject.blocks.get(label="human")
    assert "Name: Eva K." in human.value
    assert human.revisions.filter(value__contains="Gouda").exists(), "its history goes on"
    assert subject.blocks.get(label="notes").removed_at is not None
    assert [message.content for message in subject.messages.order_by("id")] == ["I live in Gouda.", "I live in Delft."]


def test_deleted_and_created_anew_between_two_passes(other: OtherProgram) -> None:
    old = other.create_user("user_quick")
    pass_over()
    other.delete(old)
    new = other.create_user("user_quick")
    pass_over()
    assert subject_named("user_quick").agent_id == new


def test_two_agents_for_one_id_are_reported_and_not_mixed(other: OtherProgram) -> None:
    first = other.create_user("user_twin", NewBlock("human", "", "Name: Ann"))
    pass_over()
    second = other.create_user("user_twin", NewBlock("human", "", "Name: Anna"))
    pass_over()
    twin = subject_named("user_twin")
    assert (twin.agent_id, twin.duplicate_agent_ids) == (first, [second])
    assert twin.blocks.get().value == "Name: Ann"
    other.delete(second)
    pass_over(whole=True)
    twin.refresh_from_db()
    assert (twin.agent_id, twin.duplicate_agent_ids) == (first, [])


def test_of_twins_seen_together_the_one_the_sdk_takes_is_ours(other: OtherProgram) -> None:
    old = other.create_user("user_twin")
    new = other.create_user("user_twin")
    found = other.letta.find_agent("user_twin")
    pass_over()
    twin = subject_named("user_twin")
    assert found is not None
    assert (twin.agent_id, twin.duplicate_agent_ids) == (found.id, [old]) == (new, [old])


def test_when_the_bound_twin_is_deleted_the_other_takes_its_place(other: OtherProgram) -> None:
    first = other.create_user("user_twin")
    pass_over()
    second = other.create_user("user_twin")
    pass_over()
    other.delete(first)
    pass_over(whole=True)
    twin = subject_named("user_twin")
    assert (twin.agent_id, twin.duplicate_agent_ids, twin.gone_at) == (second, [], None)


def test_an_agent_that_lost_its_tags_is_not_gone(other: OtherProgram) -> None:
    agent_id = other.create_user("user_untagged")
    pass_over()
    engine.Agent.objects.filter(pk=agent_id).update(tags=[])
    other.rewrite(agent_id, "human", "City: Ghent")
    pass_over(whole=True)
    subject = subject_named("user_untagged")
    assert subject.gone_at is None
    assert subject.blocks.get(label="human").value == "City: Ghent"


def test_twins_of_an_id_that_the_sdk_would_not_use(other: OtherProgram) -> None:
    first, second = other.create_user("user_a"), other.create_user("user_b")
    tags = ["subj:someone@example.com", "ai-memory-sdk"]
    engine.Agent.objects.filter(pk=first).update(tags=tags)
    pass_over()
    engine.Agent.objects.filter(pk=second).update(tags=tags, updated_at=timezone.now())
    Subject.objects.filter(agent_id=second).delete()
    pass_over(whole=True)
    twin = subject_named("someone@example.com")
    assert (twin.agent_id, twin.duplicate_agent_ids) == (first, [second])
    other.delete(first)
    pass_over(whole=True)
    twin.refresh_from_db()
    assert (twin.agent_id, twin.duplicate_agent_ids) == (second, [])


def test_a_run_that_finds_its_agent_gone_tells_the_next_pass(other: OtherProgram) -> None:
    agent_id = other.create_user("user_gone")
    pass_over()
    subject = subject_named("user_gone")
    other.delete(agent_id)
    run = learn(subject, [Turn("user", "I like tea.")], source=Run.Source.TYPED, key="1")
    advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    look(subject_named("user_gone"), time.monotonic() + 9)
    subject.refresh_from_db()
    assert subject.gone_at is not None
    assert run.messages.count() == 1
