"""Asking for runs: numbering, idempotency, wake-up calls, waiting."""

import threading
import time

import pytest
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from engine import runs
from engine.models import Agent, Message, Run
from engine.runs.waking import WORK
from memory_ui.celery import app
from tests.conftest import wait_until
from tests.engine.runs.conftest import ask, new_agent


def test_a_run_and_its_messages_are_kept_together(agent: Agent) -> None:
    given = [
        runs.InputMessage("user", "Hello\x00 there", name="ann", otid="o1"),
        runs.InputMessage("assistant", "Half a pair: \ud83d"),
    ]
    run = runs.queue(
        agent,
        given,
        background=True,
        max_steps=7,
        request_config={"a": 1},
        metadata={"run_type": "send_message"},
    )
    run.refresh_from_db()
    assert (run.status, run.position, run.background, run.max_steps) == ("created", 0, True, 7)
    assert (run.request_config, run.metadata) == ({"a": 1}, {"run_type": "send_message"})
    rows = Message.objects.filter(run=run).order_by("position")
    assert [(row.position, row.role, row.text, row.name, row.otid, row.step) for row in rows] == [
        (0, "user", "Hello there", "ann", "o1", None),
        (1, "assistant", "Half a pair: ?", None, None, None),
    ]


def test_runs_and_messages_are_numbered_within_their_agent(agent: Agent) -> None:
    other = new_agent("memory of Bob")
    queued = [ask(agent, "one"), ask(other, "two"), ask(agent, "three")]
    assert [run.position for run in queued] == [0, 0, 1]
    assert list(Message.objects.filter(agent=agent).values_list("position", flat=True).order_by("position")) == [0, 1]


def test_an_agent_that_is_gone_takes_no_run(agent: Agent) -> None:
    Agent.objects.all().delete()
    with pytest.raises(Agent.DoesNotExist):
        ask(agent, "anyone there?")


def test_the_same_idempotency_key_gives_the_same_run(agent: Agent) -> None:
    first = ask(agent, "once", idempotency_key="batch-1")
    again = ask(agent, "once", idempotency_key="batch-1")
    other = ask(agent, "once", idempotency_key="batch-2")
    elsewhere = ask(new_agent("memory of Bob"), "once", idempotency_key="batch-1")
    assert again.pk == first.pk
    assert len({first.pk, other.pk, elsewhere.pk}) == 3
    assert Message.objects.filter(agent=agent).count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_callers_at_once_get_positions_of_their_own_and_one_run_per_key() -> None:
    agent = new_agent()
    gate = threading.Barrier(6)
    got: list[str] = []

    def caller() -> None:
        gate.wait()
        try:
            for number in range(4):
                ask(agent, "hello")
                got.append(ask(agent, "hello", idempotency_key=f"key-{number}").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=caller) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 24
    assert len(set(got)) == 4
    for model in (Run, Message):
        positions = model._default_manager.filter(agent=agent).order_by("position").values_list("position", flat=True)
        assert list(positions) == list(range(28))


def test_workers_are_woken_after_the_commit(
    agent: Agent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: calls.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        ask(agent, "hello", idempotency_key="k")
        assert calls == []
    assert calls == [(WORK, [agent.pk])]
    with django_capture_on_commit_callbacks(execute=True):
        ask(agent, "hello", idempotency_key="k")
    assert len(calls) == 1, "a run that was there already wakes nobody"


@pytest.mark.parametrize("fault", [OperationalError("down"), OSError(28, "No space left on device"), ValueError("odd")])
def test_a_broker_that_is_down_does_not_fail_the_run(
    agent: Agent,
    fault: Exception,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def down(*args: object, **options: object) -> None:
        raise fault

    monkeypatch.setattr(app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        run = ask(agent, "hello")
    assert Run.objects.get(pk=run.pk).status == "created"
    assert agent.pk in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_run_of_a_rolled_back_transaction_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = new_agent()
    calls: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, *args, **options: calls.append(name))
    with transaction.atomic():
        ask(agent, "hello")
        transaction.set_rollback(True)
    assert not Run.objects.exists()
    assert calls == []


def test_waiting_gives_the_run_as_it_stands_when_time_is_up(agent: Agent) -> None:
    run = ask(agent, "hello")
    start = time.monotonic()
    assert runs.wait(run.pk, 0.2).status == "created"
    assert 0.2 <= time.monotonic() - start < 2
    with pytest.raises(Run.DoesNotExist):
        runs.wait("run-00000000-0000-4000-8000-000000000000", 1)


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_with_the_run() -> None:
    run = ask(new_agent(), "hello")
    seen: list[str] = []

    def waiter() -> None:
        try:
            seen.append(runs.wait(run.pk, 20).status)
        finally:
            connection.close()

    thread = threading.Thread(target=waiter)
    thread.start()
    runs.cancel(run)
    wait_until(lambda: not thread.is_alive(), 5)
    assert seen == ["cancelled"]


def test_cancelling_ends_what_has_not_ended_and_nothing_else(agent: Agent, settings: Settings) -> None:
    waiting, ended = ask(agent, "one"), ask(agent, "two")
    Run.objects.filter(pk=ended.pk).update(status="completed", stop_reason="end_turn")
    assert runs.cancel(waiting).status == "cancelled"
    assert (runs.cancel(ended).status, ended.stop_reason) == ("completed", "end_turn")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.stop_reason, waiting.error) == ("cancelled", "cancelled", None)
    assert waiting.completed_at is not None
    again = runs.cancel(waiting)
    assert again.completed_at == waiting.completed_at
    assert Message.objects.filter(run=waiting).count() == 1, "what was said is kept"
