"""The round trip that tells whether learning works: every step told, and nothing of it left, whatever Letta does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from engine import models as engine
from engine.tasks import work
from memory_sdk import NewBlock
from memory_ui.locks import exclusively
from subjects import trying
from subjects.letta import agents
from subjects.models import LearningTest, Run, Subject
from tests.conftest import wait_until
from tests.faulty_proxy import Fault, FaultyProxy, Trouble

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

STEPS = [trying.CREATE, trying.GIVE, trying.LEARN, trying.READ, trying.REMOVE]


def let_engine_work() -> None:
    for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True).distinct():
        work(agent_id)


def to_the_end(test: LearningTest) -> LearningTest:
    def over() -> bool:
        trying.advance(str(test.pk))
        let_engine_work()
        test.refresh_from_db()
        return test.removed_at is not None

    wait_until(over)
    return test


def nothing_is_left() -> bool:
    kinds = (engine.Agent, engine.Block, engine.Archive, engine.Passage, engine.Run, engine.Message)
    return not any(kind.objects.exists() for kind in kinds) and not Subject.objects.exists() and not Run.objects.exists()


def test_learning_works_and_nothing_of_it_stays(proxy: FaultyProxy, adam: User) -> None:
    test = to_the_end(trying.begin(adam))
    assert (test.state, test.wake_at, test.created_by) == (LearningTest.State.PASSED, None, adam)
    assert [(step["name"], step["well"]) for step in test.steps] == [(name, True) for name in STEPS]
    assert all(0 <= step["seconds"] < 20 and step["result"].endswith(".") for step in test.steps)
    assert test.steps[3]["result"].startswith("The block holds ")
    assert nothing_is_left()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/agents/"),
        ("GET", "/core-memory/blocks"),
        ("POST", "/messages/async"),
        ("GET", "/v1/runs/"),
        ("DELETE", "/v1/blocks/"),
        ("DELETE", "/v1/agents/"),
    ],
)
@pytest.mark.parametrize("trouble", ["refuse", "lose_answer", "error_500"])
def test_whatever_fails_is_said_and_nothing_stays(
    proxy: FaultyProxy, adam: User, method: str, path: str, trouble: Trouble
) -> None:
    # A read is tried once more by the client itself.
    proxy.faults.append(Fault(method, path, trouble, times=2 if method == "GET" else 1))
    test = to_the_end(trying.begin(adam))
    if method == "DELETE":
        assert test.state == LearningTest.State.PASSED
        assert test.tries == 1
    else:
        assert test.state == LearningTest.State.FAILED
        [failed] = [step for step in test.steps if not step["well"]]
        assert failed["result"].startswith("Letta ")
        assert test.steps[-1]["name"] == trying.REMOVE
    assert nothing_is_left()


def test_an_unreachable_letta_is_a_sentence_and_removing_goes_on(proxy: FaultyProxy, adam: User) -> None:
    proxy.faults += [Fault(method, "/v1/", "refuse", times=500) for method in ("GET", "POST", "DELETE")]
    test = trying.begin(adam)
    pause = trying.advance(str(test.pk))
    test.refresh_from_db()
    assert test.state == LearningTest.State.FAILED
    assert test.steps[-1]["result"] == "Letta cannot be reached: POST /v1/agents/."
    assert pause is not None
    assert test.removed_at is None
    assert test.wake_at is not None
    proxy.faults.clear()
    test = to_the_end(test)
    assert test.steps[-1]["result"] == "Nothing had been made."


def test_a_killed_worker_is_followed_by_another(proxy: FaultyProxy, adam: User) -> None:
    """Letta made the agent, and the worker died before it wrote that down: the agent is found and used, not made twice."""
    test = trying.begin(adam)
    agents().create_scratch_agent(f"test-{test.pk}", [NewBlock(trying.LABEL, trying.DESCRIPTION)])
    LearningTest.objects.filter(pk=test.pk).update(sending_at=timezone.now(), wake_at=timezone.now())
    assert trying.due() == [str(test.pk)]
    assert trying.due() == []
    test = to_the_end(test)
    assert test.state == LearningTest.State.PASSED
    assert proxy.seen.count("POST /v1/agents/") == 1
    assert nothing_is_left()


def test_a_model_that_remembers_nothing_does_not_pass(
    proxy: FaultyProxy, adam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "MESSAGE", "Good morning.")  # nothing in it to remember
    test = to_the_end(trying.begin(adam))
    assert test.state == LearningTest.State.FAILED
    assert "as empty as before" in test.steps[3]["result"]
    assert nothing_is_left()


def test_learning_that_never_ends_is_given_up(proxy: FaultyProxy, adam: User) -> None:
    test = trying.begin(adam)
    trying.advance(str(test.pk))  # nobody works the run
    LearningTest.objects.filter(pk=test.pk).update(step_at=timezone.now() - timedelta(minutes=3))
    trying.advance(str(test.pk))
    test = to_the_end(test)
    assert test.state == LearningTest.State.FAILED
    assert test.steps[2]["result"].startswith("The run did not end within 2 minutes.")
    assert nothing_is_left()


def test_an_agent_that_somebody_deletes_meanwhile(proxy: FaultyProxy, adam: User) -> None:
    test = trying.begin(adam)
    trying.advance(str(test.pk))
    test.refresh_from_db()
    agents().delete_agent(test.scratch_agent_id)
    test = to_the_end(test)
    assert test.state == LearningTest.State.FAILED
    assert test.steps[2]["result"] == "Letta lost the scratch agent while it was being tested."


def test_one_at_a_time_and_the_last_ten_are_kept(adam: User) -> None:
    first = trying.begin(adam)
    assert trying.begin(adam) == first
    LearningTest.objects.update(state=LearningTest.State.PASSED, removed_at=timezone.now(), wake_at=None)
    for _ in range(12):
        LearningTest.objects.create(state=LearningTest.State.PASSED, removed_at=timezone.now(), wake_at=None)
    unremoved = LearningTest.objects.create(state=LearningTest.State.FAILED, created_at=first.created_at - timedelta(days=9))
    trying.begin(adam)
    assert LearningTest.objects.filter(removed_at__isnull=False).count() == trying.KEPT_TESTS
    assert not LearningTest.objects.filter(pk=first.pk).exists()
    assert LearningTest.objects.filter(pk=unremoved.pk).exists()


def test_two_workers_do_not_meet_in_one_test(adam: User) -> None:
    test = trying.begin(adam)

    def elsewhere() -> float | None:
        try:
            return trying.advance(str(test.pk))
        finally:
            connection.close()

    with exclusively(f"learning-test:{test.pk}") as mine, ThreadPoolExecutor(1) as pool:
        assert mine
        assert pool.submit(elsewhere).result() is None
    test.refresh_from_db()
    assert test.steps == []
