"""Batches that other programs sent become runs and messages of ours: once, in order, never learned again."""

import json
import time

import pytest
from django.utils import timezone

from engine import models as engine
from engine.tasks import work
from memory_sdk import RunState
from memory_sdk import Turn as Said
from memory_sdk.agents import Agents
from subjects import delivery, outside
from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import learn, retry
from subjects.models import Message, Revision, Run, Subject
from subjects.outside_log import read_on
from subjects.transcripts import Turn
from tests.subjects.sync.conftest import OtherProgram, only_list, pass_over, subject_named, turns_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_is_taken_apart_into_its_turns(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    letta_run = other.teach(agent_id, "My name is Ivo Babic.\nI live in Split.", "Hello Ivo.")
    pass_over()
    ivo = subject_named("user_ivo")
    run = ivo.runs.get()
    assert (run.source, run.state, run.failure, run.letta_run_id) == (Run.Source.OUTSIDE, Run.State.COMPLETED, "", letta_run)
    assert run.message_count == 2
    assert run.ended_at is not None
    assert turns_of(ivo) == [("user", "My name is Ivo Babic.\nI live in Split."), ("assistant", "Hello Ivo.")]
    assert ivo.last_learned_at == run.ended_at
    assert ivo.look_at is None


def test_batches_stand_in_the_order_they_were_sent(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    for city in ("Split", "Zadar", "Pula"):
        other.teach(agent_id, f"I live in {city}.")
    pass_over()
    other.teach(agent_id, "I live in Rijeka.")
    pass_over()
    runs = subject_named("user_ivo").runs.order_by("position")
    assert [run.position for run in runs] == [0, 1, 2, 3]
    assert [run.messages.get().content.removeprefix("I live in ") for run in runs] == [
        "Split.",
        "Zadar.",
        "Pula.",
        "Rijeka.",
    ]
    assert list(runs) == list(runs.order_by("created_at", "position"))


def test_nothing_is_imported_or_learned_twice(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    pass_over()
    ivo = subject_named("user_ivo")
    Subject.objects.update(look_at=ivo.created_at, log_cursor="")  # as after a restored backup
    pass_over(whole=True)
    delivery.advance(str(ivo.pk))
    assert ivo.runs.count() == 1
    assert engine.Run.objects.count() == 1
    assert not retry(ivo.runs.get())


def test_our_own_batches_do_not_come_back(other: OtherProgram) -> None:
    mine = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    run = learn(mine, [Turn("user", "My name is Jana Novak.")], source=Run.Source.TYPED, key="1")
    while not run.is_over:
        delivery.advance(str(mine.pk))
        mine.refresh_from_db()
        work(mine.agent_id or "")
        run.refresh_from_db()
    revisions = Revision.objects.count()
    pass_over()
    assert Run.objects.get().pk == run.pk
    assert Message.objects.count() == 1
    assert Revision.objects.count() == revisions
    mine.refresh_from_db()
    assert mine.look_at is None
    assert mine.log_cursor


def test_our_own_batch_whose_answer_got_lost_is_not_taken_for_another_programs(other: OtherProgram) -> None:
    mine = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(mine.pk))
    mine.refresh_from_db()
    run = learn(mine, [Turn("user", "My name is Jana Novak.")], source=Run.Source.TYPED, key="1")
    assert mine.agent_id is not None
    other.letta.send_messages(mine.agent_id, [Said("user", "My name is Jana Novak.")], f"{run.pk}-0")
    work(mine.agent_id)
    pass_over(whole=True)
    assert Run.objects.get().pk == run.pk


def test_while_our_own_run_is_under_way_its_changes_are_left_to_it(other: OtherProgram) -> None:
    mine = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(mine.pk))
    run = learn(mine, [Turn("user", "My name is Jana Novak.")], source=Run.Source.TYPED, key="1")
    delivery.advance(str(mine.pk))
    mine.refresh_from_db()
    work(mine.agent_id or "")
    run.refresh_from_db()
    assert run.state == Run.State.LEARNING, "it has learned, and we do not know yet"
    pass_over(whole=True)
    assert not Revision.objects.filter(value__contains="Jana").exists()
    delivery.advance(str(mine.pk))
    assert Revision.objects.get(run=run, block__label="human").source == Revision.Source.RUN


def test_a_run_of_others_under_way_is_watched_to_its_end(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    pass_over()
    other.send(agent_id, "My name is Ivo Babic.")
    engine.Run.objects.update(status="running")
    engine.Agent.objects.update(updated_at=timezone.now())
    pass_over()
    ivo = subject_named("user_ivo")
    run = ivo.runs.get()
    assert run.state == Run.State.LEARNING
    assert ivo.wake_at is not None
    engine.Run.objects.update(status="created")
    work(agent_id)
    delivery.advance(str(ivo.pk))
    run.refresh_from_db()
    assert run.state == Run.State.COMPLETED
    revision = Revision.objects.get(run=run, block__label="human")
    assert revision.source == Revision.Source.OUTSIDE
    assert "Ivo" in revision.value
    pass_over(whole=True)
    assert ivo.runs.count() == 1


def test_a_failed_run_of_others_says_why(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    run_id = other.teach(agent_id, "I live in Split.")
    engine.Run.objects.filter(pk=run_id).update(status="failed", stop_reason="llm_api_error", error=None)
    pass_over()
    run = subject_named("user_ivo").runs.get()
    assert run.state == Run.State.FAILED
    assert "llm_api_error" in run.failure
    assert not retry(run), "what another program sent is that program's to send again"


def test_a_message_in_another_format_is_one_turn(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    engine.Message.objects.filter(role="user").update(text="plain words")
    pass_over()
    assert turns_of(subject_named("user_ivo")) == [("user", "plain words")]


def test_lettas_own_notes_are_nobodys_words(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    note = json.dumps({"type": "heartbeat", "reason": "Automated timer", "time": "now"})
    engine.Message.objects.filter(role="user").update(text=note)
    pass_over()
    assert not subject_named("user_ivo").runs.exists()


def test_a_run_that_letta_forgot_has_an_end_and_a_sentence(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    engine.Message.objects.update(run=None)
    engine.Run.objects.all().delete()
    pass_over()
    run = subject_named("user_ivo").runs.get()
    assert (run.state, run.failure) == (Run.State.COMPLETED, "Letta no longer knows how this run ended.")


def test_a_long_log_is_read_a_page_at_a_time_and_gone_on_with(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    for number in range(60):
        other.teach(agent_id, f"This is number {number}.")
    only_list(other)
    pages = 0
    finished = False
    while not finished:
        _, finished, _ = read_on(subject_named("user_ivo"), until=time.monotonic())
        pages += 1
    assert pages > 1
    numbers = [content for _, content in turns_of(subject_named("user_ivo"))]
    assert numbers == [f"This is number {number}." for number in range(60)]


def test_a_log_that_was_emptied_is_read_from_its_beginning(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    pass_over()
    Subject.objects.update(log_cursor="message-00000000-0000-4000-8000-000000000000")
    other.teach(agent_id, "I live in Zadar.")
    pass_over()
    assert [content for _, content in turns_of(subject_named("user_ivo"))] == ["I live in Split.", "I live in Zadar."]


def test_a_look_from_two_workers_at_once_keeps_one(other: OtherProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    only_list(other)
    first, second = subject_named("user_ivo"), subject_named("user_ivo")
    states = Agents.iter_runs
    interfered: list[bool] = []

    def slowly(self: Agents, agent_id: str) -> object:
        if not interfered:
            interfered.append(True)
            outside.look(second, time.monotonic() + 10)
        return states(self, agent_id)

    monkeypatch.setattr(Agents, "iter_runs", slowly)
    outside.look(first, time.monotonic() + 10)
    assert Run.objects.count() == 1
    assert Message.objects.count() == 1


def test_runs_are_listed_once_for_a_whole_log(other: OtherProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    agent_id = other.create_user("user_ivo")
    for number in range(30):
        other.teach(agent_id, f"This is number {number}.")
    asked: list[str] = []
    get_run = Agents.get_run

    def counted(self: Agents, run_id: str, *, with_usage: bool = False) -> RunState:
        asked.append(run_id)
        return get_run(self, run_id, with_usage=with_usage)

    monkeypatch.setattr(Agents, "get_run", counted)
    pass_over()
    assert subject_named("user_ivo").runs.count() == 30
    assert asked == []
