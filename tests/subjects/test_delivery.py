"""A batch on its way to being learned while Letta is slow, down, wrong, or silent after it did the work."""

import pytest

from engine import models as engine
from engine.tasks import work
from subjects import delivery
from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import cancel, learn, retry
from subjects.letta import agents
from subjects.models import Message, Revision, Run, Subject
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

TURNS = [Turn("user", "hello, my name is Nora Quist"), Turn("assistant", "How can I help you, Nora?")]


@pytest.fixture
def nora(proxy: FaultyProxy) -> Subject:
    subject = create_subject("user_nora", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    return subject


def let_engine_work() -> None:
    for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True).distinct():
        work(agent_id)


def take_to_the_end(run: Run) -> Run:
    def over() -> bool:
        delivery.advance(str(run.subject_id))
        let_engine_work()
        run.refresh_from_db()
        return run.is_over

    wait_until(over)
    return run


def learned_runs() -> int:
    return engine.Run.objects.count()


def test_a_batch_is_learned_and_each_changed_block_names_the_run(nora: Subject) -> None:
    run = take_to_the_end(learn(nora, TURNS, source=Run.Source.TYPED, key="one"))
    assert run.state == Run.State.COMPLETED
    revision = Revision.objects.get(run=run, block__label="human")
    assert "Nora Quist" in revision.value
    assert revision.number == 2
    nora.refresh_from_db()
    assert nora.last_learned_at is not None
    assert nora.wake_at is None


def test_a_run_that_failed_half_way_and_is_retried_has_changed_a_block_twice(nora: Subject) -> None:
    run = take_to_the_end(learn(nora, TURNS, source=Run.Source.TYPED, key="one"))
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED)
    agents().update_block(nora.blocks.get(label="human").block_id or "", value="")
    run.refresh_from_db()
    assert retry(run)
    assert take_to_the_end(run).state == Run.State.COMPLETED
    revisions = Revision.objects.filter(block__label="human").order_by("number").values_list("run", "source")
    assert list(revisions[1:]) == [(run.pk, "run"), (None, "outside"), (run.pk, "run")]


def test_the_same_key_is_the_same_run(nora: Subject) -> None:
    first = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    take_to_the_end(first)
    again = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    assert again == first
    assert Message.objects.count() == len(TURNS)
    take_to_the_end(again)
    assert learned_runs() == 1


@pytest.mark.parametrize("trouble", ["refuse", "lose_answer", "error_500", "busy_429"])
def test_a_cut_delivery_is_never_learned_twice(nora: Subject, proxy: FaultyProxy, trouble: str) -> None:
    proxy.faults.append(Fault("POST", "/messages/async", trouble))  # type: ignore[arg-type]
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    delivery.advance(str(nora.pk))
    run.refresh_from_db()
    assert run.state == Run.State.SENDING
    assert run.failure
    assert take_to_the_end(run).state == Run.State.COMPLETED
    assert run.failure == ""
    assert learned_runs() == 1
    # An answer that got lost is looked up, not asked for by sending again.
    assert proxy.count("POST", "/messages/async") == (1 if trouble == "lose_answer" else 2)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/core-memory/blocks"), ("GET", "/v1/runs/run-"), ("GET", "/v1/agents")],
)
@pytest.mark.parametrize("trouble", ["refuse", "error_500"])
def test_reads_that_fail_are_waited_out(nora: Subject, proxy: FaultyProxy, method: str, path: str, trouble: str) -> None:
    proxy.faults.append(Fault(method, path, trouble, times=4))  # type: ignore[arg-type]
    run = take_to_the_end(learn(nora, TURNS, source=Run.Source.TYPED, key="one"))
    assert run.state == Run.State.COMPLETED
    assert learned_runs() == 1


def test_letta_down_leaves_the_batch_waiting_in_words(nora: Subject, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "", "refuse", times=1000))
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    first = delivery.advance(str(nora.pk))
    second = delivery.advance(str(nora.pk))
    assert first is not None
    assert second is not None
    assert second > first
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert "cannot be reached" in run.failure
    assert "Nora" not in run.failure
    assert Message.objects.count() == len(TURNS)
    proxy.faults.clear()
    assert take_to_the_end(run).state == Run.State.COMPLETED


def test_what_letta_said_is_forgotten_once_it_answers(nora: Subject, proxy: FaultyProxy) -> None:
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    delivery.advance(str(nora.pk))
    said = []
    for fault in ([Fault("GET", "/runs/", "refuse", times=100)], []):
        proxy.faults[:] = fault
        delivery.advance(str(nora.pk))
        run.refresh_from_db()
        nora.refresh_from_db()
        said.append((run.state, run.failure != "", nora.tries))
    assert said == [("learning", True, 1), ("learning", False, 0)]


def test_a_refused_key_keeps_the_batch_waiting(nora: Subject, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "/core-memory", "unauthorized_401", times=2))
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    delivery.advance(str(nora.pk))
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert "key" in run.failure
    assert take_to_the_end(run).state == Run.State.COMPLETED


def test_an_agent_that_is_gone_fails_the_run_and_keeps_the_messages(nora: Subject) -> None:
    assert nora.agent_id is not None
    agents().delete_agent(nora.agent_id)
    run = take_to_the_end(learn(nora, TURNS, source=Run.Source.TYPED, key="one"))
    assert run.state == Run.State.FAILED
    assert "no longer has this subject's agent" in run.failure
    assert run.messages.count() == len(TURNS)


def test_a_run_that_letta_forgot_gets_an_end_and_a_sentence(nora: Subject, proxy: FaultyProxy) -> None:
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    delivery.advance(str(nora.pk))
    proxy.faults.append(Fault("GET", "/v1/runs/run-", "not_found_404", times=9))
    delivery.advance(str(nora.pk))
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "no longer knows this run" in run.failure


def test_a_lost_answer_to_creating_the_agent_does_not_make_two(proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("POST", "/v1/agents", "lose_answer"))
    subject = create_subject("user_omar", Subject.Kind.USER, USER_BLOCKS)
    pause = delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert pause is not None
    assert subject.agent_id is None
    assert subject.setup_error
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    assert subject.setup_error == ""
    assert engine.Agent.objects.count() == 1
    assert set(subject.blocks.values_list("label", flat=True)) == {"human", "summary"}
    assert Revision.objects.count() == 2, "adopting what we asked for is no change"


def test_batches_of_a_subject_go_one_at_a_time_and_in_order(nora: Subject) -> None:
    runs = [
        learn(nora, [Turn("user", f"I live in {city}.")], source=Run.Source.TYPED, key=city)
        for city in ("Leiden", "Utrecht", "Delft")
    ]
    take_to_the_end(runs[-1])
    values = [Revision.objects.get(run=run, block__label="human").value for run in runs]
    assert ["Leiden" in values[0], "Utrecht" in values[1], "Delft" in values[2]] == [True] * 3
    assert "Utrecht" not in values[0]


def test_what_others_changed_before_a_run_is_not_put_down_to_it(nora: Subject) -> None:
    block = nora.blocks.get(label="summary")
    assert block.block_id is not None
    agents().update_block(block.block_id, value="Written by another program.")
    run = take_to_the_end(learn(nora, TURNS, source=Run.Source.TYPED, key="one"))
    outside = Revision.objects.get(block=block, source=Revision.Source.OUTSIDE)
    assert outside.value == "Written by another program."
    assert outside.number < Revision.objects.get(run=run, block__label="human").number + 1
    assert outside.run is None


def test_cancelled_while_queued_is_over_at_once_and_can_be_learned_later(nora: Subject) -> None:
    run = learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    assert cancel(run)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert not cancel(run)
    assert retry(run)
    assert take_to_the_end(run).state == Run.State.COMPLETED
    assert not retry(run), "what was learned is not learned again"
    assert learned_runs() == 1


def test_the_sweep_finds_each_subject_once(nora: Subject) -> None:
    learn(nora, TURNS, source=Run.Source.TYPED, key="one")
    assert delivery.due() == [str(nora.pk)]
    assert delivery.due() == []
