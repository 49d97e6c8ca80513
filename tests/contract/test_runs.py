"""messages.create_async and runs: life cycle, listing, messages, failures, order, cancelling."""

import re
import time
from dataclasses import dataclass

import httpx
import pytest
from letta_client import ConflictError, Letta, NotFoundError
from letta_client.pagination import SyncArrayPage
from letta_client.types.agents.run import Run

from tests.contract.paging import walked
from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target
from tests.model_endpoint import Answer, ToolCall, call, finish

UNKNOWN = "run-00000000-0000-4000-8000-000000000000"
NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
ID = re.compile(r"^run-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
CATS = call("memory_insert", label="human", new_string="Likes cats")

RUN = {
    "status": "created", "completed_at": None, "conversation_id": None, "base_template_id": None, "background": True,
    "request_config": {
        "use_assistant_message": True, "assistant_message_tool_name": "send_message",
        "assistant_message_tool_kwarg": "message", "include_return_message_types": None,
    },
    "stop_reason": None, "callback_url": None, "callback_sent_at": None, "callback_status_code": None,
    "callback_error": None, "ttft_ns": None, "total_duration_ns": None,
}  # fmt: skip


def slow(*answers: Answer, seconds: float = 1.0) -> list[Answer]:
    """The answers, the first of which takes a while."""
    first = answers[0]
    return [Answer(tool_calls=first.tool_calls, delay=seconds), *answers[1:]]


def test_create_async_answers_with_the_run(http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    messages = [{"role": "user", "content": "hello"}]
    response = http.post(f"/v1/agents/{agent.id}/messages/async", json={"messages": messages})
    assert response.status_code == 200
    body = response.json()
    assert ID.match(body.pop("id"))
    assert body.pop("created_at")
    assert body.pop("agent_id") == agent.id
    assert body.pop("metadata")["run_type"] == "send_message_async"
    assert body == RUN


def test_a_learning_run(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    learned = scripted.learn(agent.id, CATS, finish(), text="I like cats")
    run = learned.run
    assert (run.status, run.stop_reason, run.background) == ("completed", "tool_rule", True)
    assert run.agent_id == agent.id
    assert run.created_at is not None
    assert run.completed_at is not None
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern\nLikes cats"
    assert letta.runs.retrieve(run.id).status == "completed"
    usage = letta.runs.usage.retrieve(run.id)
    assert usage.prompt_tokens
    assert usage.completion_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_messages_of_a_run(scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish(), text="I like cats")
    assert learned.kinds == [
        "user_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
        "reasoning_message", "tool_call_message", "tool_return_message",
    ]  # fmt: skip
    said, thought, called, returned, _, finished, last = learned.messages
    assert said.content.endswith("I like cats")
    assert thought.reasoning == "As scripted."
    assert thought.id == called.id
    assert (called.tool_call.name, '"thinking"' in called.tool_call.arguments) == ("memory_insert", False)
    assert '"Likes cats"' in called.tool_call.arguments
    assert returned.tool_call_id == called.tool_call.tool_call_id
    assert (returned.status, returned.tool_return) == ("success", "Name: Ann\nCity: Bern\nLikes cats")
    assert finished.tool_call.name == "memory_finish_edits"
    assert (last.status, last.name) == ("success", "memory_finish_edits")
    assert {m.run_id for m in learned.messages} == {learned.run.id}
    assert len({m.id for m in learned.messages}) == 5
    assert all(m.date is not None for m in learned.messages)


def test_status_on_the_way(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    run, _ = scripted.start(agent.id, *slow(CATS, finish()))
    seen = [run.status]
    limit = time.monotonic() + 20
    while seen[-1] not in ("completed", "failed") and time.monotonic() < limit:
        status = letta.runs.retrieve(run.id).status
        if status != seen[-1]:
            seen.append(status)
        time.sleep(0.02)
    expected = target.expect("running", engine=["created", "running", "completed"], letta=["created", "completed"])
    assert seen == expected


def test_the_agent_remembers_how_its_last_run_ended(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    scripted.learn(agent.id, finish())
    scripted.learn(agent.id, Answer(content="Nothing to add."))
    limit = time.monotonic() + 5
    while (reason := letta.agents.retrieve(agent.id).last_stop_reason) != "end_turn" and time.monotonic() < limit:
        time.sleep(0.05)
    assert reason == "end_turn"


def test_a_later_run_builds_on_an_earlier_one(scripted: Scripted) -> None:
    agent = scripted.agent()
    scripted.learn(agent.id, CATS, finish())
    again = scripted.learn(agent.id, call("memory_replace", label="human", old_string="cats", new_string="dogs"), finish())
    assert again.blocks["human"].endswith("Likes dogs")


def test_several_messages_are_one_run(letta: Letta, scripted: Scripted, target: Target) -> None:
    marker = unique("several")
    target.script.program(marker, finish())
    messages = [
        {"role": "user", "content": f"{marker} one"},
        {"role": "system", "content": "two"},
        {"role": "user", "content": [{"type": "text", "text": "three"}]},
    ]
    agent = scripted.agent()
    run = scripted.wait(letta.agents.messages.create_async(agent.id, messages=messages).id)  # type: ignore[arg-type]
    assert run.status == "completed"
    given = list(letta.runs.messages.list(run.id))[:3]
    assert [m.message_type for m in given] == ["user_message", "system_message", "user_message"]
    sent = str(target.script.requests(marker)[0]["messages"])
    assert all(word in sent for word in (marker, "two", "three"))


def test_input_is_one_user_message(letta: Letta, scripted: Scripted) -> None:
    run = scripted.wait(letta.agents.messages.create_async(scripted.agent().id, input="I moved to Basel").id)
    first = next(iter(letta.runs.messages.list(run.id)))
    assert first.message_type == "user_message"
    assert first.content == "I moved to Basel"


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


# -- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """An agent with five runs, the third failed; `ids` in the order they were sent."""

    agent_id: str
    ids: list[str]

    def places(self, page: SyncArrayPage[Run]) -> list[int]:
        """The runs of one page, as their places in `ids`."""
        return [self.ids.index(run.id) for run in page.items]


@pytest.fixture(scope="module")
def history(scripted: Scripted) -> History:
    agent = scripted.agent()
    answers = [[finish()], [finish()], [Answer(status=400, content="no")], [Answer(content="Nothing.")], [finish()]]
    return History(agent.id, [scripted.learn(agent.id, *answer).run.id for answer in answers])


def test_newest_first_by_default(letta: Letta, history: History) -> None:
    assert history.places(letta.runs.list(agent_id=history.agent_id, limit=100)) == [4, 3, 2, 1, 0]
    assert history.places(letta.runs.list(agent_id=history.agent_id, limit=100, order="asc")) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_following_pages_loses_nothing(letta: Letta, history: History, target: Target, order: str, limit: int) -> None:
    page = letta.runs.list(agent_id=history.agent_id, order=order, limit=limit)  # type: ignore[arg-type]
    whole = [0, 1, 2, 3, 4] if order == "asc" else [4, 3, 2, 1, 0]
    assert history.places(page) == whole[:limit]
    found = [history.ids.index(run_id) for run_id in walked(page, lambda run: run.id, most=5)]
    assert (found == whole) is target.expect("runs-cursor", engine=True, letta=False)


def test_before_a_run_means_older(letta: Letta, history: History) -> None:
    """Newest first too: it is how programs that know the real server's cursors follow this list."""
    page = letta.runs.list(agent_id=history.agent_id, order="desc", limit=2, before=history.ids[3])
    assert history.places(page) == [2, 1]


def test_filters(letta: Letta, history: History) -> None:
    agent = history.agent_id
    assert history.places(letta.runs.list(agent_id=agent, statuses=["failed"], limit=50)) == [2]
    assert history.places(letta.runs.list(agent_id=agent, statuses=["failed", "completed"], limit=50)) == [4, 3, 2, 1, 0]
    assert history.places(letta.runs.list(agent_id=agent, stop_reason="tool_rule", limit=50)) == [4, 1, 0]
    assert letta.runs.list(agent_id=agent, active=True).items == []
    assert history.places(letta.runs.list(agent_id=agent, background=True, limit=50)) == [4, 3, 2, 1, 0]
    assert letta.runs.list(agent_id=agent, background=False).items == []
    assert history.places(letta.runs.list(agent_ids=[agent, NO_AGENT], limit=50)) == [4, 3, 2, 1, 0]
    assert letta.runs.list(agent_id=NO_AGENT).items == []


def test_active_runs(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    run, _ = scripted.start(agent.id, *slow(finish(), seconds=1))
    assert [r.id for r in letta.runs.list(agent_id=agent.id, active=True).items] == [run.id]
    scripted.wait(run.id)
    assert letta.runs.list(agent_id=agent.id, active=True).items == []


def test_bad_parameters_are_refused(http: httpx.Client) -> None:
    for bad in ({"limit": 0}, {"limit": 1001}, {"order": "up"}, {"stop_reason": "bored"}):
        assert http.get("/v1/runs/", params=bad).status_code == 422, bad
    response = http.get("/v1/runs/", params={"statuses": ["bogus"]})
    assert (response.status_code, "bogus" in response.json()["detail"]) == (400, True)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_following_the_messages_of_a_run_loses_nothing(letta: Letta, scripted: Scripted, limit: int) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish())
    page = letta.runs.messages.list(learned.run.id, limit=limit)
    found = walked(page, lambda m: (m.id, m.message_type))
    assert found == [(m.id, m.message_type) for m in learned.messages]


def test_the_messages_of_a_run_newest_first(letta: Letta, scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish())
    page = letta.runs.messages.list(learned.run.id, order="desc")
    assert [m.message_type for m in page.items] == learned.kinds[::-1]


# -- errors ---------------------------------------------------------------------------------------------------------


def test_unknown_and_malformed_runs(http: httpx.Client, letta: Letta) -> None:
    for path in ("", "/messages", "/usage", "/steps"):
        response = http.get(f"/v1/runs/{UNKNOWN}{path}")
        assert response.status_code == 404, path
        assert UNKNOWN in response.json()["detail"]
    with pytest.raises(NotFoundError):
        letta.runs.retrieve(UNKNOWN)
    assert http.get("/v1/runs/nonsense").status_code == 400


def test_create_async_for_an_unknown_agent(http: httpx.Client) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    assert http.post(f"/v1/agents/{NO_AGENT}/messages/async", json=body).status_code == 404
    assert http.post("/v1/agents/nonsense/messages/async", json=body).status_code == 422


def test_bad_messages_are_refused(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    path = f"/v1/agents/{agent.id}/messages/async"
    for body in (
        {},
        {"messages": [{"role": "wizard", "content": "hello"}]},
        {"messages": [{"role": "user"}]},
        {"messages": "hello"},
        {"messages": [{"role": "user", "content": "hello"}], "max_steps": "many"},
    ):
        assert http.post(path, json=body).status_code == 422, body
    assert letta.runs.list(agent_id=agent.id).items == []


def test_no_messages(http: httpx.Client, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    response = http.post(f"/v1/agents/{agent.id}/messages/async", json={"messages": []})
    assert response.status_code == target.expect("no-messages", engine=422, letta=200)
    if response.status_code == 200:
        assert scripted.wait(response.json()["id"]).status == "failed"


def test_deleting_a_run(http: httpx.Client, scripted: Scripted, target: Target) -> None:
    run = scripted.learn(scripted.agent().id, finish()).run
    with target.http() as once:  # the real server drops the connection too
        response = once.delete(f"/v1/runs/{run.id}")
    assert response.status_code == target.expect("delete-run", engine=501, letta=500)
    assert http.get(f"/v1/runs/{run.id}").status_code == 200


def test_arguments_that_are_no_json(scripted: Scripted, target: Target) -> None:
    broken = Answer(tool_calls=(ToolCall("memory_insert", '{"label": "human"'),))
    learned = scripted.learn(scripted.agent().id, broken, finish())
    status, returns = target.expect("bad-arguments", engine=("completed", 2), letta=("failed", 0))
    assert (learned.run.status, len(learned.returns)) == (status, returns)
    if returns:
        assert learned.returns[0][0] == "error"
    assert learned.blocks["human"] == "Name: Ann\nCity: Bern"
