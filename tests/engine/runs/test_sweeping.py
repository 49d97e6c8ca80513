"""What stands still is found, and what is being worked on is left alone."""

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from engine.models import Agent, Run
from engine.runs import claiming, sweeping
from memory_ui import locks
from memory_ui.celery import app
from tests.engine.runs.conftest import ask, new_agent


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the agents that workers were woken for."""
    calls: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: calls.append(args[0]))
    return calls


def age(run: Run, status: str, seconds: float) -> None:
    Run.objects.filter(pk=run.pk).update(status=status, updated_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("status", "seconds", "found"),
    [
        ("created", 1, False),
        ("created", 60, True),
        ("running", 1, False),
        ("running", 10, True),
        ("completed", 60, False),
        ("failed", 60, False),
        ("cancelled", 60, False),
    ],
)
def test_only_open_runs_that_stand_still_are_found(
    agent: Agent, woken: list[str], status: str, seconds: float, found: bool
) -> None:
    age(ask(agent, "hello"), status, seconds)
    assert sweeping.sweep() == int(found)
    assert woken == [agent.pk] * found
    assert sweeping.sweep() == 0, "it was called for a moment ago"


def test_an_agent_is_woken_once_however_long_its_queue_is(agent: Agent, woken: list[str]) -> None:
    for number in range(5):
        age(ask(agent, f"hello {number}"), "running" if number == 0 else "created", 60)
    assert sweeping.sweep() == 1


def test_a_batch_never_hides_the_rest(woken: list[str], monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    agents = [new_agent(f"agent {number}") for number in range(5)]
    for number, agent in enumerate(agents):
        age(ask(agent, "hello"), "created", 100 - number)
    for _ in range(3):
        sweeping.sweep()
    assert woken == [agent.pk for agent in agents]


@pytest.mark.django_db(transaction=True)
def test_an_agent_that_a_worker_holds_is_left_alone(woken: list[str]) -> None:
    held, free = new_agent("held"), new_agent("free")
    for agent in (held, free):
        age(ask(agent, "hello"), "running", 60)
    woken.clear()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [locks.number(claiming.lock_name(held.pk))])
        sweeping.sweep()
    finally:
        other.close()
    assert woken == [free.pk]


def test_the_sweep_costs_a_fixed_number_of_queries(
    woken: list[str], django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    for number in range(12):
        age(ask(new_agent(f"agent {number}"), "hello"), "created" if number % 2 else "running", 60)
    with django_assert_num_queries(6):
        sweeping.sweep()
    assert len(woken) == 12


def test_the_sweep_reads_only_open_runs(db: None) -> None:
    agent = new_agent()
    Run.objects.bulk_create(
        Run(agent=agent, position=number, status="completed", completed_at=timezone.now()) for number in range(2000)
    )
    age(ask(agent, "hello"), "created", 60)
    with connection.cursor() as cursor:
        cursor.execute("analyze engine_run")
    plans: list[str] = []

    def explained(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        if sql.startswith("SELECT") and "EXISTS" in sql:
            with connection.connection.cursor() as raw:
                raw.execute("explain " + sql, params)
                plans.append("\n".join(row[0] for row in raw.fetchall()))
        return execute(sql, params, many, context)  # type: ignore[operator]

    with connection.execute_wrapper(explained):
        sweeping.sweep()
    assert len(plans) == 2
    assert all("engine_run_open" in plan for plan in plans), plans
    assert not any("Seq Scan on engine_run" in plan for plan in plans), plans
