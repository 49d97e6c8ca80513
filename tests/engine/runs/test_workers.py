"""Runs under real Celery workers that are killed, doubled and left without a broker."""

import itertools
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from engine import runs
from engine.models import Agent, Message, Run
from tests.conftest import wait_until
from tests.engine.runs.conftest import StartWorker, ask, new_agent, returns, value
from tests.model_answers import Answer, ToolCall, finish
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.processes


def ended(*queued: Run) -> bool:
    return not Run.objects.filter(pk__in=[run.pk for run in queued], completed_at=None).exists()


def insert(text: str, delay: float = 0.0) -> Answer:
    return Answer(tool_calls=(ToolCall("memory_insert", {"label": "human", "new_string": text}),), delay=delay)


def test_runs_of_an_agent_are_worked_in_order_and_those_of_others_beside_them(
    start_worker: StartWorker, endpoint: ModelEndpoint
) -> None:
    start_worker()
    slow, fast = new_agent("slow"), new_agent("fast")
    for number in range(3):
        endpoint.program(f"ORDER-S{number}-", insert(f"s{number}", delay=0.3), finish())
        endpoint.program(f"ORDER-F{number}-", insert(f"f{number}"), finish())
    queued = [ask(slow, f"ORDER-S{number}-") for number in range(3)]
    beside = [ask(fast, f"ORDER-F{number}-") for number in range(3)]

    wait_until(lambda: ended(*beside))
    assert not ended(*queued)
    wait_until(lambda: ended(*queued))

    assert value(slow).endswith("s0\ns1\ns2")
    assert value(fast).endswith("f0\nf1\nf2")
    spans = [(run.started_at, run.completed_at) for run in Run.objects.filter(agent=slow).order_by("position")]
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end is not None
        assert start is not None
        assert end <= start


def test_a_killed_workers_run_is_resumed_and_its_edits_are_not_repeated(
    start_worker: StartWorker, endpoint: ModelEndpoint
) -> None:
    worker = start_worker()
    agent = new_agent()
    endpoint.program("KILLED-1", insert("Likes tea"), Answer(hang=True))
    first, second = ask(agent, "KILLED-1 I like tea"), ask(agent, "KILLED-2 I like milk")
    endpoint.program("KILLED-2", insert("Likes milk"), finish())
    wait_until(lambda: len(endpoint.requests("KILLED-1")) == 2, message="the second call never came")
    worker.kill()
    first.refresh_from_db()
    assert (first.status, first.steps) == ("running", 1)

    endpoint.program("KILLED-1", finish())
    worker.restart()
    wait_until(lambda: ended(first, second), 30)

    first.refresh_from_db()
    assert (first.status, first.stop_reason, first.steps) == ("completed", "tool_rule", 2)
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea\nLikes milk"
    assert [status for status, _ in returns(first)] == ["success", "success"]
    assert Message.objects.filter(agent=agent, role="user").count() == 2


def test_a_worker_that_is_killed_while_it_writes_a_step_leaves_nothing_of_it(
    start_worker: StartWorker, endpoint: ModelEndpoint
) -> None:
    worker = start_worker()
    agent = new_agent()
    endpoint.program("WRITING-1", insert("Likes tea"), insert("Likes tea"), finish())
    with held_back_writes(agent):
        run = ask(agent, "WRITING-1")
        # The block is edited and the step's messages are being inserted: nothing is committed yet.
        wait_until(lambda: waiting_for_a_lock("INSERT INTO"), message="the step was never written")
        worker.kill()
    assert value(agent) == "Name: Ann\nCity: Bern"
    assert Message.objects.filter(run=run).count() == 1

    worker.restart()
    wait_until(lambda: ended(run), 30)
    run.refresh_from_db()
    assert (run.status, run.steps) == ("completed", 2)
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea"


@contextmanager
def held_back_writes(agent: Agent) -> Iterator[None]:
    """Nobody can write the agent's second message while this lasts: another transaction has its position."""
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "insert into engine_message (id, agent_id, position, role, text, tool_calls, created_at)"
                " values (%s, %s, 1, 'user', '', '[]', now())",
                ["message-held-back", agent.pk],
            )
        yield
        other.rollback()
    finally:
        other.close()


def waiting_for_a_lock(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like %s", [statement + "%"]
        )
        return bool(cursor.fetchone()[0])


def test_a_worker_that_is_asked_to_stop_leaves_after_the_step_it_is_at(
    start_worker: StartWorker, endpoint: ModelEndpoint
) -> None:
    worker = start_worker()
    agent = new_agent()
    endpoint.program("STOP-1", insert("Likes tea"), insert("Likes milk", delay=1.0), insert("Likes water"), finish())
    run, after = ask(agent, "STOP-1"), ask(agent, "STOP-2")
    wait_until(lambda: len(endpoint.requests("STOP-1")) == 2)
    worker.stop()
    run.refresh_from_db()
    assert (run.status, run.steps, run.claim) == ("running", 2, None)

    worker.restart()
    wait_until(lambda: ended(run, after), 30)
    run.refresh_from_db()
    assert (run.status, run.stop_reason, run.steps, run.takeovers) == ("completed", "tool_rule", 4, 0)
    assert value(agent).startswith("Name: Ann\nCity: Bern\nLikes tea\nLikes milk\nLikes water\n")


def test_two_workers_never_work_on_one_run(start_worker: StartWorker, endpoint: ModelEndpoint) -> None:
    start_worker()
    start_worker()
    agents = [new_agent(f"agent {number}") for number in range(3)]
    queued = []
    for number in range(5):
        for index, agent in enumerate(agents):
            marker = f"TWO-{index}-{number}-"
            endpoint.program(marker, insert(marker, delay=0.02), finish())
            queued.append(ask(agent, marker))
    wait_until(lambda: ended(*queued), 40)

    for index, agent in enumerate(agents):
        assert value(agent).splitlines()[2:] == [f"TWO-{index}-{number}-" for number in range(5)]
        # Every request of the agent shows its first run, as this one's conversation or as an earlier one's.
        assert len(endpoint.requests(f"TWO-{index}-0-")) == 10


def test_a_broker_that_lost_everything_only_delays(start_worker: StartWorker, endpoint: ModelEndpoint) -> None:
    agents = [new_agent(f"agent {number}") for number in range(3)]
    queued = [ask(agent, f"LOST-{index}") for index, agent in enumerate(agents)]
    for index in range(3):
        endpoint.program(f"LOST-{index}", insert("found"), finish())
    for folder in ("messages", "control"):
        shutil.rmtree(Path(settings.DATA_DIR) / "broker" / folder)
        (Path(settings.DATA_DIR) / "broker" / folder).mkdir()
    # As if it had happened a while ago; the sweep gives a wake-up call some time to arrive.
    Run.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    start_worker()

    wait_until(lambda: ended(*queued), 40)
    assert all(value(agent).endswith("found") for agent in agents)


def test_a_lost_database_connection_only_delays(start_worker: StartWorker, endpoint: ModelEndpoint) -> None:
    start_worker()
    agent = new_agent()
    endpoint.program("CUT-1", insert("Likes tea"), Answer(delay=1.0, tool_calls=finish().tool_calls), finish())
    run = ask(agent, "CUT-1")
    wait_until(lambda: len(endpoint.requests("CUT-1")) == 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    wait_until(lambda: ended(run), 30)

    run.refresh_from_db()
    assert (run.status, run.stop_reason, run.steps) == ("completed", "tool_rule", 2)
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea"


def test_a_cancelled_run_ends_at_once_and_its_late_answer_changes_nothing(
    start_worker: StartWorker, endpoint: ModelEndpoint
) -> None:
    start_worker()
    agent = new_agent()
    endpoint.program("CANCEL-1", insert("Likes tea"), insert("Likes milk", delay=1.0))
    endpoint.program("CANCEL-2", insert("Likes water"), finish())
    run, after = ask(agent, "CANCEL-1"), ask(agent, "CANCEL-2")
    wait_until(lambda: len(endpoint.requests("CANCEL-1")) == 2)
    cancelled = runs.cancel(run)
    assert (cancelled.status, cancelled.stop_reason) == ("cancelled", "cancelled")
    assert runs.wait(run.pk, 0).status == "cancelled"

    wait_until(lambda: ended(after))
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea\nLikes water"
    assert [status for status, _ in returns(run)] == ["success"]


def test_a_waiting_caller_sees_the_end_soon(start_worker: StartWorker, endpoint: ModelEndpoint) -> None:
    start_worker()
    seconds = []
    for number in range(5):
        endpoint.program(f"SOON-{number}", insert("x"), finish())
        start = time.perf_counter()
        run = ask(new_agent(f"agent {number}"), f"SOON-{number}")
        assert runs.wait(run.pk, 10).status == "completed"
        seconds.append(time.perf_counter() - start)
    assert sorted(seconds)[2] < 0.5, seconds


def test_many_agents_at_once(start_worker: StartWorker, endpoint: ModelEndpoint) -> None:
    start_worker()
    agents = [new_agent(f"agent {number}") for number in range(8)]
    gate = threading.Barrier(8)
    done: list[str] = []

    def work(index: int) -> None:
        gate.wait()
        try:
            for number in range(5):
                run = ask(agents[index], f"MANY-{index}-{number}-")
                done.append(runs.wait(run.pk, 30).status)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["completed"] * 40
