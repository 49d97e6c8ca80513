"""Every run gets an end and a sentence: stopped but not final, forgotten, or never ending."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engine import models as engine
from memory_sdk import RunState
from subjects import delivery
from subjects.creation import USER_BLOCKS, create_subject
from subjects.endings import LONGEST_RUN, SETTLING, ended
from subjects.learning import learn, retry
from subjects.models import Revision, Run, Subject
from subjects.transcripts import Turn
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.sync.conftest import OtherProgram

MOMENT, LATER, TOO_LATE = timedelta(seconds=1), SETTLING * 2, LONGEST_RUN * 2


@pytest.mark.parametrize(
    ("status", "stop_reason", "age", "state"),
    [
        ("completed", "end_turn", MOMENT, Run.State.COMPLETED),
        ("completed", "llm_api_error", MOMENT, Run.State.FAILED),
        ("failed", "error", MOMENT, Run.State.FAILED),
        ("cancelled", None, MOMENT, Run.State.CANCELLED),
        ("created", None, MOMENT, None),
        ("running", None, LATER, None),
        ("running", "end_turn", MOMENT, None),
        ("running", "end_turn", LATER, Run.State.COMPLETED),
        ("running", "error", LATER, Run.State.FAILED),
        ("created", "cancelled", LATER, Run.State.CANCELLED),
        ("running", None, TOO_LATE, Run.State.FAILED),
        ("created", None, TOO_LATE, Run.State.FAILED),
    ],
)
def test_each_state_has_its_end(status: str, stop_reason: str | None, age: timedelta, state: Run.State | None) -> None:
    end = ended(RunState("run-1", "agent-1", status, stop_reason, None, None, None), age)
    assert (end and end[0]) == state
    if end and state != Run.State.COMPLETED:
        assert end[1].endswith("The messages are kept.") or "; the messages are kept." in end[1]


@pytest.fixture
def learning(other: OtherProgram) -> Run:
    """A run of ours that Letta is learning from."""
    subject = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    run = learn(subject, [Turn("user", "My name is Jana Novak.")], source=Run.Source.TYPED, key="1")
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.LEARNING
    return run


def look_again(run: Run, *, after: timedelta) -> Run:
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - after)
    delivery.advance(str(run.subject_id))
    run.refresh_from_db()
    return run


@pytest.mark.django_db(transaction=True)
def test_a_run_that_stopped_without_a_final_status_ends_with_what_it_changed(learning: Run) -> None:
    engine.Run.objects.update(status="running", stop_reason="end_turn")
    engine.Block.objects.filter(label="human").update(value="Name: Jana Novak")
    assert look_again(learning, after=MOMENT).state == Run.State.LEARNING, "its status may follow in a moment"
    assert look_again(learning, after=LATER).state == Run.State.COMPLETED
    assert Revision.objects.get(run=learning).value == "Name: Jana Novak"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_never_ends_is_stopped_and_keeps_what_it_changed(learning: Run) -> None:
    engine.Run.objects.update(status="running")
    engine.Block.objects.filter(label="human").update(value="Name: Jana")
    assert look_again(learning, after=TOO_LATE).state == Run.State.FAILED
    assert "did not end this run within 30 minutes" in learning.failure
    assert Revision.objects.get(run=learning).value == "Name: Jana"
    assert engine.Run.objects.get().status == "cancelled" or engine.Run.objects.get().stop_reason == "cancelled"
    assert retry(learning)


@pytest.mark.django_db(transaction=True)
@pytest.mark.enable_socket
def test_a_batch_that_letta_never_tells_of_gets_an_end_but_not_while_letta_is_down(
    other: OtherProgram, proxy: FaultyProxy
) -> None:
    subject = create_subject("user_jana", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    run = learn(subject, [Turn("user", "My name is Jana Novak.")], source=Run.Source.TYPED, key="1")
    proxy.faults.append(Fault("POST", "/messages/async", "lose_answer"))
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.SENDING
    Run.objects.update(sending_at=timezone.now() - TOO_LATE)
    proxy.faults[:] = [Fault("GET", "/v1/", "error_500", times=1000)]
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.SENDING, "Letta is down: the batch waits"
    proxy.faults[:] = [Fault("GET", "/v1/runs", "error_500", times=1000)]
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "did not say within 30 minutes" in run.failure
