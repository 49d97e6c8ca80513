"""How runs end, the order in which they are worked, and cancelling them."""

import time

import pytest
from letta_client import ConflictError, Letta

from tests.contract.scripted import Scripted, slow, unique
from tests.contract.targets import Target
from tests.model_answers import Answer, ToolCall, call, finish

UNKNOWN = "run-00000000-0000-4000-8000-000000000000"
CATS = call("memory_insert", label="human", new_string="Likes cats")


# -- how runs end ---------------------------------------------------------------------------------------------------


def test_words_without_a_tool_call_end_the_turn(scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, Answer(content="Nothing to add."))
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "end_turn")
    assert learned.kinds[0] == "user_message"
    assert len(learned.kinds) == 2
    assert "Nothing to add." in str(learned.messages[1])
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern"


def test_too_many_steps(scripted: Scripted) -> None:
    edits = [call("memory_rethink", label="human", new_memory=f"step {i}") for i in range(4)]
    learned = scripted.learn(scripted.agent().id, *edits, max_steps=3)
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "max_steps")
    assert len(learned.requests) == 3
    assert learned.blocks["human"] == "step 2"


@pytest.mark.parametrize("status", [400, 401, 404])
def test_an_error_of_the_model_endpoint_fails_the_run(scripted: Scripted, target: Target, status: int) -> None:
    learned = scripted.learn(scripted.agent().id, Answer(status=status, content="The endpoint says no"))
    run = learned.run
    assert (run.status, run.stop_reason) == ("failed", target.expect("llm-error", engine="llm_api_error", letta="error"))
    assert "The endpoint says no" in str((run.metadata or {})["error"])
    assert run.completed_at is not None
    assert len(learned.requests) == 1  # these cannot succeed by trying again
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_error_of_the_model_endpoint_is_tried_again(scripted: Scripted, status: int) -> None:
    learned = scripted.learn(scripted.agent().id, Answer(status=status, content="Later"), CATS, finish())
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "tool_rule")
    assert learned.blocks["human"].endswith("Likes cats")


def test_a_lasting_error_of_the_model_endpoint(scripted: Scripted, target: Target) -> None:
    learned = scripted.learn(scripted.agent().id, *[Answer(status=500, content="Still down")] * 3)
    assert learned.run.status == "failed"
    assert learned.run.stop_reason == target.expect("llm-error", engine="llm_api_error", letta="error")
    assert "Still down" in str((learned.run.metadata or {})["error"])
    assert len(learned.requests) == 3


@pytest.mark.parametrize("raw", ["<html>Bad gateway</html>", '{"choices": []}'])
def test_a_malformed_answer_fails_the_run(scripted: Scripted, target: Target, raw: str) -> None:
    learned = scripted.learn(scripted.agent().id, *[Answer(raw=raw)] * 3)
    assert learned.run.status == "failed"
    assert learned.run.stop_reason == target.expect("llm-error", engine="llm_api_error", letta="error")
    assert (learned.run.metadata or {})["error"]


def test_a_failed_run_keeps_what_was_learned_before_it_failed(scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, Answer(status=400, content="no"))
    assert learned.run.status == "failed"
    assert learned.blocks["human"].endswith("Likes cats")


def test_an_agent_learns_again_after_a_failed_run(scripted: Scripted) -> None:
    agent = scripted.agent()
    assert scripted.learn(agent.id, Answer(status=400, content="no")).run.status == "failed"
    assert scripted.learn(agent.id, CATS, finish()).blocks["human"].endswith("Likes cats")


# -- order and cancelling -------------------------------------------------------------------------------------------


def test_runs_of_one_agent_are_worked_first_in_first_out(scripted: Scripted, target: Target) -> None:
    agent = scripted.agent(memory_blocks=[{"label": "human", "value": "start"}])
    runs = []
    for i in range(4):
        edit = call("memory_insert", label="human", new_string=f"n{i}")
        runs.append(scripted.start(agent.id, *slow(edit, finish(), seconds=0.4))[0])
    ended = [scripted.wait(run.id) for run in runs]
    assert [run.status for run in ended] == ["completed"] * 4
    lines = scripted.values(agent.id)["human"].splitlines()
    if target.expect("first-in-first-out", engine=True, letta=False):
        assert lines == ["start", "n0", "n1", "n2", "n3"]
        assert [run.completed_at for run in ended] == sorted(run.completed_at for run in ended)  # type: ignore[type-var]
    else:
        assert len(lines) < 5


def test_runs_of_two_agents_do_not_wait_for_each_other(scripted: Scripted, target: Target) -> None:
    slow_agent, quick_agent = scripted.agent(), scripted.agent()
    gate = unique("gate")
    waiting, _ = scripted.start(slow_agent.id, Answer(tool_calls=finish().tool_calls, gate=gate))
    assert scripted.learn(quick_agent.id, CATS, finish()).run.status == "completed"
    assert scripted.letta.runs.retrieve(waiting.id).status in ("created", "running")
    target.script.open(gate)
    assert scripted.wait(waiting.id).status == "completed"


def test_cancel_the_run_under_way(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    run, marker = scripted.start(agent.id, *slow(CATS, finish(), seconds=1.5))
    while not target.script.requests(marker):
        time.sleep(0.05)
    assert letta.agents.messages.cancel(agent.id) == {run.id: "cancelled"}
    ended = scripted.wait(run.id, until=("cancelled",), seconds=10)
    assert (ended.status, ended.stop_reason) == ("cancelled", "cancelled")
    time.sleep(2.5)  # the model answers into the void
    assert letta.runs.retrieve(run.id).status == "cancelled"
    after = scripted.values(agent.id)["human"]
    assert after == "Name: Ann\nCity: Bern" + target.expect("cancel-edits", engine="", letta="\nLikes cats")
    target.script.program(marker)
    assert scripted.learn(agent.id, finish()).run.status == "completed"


def test_cancel_a_waiting_run_by_its_id(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    first, _ = scripted.start(agent.id, *slow(CATS, finish(), seconds=1.5))
    second, marker = scripted.start(agent.id, *slow(call("memory_insert", label="human", new_string="never"), seconds=1.5))
    assert letta.agents.messages.cancel(agent.id, run_ids=[second.id]) == {second.id: "cancelled"}
    assert scripted.wait(second.id).status == "cancelled"
    assert scripted.wait(first.id).status == "completed"
    if target.expect("cancel-edits", engine=True, letta=False):
        assert target.script.requests(marker) == []
        assert scripted.values(agent.id)["human"] == "Name: Ann\nCity: Bern\nLikes cats"


def test_cancel_when_nothing_runs(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    with pytest.raises(ConflictError):
        letta.agents.messages.cancel(agent.id)
    done = scripted.learn(agent.id, finish()).run
    assert letta.agents.messages.cancel(agent.id, run_ids=[done.id]) == {done.id: "cancelled"}
    assert letta.runs.retrieve(done.id).status == "completed"
    assert letta.agents.messages.cancel(agent.id, run_ids=[UNKNOWN]) == {UNKNOWN: "failed"}


def test_arguments_that_are_no_json(scripted: Scripted, target: Target) -> None:
    broken = Answer(tool_calls=(ToolCall("memory_insert", '{"label": "human"'),))
    learned = scripted.learn(scripted.agent().id, broken, finish())
    status, returns = target.expect("bad-arguments", engine=("completed", 2), letta=("failed", 0))
    assert (learned.run.status, len(learned.returns)) == (status, returns)
    if returns:
        assert learned.returns[0][0] == "error"
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern"
