"""A run, step by step, in this process: what is recorded, what it ends in, what counts against it."""

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from engine import learners, runs
from engine.learners.base import ToolCall as LearnedCall
from engine.learners.llm import LlmLearner
from engine.learners.protocol import Context, Step
from engine.models import Agent, Attachment, Block, Message, Run
from engine.runs import claiming, working
from engine.runs.working import drain
from tests.engine.runs.conftest import ask, attach, new_agent, returns, value, work
from tests.model_answers import Answer, ToolCall, call, finish
from tests.model_endpoint import ModelEndpoint


def test_a_run_edits_memory_and_records_every_step(agent: Agent, model: ModelEndpoint) -> None:
    model.program("STEPS-1", call("memory_insert", label="human", new_string="Likes tea"), finish())
    run = work(ask(agent, "STEPS-1 I like tea"))

    agent.refresh_from_db()
    assert (run.status, run.stop_reason, run.steps, run.error) == ("completed", "tool_rule", 2, None)
    assert (run.claim, run.takeovers) == (None, 0)
    assert run.started_at is not None
    assert run.completed_at is not None
    assert run.prompt_tokens > 0
    assert run.completion_tokens > 0
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea"
    assert returns(run) == [("success", "Name: Ann\nCity: Bern\nLikes tea"), ("success", "None")]
    rows = list(Message.objects.filter(run=run).order_by("position"))
    assert [(row.role, row.step) for row in rows] == [
        ("user", None),
        ("assistant", 1),
        ("tool", 1),
        ("assistant", 2),
        ("tool", 2),
    ]
    assert rows[1].reasoning == "As scripted."
    arguments = '{"label": "human", "new_string": "Likes tea"}'
    assert rows[1].tool_calls == [{"id": rows[2].tool_call_id, "name": "memory_insert", "arguments": arguments}]
    assert rows[2].tool_name == "memory_insert"
    assert agent.last_run_completion == run.completed_at
    assert agent.last_stop_reason == "tool_rule"
    assert agent.last_run_duration_ms is not None


def test_a_step_may_hold_several_calls_and_a_refused_one_does_not_hinder_the_others(
    agent: Agent, model: ModelEndpoint
) -> None:
    several = Answer(
        tool_calls=(
            ToolCall("memory_replace", {"label": "human", "old_string": "Bern", "new_string": "Basel"}),
            ToolCall("memory_insert", {"label": "none", "new_string": "x"}),
            ToolCall("memory_insert", {"label": "human", "new_string": "Likes tea"}),
            ToolCall("memory_finish_edits", {}),
        )
    )
    model.program("SEVERAL-1", several)
    run = work(ask(agent, "SEVERAL-1"))
    assert (run.stop_reason, run.steps) == ("tool_rule", 1)
    assert [status for status, _ in returns(run)] == ["success", "error", "success", "success"]
    assert value(agent) == "Name: Ann\nCity: Basel\nLikes tea"


def test_a_refusal_is_seen_by_the_model_which_may_mend_it(agent: Agent, model: ModelEndpoint) -> None:
    attach(agent, "summary", "", limit=10)
    attach(agent, "policy", "Be kind", read_only=True)
    model.program(
        "REFUSED-1",
        call("memory_rethink", label="summary", new_memory="much too long"),
        call("memory_rethink", label="policy", new_memory="Be rude"),
        call("memory_rethink", label="summary", new_memory="short"),
        finish(),
    )
    run = work(ask(agent, "REFUSED-1"))
    assert (run.status, run.steps) == ("completed", 4)
    assert [status for status, _ in returns(run)] == ["error", "error", "success", "success"]
    assert (value(agent, "summary"), value(agent, "policy")) == ("short", "Be kind")
    shown = model.requests("REFUSED-1")[-1]["messages"]
    tools = [message["content"] for message in shown if message["role"] == "tool"]
    assert tools[0].startswith("Error: Edit failed: Exceeds 10 character limit (requested 13).")
    assert tools[1] == "Error: Error This block is read-only and cannot be edited."


def test_an_edit_of_a_shared_block_is_seen_by_every_agent_it_is_attached_to(agent: Agent, model: ModelEndpoint) -> None:
    other = new_agent("memory of Bob")
    team = attach(agent, "team", "Support")
    Attachment.objects.create(agent=other, block=team, label="team")
    model.program("SHARED-1", call("memory_insert", label="team", new_string="Open at 9"), finish())
    model.program("SHARED-2", finish())
    work(ask(agent, "SHARED-1"))
    assert value(other, "team") == "Support\nOpen at 9"
    work(ask(other, "SHARED-2"))
    system = model.requests("SHARED-2")[0]["messages"][0]["content"]
    assert "Support\nOpen at 9" in system
    assert system.index("<human>") < system.index("<team>")
    assert system.count("<team>") == 1


@pytest.mark.parametrize("agent_type", ["sleeptime_agent", "letta_v1_agent"])
def test_words_without_a_call_end_the_turn(model: ModelEndpoint, db: None, agent_type: str) -> None:
    agent = new_agent(agent_type=agent_type)
    model.program("WORDS-1", Answer(content="Hello Ann."))
    run = work(ask(agent, "WORDS-1"))
    assert (run.status, run.stop_reason, run.steps) == ("completed", "end_turn", 1)
    assert Message.objects.get(run=run, role="assistant").text == "Hello Ann."


def test_the_step_limit(agent: Agent, model: ModelEndpoint) -> None:
    model.program("LIMIT-1", *[call("memory_rethink", label="human", new_memory=f"{n}") for n in range(9)])
    run = work(ask(agent, "LIMIT-1", max_steps=3))
    assert (run.status, run.stop_reason, run.steps) == ("completed", "max_steps", 3)
    assert value(agent) == "2"
    assert len(model.requests("LIMIT-1")) == 3
    model.program("LIMIT-1")


def test_the_time_limit(agent: Agent, model: ModelEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "RUN_SECONDS", 0.0)
    run = work(ask(agent, "TIME-1"))
    assert (run.status, run.stop_reason) == ("failed", "error")
    assert run.error == "The run took longer than 0 seconds."


def test_malformed_calls_are_answered_and_end_the_run_after_a_few_in_a_row(agent: Agent, model: ModelEndpoint) -> None:
    bad = [
        Answer(tool_calls=(ToolCall("memory_insert", "{bad json"),)),
        call("send_email", to="ann@example.com"),
        call("memory_insert", label="human"),
    ]
    model.program("BAD-1", *bad[:2], call("memory_insert", label="human", new_string="ok"), *bad[:2], finish())
    run = work(ask(agent, "BAD-1"))
    assert (run.status, run.steps) == ("completed", 6)
    assert value(agent).endswith("ok")
    assert returns(run)[0][1].startswith("The arguments are not valid JSON")

    model.program("BAD-2", *bad, finish())
    run = work(ask(agent, "BAD-2"))
    assert (run.status, run.stop_reason, run.steps) == ("failed", "invalid_tool_call", 3)
    assert run.error == "The model wrote malformed tool calls 3 times in a row."
    model.program("BAD-2")


def test_a_run_without_messages_fails(agent: Agent, model: ModelEndpoint) -> None:
    run = work(runs.queue(agent, [], background=True))
    assert (run.status, run.stop_reason, run.error) == (
        "failed",
        "error",
        "The run has no messages to learn from.",
    )


def test_a_run_goes_on_after_its_last_recorded_step(agent: Agent, model: ModelEndpoint) -> None:
    model.program("RESUME-1", call("memory_insert", label="human", new_string="Likes tea"), Answer(status=400))
    run = ask(agent, "RESUME-1")
    claimed = claiming.claim_next(agent.pk)
    assert claimed is not None
    with pytest.raises(Exception, match="answered 400"):
        working._steps(claimed, LlmLearner())  # a worker that dies after its first step
    model.program("RESUME-1", finish())
    run = work(run)
    assert (run.status, run.steps) == ("completed", 2)
    assert value(agent) == "Name: Ann\nCity: Bern\nLikes tea"
    resumed = model.requests("RESUME-1")[-1]["messages"]
    assert [message["role"] for message in resumed] == ["system", "user", "assistant", "tool"]
    assert resumed[2]["tool_calls"][0]["id"] == resumed[3]["tool_call_id"]


def test_a_worker_that_lost_its_claim_writes_nothing(agent: Agent, model: ModelEndpoint) -> None:
    ask(agent, "CLAIM-1")
    claimed = claiming.claim_next(agent.pk)
    assert claimed is not None
    Run.objects.update(claim=uuid.uuid4())  # another worker's
    model.program("CLAIM-1", call("memory_insert", label="human", new_string="Likes tea"))
    working._work(claimed, LlmLearner())
    claimed.refresh_from_db()
    assert (claimed.status, claimed.steps) == ("running", 0)
    assert value(agent) == "Name: Ann\nCity: Bern"
    assert Message.objects.count() == 1


def test_a_rewrite_never_overwrites_what_the_learner_has_not_seen(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        """Rewrites the block as it saw it, with a line more; a person corrects the block the first time it thinks."""

        name = "slow"
        remembers = 0
        asked = 0

        def next_step(self, context: Context) -> Step:
            self.asked += 1
            if self.asked == 1:
                Block.objects.update(value="Name: Anna\nCity: Bern")
            rewritten = context.blocks[0].value + "\nLikes tea"
            rethink = LearnedCall("call_1", "memory_rethink", {"label": "human", "new_memory": rewritten})
            return Step((rethink, LearnedCall("call_2", "memory_finish_edits", {})))

    learner = Slow()
    monkeypatch.setattr(learners, "current", lambda: learner)
    run = work(ask(agent, "hello"))
    assert (run.status, run.steps, learner.asked) == ("completed", 1, 2)
    assert value(agent) == "Name: Anna\nCity: Bern\nLikes tea"


def test_memory_that_never_rests_is_written_all_the_same(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    class Raced:
        name = "raced"
        remembers = 0

        def next_step(self, context: Context) -> Step:
            Block.objects.update(value=f"{context.blocks[0].value}.")
            rethink = LearnedCall("call_1", "memory_rethink", {"label": "human", "new_memory": "mine"})
            return Step((rethink, LearnedCall("call_2", "memory_finish_edits", {})))

    monkeypatch.setattr(learners, "current", Raced)
    run = work(ask(agent, "hello"))
    assert (run.status, run.steps, value(agent)) == ("completed", 1, "mine")


def test_an_agents_turn_ends_and_the_rest_of_its_queue_is_asked_for_again(
    agent: Agent, model: ModelEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(working, "wake", woken.append)
    monkeypatch.setattr(working, "TURN_RUNS", 2)
    queued = [ask(agent, f"TURN-{number}") for number in range(3)]
    drain(agent.pk)
    assert [Run.objects.get(pk=run.pk).status for run in queued] == ["completed", "completed", "created"]
    assert woken == [agent.pk]
    drain(agent.pk)
    assert woken == [agent.pk]
    assert not claiming.has_open(agent.pk)


def test_a_run_of_two_steps_costs_few_queries(
    agent: Agent, model: ModelEndpoint, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    model.program("QUERIES-1", call("memory_insert", label="human", new_string="x"), finish())
    ask(agent, "QUERIES-1")
    with django_assert_max_num_queries(32):
        drain(agent.pk)


def test_earlier_conversation_is_shown_up_to_a_bound(agent: Agent, model: ModelEndpoint) -> None:
    texts = ["EARLY-0 " + "a" * 5000, "EARLY-1 " + "b" * 5000, "EARLY-2 short"]
    for text in texts:
        work(ask(agent, text))
    work(ask(agent, "EARLY-3 now"))
    shown = model.requests("EARLY-3")[0]["messages"]
    assert [message["role"] for message in shown] == ["system", "user", "user"]
    assert "EARLY-2" in shown[1]["content"]
    assert "EARLY-1" in shown[1]["content"]
    assert "EARLY-0" not in shown[1]["content"], "past the bound"
    assert "EARLY-3" in shown[2]["content"]
