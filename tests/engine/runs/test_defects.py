"""A run whose agent, learner, database or worker fails under it."""

import pytest
from django.db import OperationalError

from engine import learners
from engine.learners.llm import LlmLearner
from engine.models import Agent, Message, Run
from engine.runs import claiming, working
from engine.runs.working import drain
from tests.engine.runs.conftest import Interfering, ask, work
from tests.model_answers import Answer, call
from tests.model_endpoint import ModelEndpoint


def test_an_agent_that_is_deleted_during_a_step_takes_its_run_with_it(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "current", lambda: Interfering(Agent.objects.all().delete))
    run = ask(agent, "hello")
    drain(run.agent_id)
    assert not Run.objects.exists()
    assert not Message.objects.exists()


def test_a_defect_in_the_learner_fails_the_run_and_tells_no_memory(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect() -> None:
        raise KeyError("Ann lives in Bern")

    monkeypatch.setattr(learners, "current", lambda: Interfering(defect))
    first, second = ask(agent, "hello"), ask(agent, "hello again")
    work(first)
    second.refresh_from_db()
    for run in (first, second):
        assert (run.status, run.stop_reason) == ("failed", "error")
        assert run.error == "The interfering learner failed (KeyError)."
    assert "KeyError" in caplog.text
    assert "Ann" not in caplog.text


def test_a_defect_that_passes_costs_the_run_nothing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def defect() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise ImportError("half imported by another thread")

    monkeypatch.setattr(learners, "current", lambda: Interfering(defect))
    run = work(ask(agent, "hello"))
    assert (run.status, run.error, tries) == ("completed", None, [0, 1])


def test_a_database_that_is_away_leaves_the_run_to_be_taken_up_again(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, model: ModelEndpoint
) -> None:
    def outage() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    real = learners.current
    monkeypatch.setattr(learners, "current", lambda: Interfering(outage))
    run = ask(agent, "OUTAGE-1")
    with pytest.raises(OperationalError):
        drain(agent.pk)
    run.refresh_from_db()
    assert run.status == "running"
    monkeypatch.setattr(learners, "current", real)
    run = work(run)
    assert (run.status, run.stop_reason) == ("completed", "tool_rule")


def test_a_run_that_kills_its_workers_is_given_up(agent: Agent, model: ModelEndpoint) -> None:
    run, after = ask(agent, "LETHAL-1"), ask(agent, "LETHAL-2")
    for takeovers in range(claiming.MOST_TAKEOVERS + 1):
        claimed = claiming.claim_next(agent.pk)
        assert claimed is not None
        assert (claimed.pk, claimed.takeovers) == (run.pk, takeovers)
    run = work(run)
    assert (run.status, run.stop_reason) == ("failed", "error")
    assert run.error == "The run was taken up 6 times and its worker died each time."
    after.refresh_from_db()
    assert after.status == "completed", "the next one has its turn"


def test_progress_forgives_earlier_takeovers(agent: Agent, model: ModelEndpoint) -> None:
    run = ask(agent, "FORGIVEN-1")
    for _ in range(claiming.MOST_TAKEOVERS):
        claiming.claim_next(agent.pk)
    model.program("FORGIVEN-1", call("memory_insert", label="human", new_string="x"), Answer(status=400))
    claimed = claiming.claim_next(agent.pk)
    assert claimed is not None
    with pytest.raises(Exception, match="answered 400"):
        working._steps(claimed, LlmLearner())
    run.refresh_from_db()
    assert (run.steps, run.takeovers) == (1, 0)
