"""The rules in the run loop: one step for a batch, the end that suits the agent, and the same again."""

import pytest
from pytest_django import Settings

from engine import runs
from engine.models import Agent, Block, Message, Run
from engine.runs.working import drain
from tests.engine.runs.conftest import ask, attach, new_agent, returns, value

INTRODUCED = "Hi, my name is Bea Keller and my e-mail is bea.keller@example.com. I love sailing."


@pytest.fixture(autouse=True)
def without_endpoint(settings: Settings) -> None:
    settings.ENGINE_LLM_BASE_URL = ""


def person(agent_type: str = "sleeptime_agent", **fields: object) -> Agent:
    agent = Agent.objects.create(name="memory of Bea", agent_type=agent_type)
    attach(agent, "human", "", description="Details about the human user", **fields)
    attach(agent, "summary", "", description="A short summary of the conversations", limit=1000)
    return agent


def worked(run: Run) -> Run:
    drain(run.agent_id)
    run.refresh_from_db()
    return run


def test_a_batch_is_learned_in_one_step(db: None) -> None:
    agent = person()
    run = worked(ask(agent, INTRODUCED))
    assert (run.status, run.stop_reason, run.steps, run.prompt_tokens) == ("completed", "tool_rule", 1, 0)
    assert "Bea Keller" in value(agent)
    assert "bea.keller@example.com" in value(agent)
    assert not value(agent).startswith("\n")
    assert {status for status, _ in returns(run)} == {"success"}
    calls = Message.objects.get(run=run, role="assistant").tool_calls
    assert calls[-1]["name"] == "memory_finish_edits"


def test_the_same_batch_again_changes_nothing(db: None) -> None:
    agent = person()
    worked(ask(agent, INTRODUCED))
    before = value(agent)
    run = worked(ask(agent, INTRODUCED))
    assert run.status == "completed"
    assert value(agent) == before
    ids = [row.tool_call_id for row in Message.objects.filter(agent=agent, role="tool")]
    assert len(ids) == len(set(ids)), "no two runs share the id of a call"


def test_what_is_learned_is_dated_by_the_day_it_was_given(db: None) -> None:
    agent = person()
    run = ask(agent, INTRODUCED)
    Run.objects.filter(pk=run.pk).update(created_at="2024-02-29T23:59:59Z")
    worked(run)
    assert "(2024-02-29)" in value(agent)


def test_an_agent_that_is_talked_to_says_what_it_did(db: None) -> None:
    agent = person("letta_v1_agent")
    run = worked(runs.queue(agent, [runs.InputMessage("user", INTRODUCED)], background=False))
    assert (run.status, run.stop_reason, run.steps) == ("completed", "end_turn", 2)
    assert "Bea Keller" in value(agent)
    last = Message.objects.filter(run=run).order_by("-position")[0]
    assert (last.role, last.text) == ("assistant", "Read by the offline learner (rules, no model).")

    nothing = worked(runs.queue(agent, [runs.InputMessage("user", "ok")], background=False))
    assert (nothing.stop_reason, nothing.steps) == ("end_turn", 1)


def test_limits_and_read_only_blocks_are_respected(db: None) -> None:
    agent = person(limit=12)
    Block.objects.filter(label="summary").update(read_only=True)
    run = worked(ask(agent, INTRODUCED))
    assert run.status == "completed"
    assert len(value(agent)) <= 12
    assert value(agent, "summary") == ""


def test_an_agent_without_blocks_learns_nothing_and_ends(db: None) -> None:
    agent = new_agent()
    agent.attachments.all().delete()
    run = worked(ask(agent, INTRODUCED))
    assert (run.status, run.stop_reason) == ("completed", "tool_rule")
