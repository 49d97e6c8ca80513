"""Letta slow, down or wrong in the middle of a pass: a sentence, and nothing lost, doubled or held up."""

import pytest

from subjects import sync as syncing
from subjects.models import Revision, Run, Subject, SyncState
from subjects.sync import backlog, sync
from tests.faulty_proxy import Fault, FaultyProxy, Trouble
from tests.subjects.sync.conftest import OtherProgram, pass_over, subject_named

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.mark.parametrize("trouble", ["refuse", "unauthorized_401"])
def test_letta_down_is_a_sentence_and_the_next_pass_goes_on(
    other: OtherProgram, faulty: FaultyProxy, trouble: Trouble
) -> None:
    other.teach(other.create_user("user_ivo"), "My name is Ivo Babic.")
    pass_over()
    good = SyncState.load().succeeded_at
    faulty.faults.append(Fault("GET", "/v1/", trouble, times=1000))
    other.teach(other.create_user("user_ana"), "My name is Ana Kos.")
    first = sync(None)
    second = sync(None)
    assert first is not None
    assert second is not None
    assert first.error
    assert "Ana" not in first.error
    assert second.failing_since == first.failing_since is not None
    assert second.succeeded_at == good
    assert Subject.objects.count() == 1
    assert subject_named("user_ivo").gone_at is None
    faulty.faults.clear()
    state = pass_over()
    assert (state.error, state.failing_since) == ("", None)
    assert Subject.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("/messages", "error_500"),
        ("/v1/runs/", "refuse"),
        ("/core-memory/blocks", "busy_429"),
        ("/v1/agents/", "error_500"),
    ],
)
def test_an_answer_that_fails_anywhere_loses_and_doubles_nothing(
    other: OtherProgram, faulty: FaultyProxy, path: str, trouble: Trouble
) -> None:
    agent_id = other.create_user("user_ivo")
    pass_over()
    other.teach(agent_id, "My name is Ivo Babic.")
    faulty.faults.append(Fault("GET", path, trouble, times=1000))
    state = sync(None)
    assert state is not None
    assert state.error
    faulty.faults.clear()
    look_now()
    pass_over()
    ivo = subject_named("user_ivo")
    run = ivo.runs.get()
    assert ivo.messages.count() == 1
    assert "Ivo" in Revision.objects.filter(block__subject=ivo, block__label="human").latest("number").value
    assert run.state == Run.State.COMPLETED


def look_now() -> None:
    """As if the pauses after failed looks were over."""
    Subject.objects.filter(look_at__isnull=False).update(look_at="2026-01-01T00:00Z")


@pytest.mark.parametrize("trouble", ["refused_422", "error_500"])
def test_one_subject_that_cannot_be_read_does_not_hold_up_the_others(
    other: OtherProgram, faulty: FaultyProxy, trouble: Trouble
) -> None:
    good, bad = other.create_user("user_good"), other.create_user("user_bad")
    other.teach(good, "I like tea.")
    other.teach(bad, "I like tea.")
    faulty.faults.append(Fault("GET", f"{bad}/messages", trouble, times=99))
    state = sync(None)
    assert state is not None
    assert subject_named("user_good").runs.count() == 1
    assert not subject_named("user_bad").runs.exists()
    assert state.first_round_finished_at is not None
    if trouble == "refused_422":
        assert state.error == ""
        assert [entry[0] for entry in state.left_out] == [bad]
    else:
        assert "500" in state.error
    assert backlog() == 1
    faulty.faults.clear()
    look_now()
    pass_over()
    assert subject_named("user_bad").runs.count() == 1


def test_when_no_subject_can_be_read_the_pass_ends_soon(other: OtherProgram, faulty: FaultyProxy) -> None:
    for number in range(6):
        other.teach(other.create_user(f"user_{number}"), "I like tea.")
    faulty.faults.append(Fault("GET", "/messages", "error_500", times=999))
    state = sync(None)
    assert state is not None
    assert state.error
    tried = {line for line in faulty.seen if line.endswith("/messages")}
    assert len(tried) == syncing.ENOUGH_FAILURES
    faulty.faults.clear()
    look_now()
    pass_over()
    assert Run.objects.count() == 6
