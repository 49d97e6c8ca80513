"""A run, step by step, in this process: what is recorded, what it ends in, what counts against it."""

import pytest

from engine.models import Agent, Message
from engine.runs.working import drain
from tests.engine.runs.conftest import ask, returns, value
from tests.model_endpoint import ModelEndpoint, call, finish


@pytest.mark.django_db
def test_a_run_edits_memory_and_records_every_step(agent: Agent, model: ModelEndpoint) -> None:
    model.program("STEPS-1", call("memory_insert", label="human", new_string="Likes tea"), finish())
    run = ask(agent, "STEPS-1 I like tea")
    drain(agent.pk)

    run.refresh_from_db()
    agent.refresh_from_db()
    assert (run.status, run.stop_reason, run.steps, run.error, run.claim) == (
        "completed",
        "tool_rule",
        2,
        None,
        None,
    )
    assert run.started_at is not None
    assert run.completed_at is not None
    assert run.prompt_tokens > 0
    assert run.completion_tokens > 0
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea"
    assert returns(run) == [("success", "Name: Ann\nCity: Bern\nLikes tea"), ("success", "None")]
    rows = list(Message.objects.filter(run=run).order_by("position"))
    assert [(row.role, row.step) for row in rows] == [
        ("user", None), ("assistant", 1), ("tool", 1), ("assistant", 2), ("tool", 2),
    ]  # fmt: skip
    assert rows[1].reasoning == "As scripted."
    assert rows[1].tool_calls == [
        {
            "id": rows[2].tool_call_id,
            "name": "memory_insert",
            "arguments": '{"label": "human", "new_string": "Likes tea"}',
        }
    ]
    assert agent.last_run_completion == run.completed_at
    assert agent.last_stop_reason == "tool_rule"
    assert agent.last_run_duration_ms is not None
