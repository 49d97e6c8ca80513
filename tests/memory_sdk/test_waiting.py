"""Waiting for a run, and finding out whether a batch arrived: against a Letta that behaves as each test needs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from memory_sdk import Agents, Memory, RunFailed, Unavailable
from tests.memory_sdk.wire import Recording, answering

AGENT = "agent-00000000-0000-4000-8000-000000000001"
RUN = "run-00000000-0000-4000-8000-000000000002"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

Answers = Callable[[httpx.Request], httpx.Response]


def run_json(run_id: str = RUN, status: str = "completed", **more: object) -> dict[str, object]:
    return {"id": run_id, "agent_id": AGENT, "status": status, "created_at": NOW.isoformat(), **more}


def states(*answers: dict[str, object] | int) -> tuple[Memory, Recording]:
    """A server on which the run is in these states one after the other, the last one for good; an int is a status."""
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        state = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return httpx.Response(state) if isinstance(state, int) else httpx.Response(200, json=state)

    transport = answering(answer)
    return Memory("key", base_url="http://letta.example", transport=transport), transport


def test_waiting_ends_with_the_run() -> None:
    memory, transport = states(run_json(status="created"), run_json(status="running"), run_json(stop_reason="tool_rule"))
    memory.wait_for_run(RUN)
    assert len(transport.requests) == 3


@pytest.mark.parametrize(
    ("ended", "reason", "cancelled"),
    [
        (run_json(status="failed", stop_reason="error", metadata={"error": "No model.\nTraceback"}), "No model.", False),
        (run_json(status="failed", stop_reason="llm_api_error"), "It stopped with llm_api_error.", False),
        (run_json(status="failed"), "Letta gave no reason.", False),
        (run_json(status="cancelled", stop_reason="cancelled"), "It was cancelled.", True),
        (run_json(status="completed", stop_reason="llm_api_error"), "It stopped with llm_api_error.", False),
    ],
)
def test_a_run_that_did_not_learn_is_raised_at_once(ended: dict[str, object], reason: str, cancelled: bool) -> None:
    memory, _ = states(run_json(status="running"), ended)
    started = time.monotonic()
    with pytest.raises(RunFailed) as caught:
        memory.wait_for_run(RUN)
    assert time.monotonic() - started < 1
    assert (caught.value.reason, caught.value.cancelled, caught.value.run_id) == (reason, cancelled, RUN)
    assert caught.value.permanent


def test_a_run_that_takes_too_long_is_a_time_out_in_the_original_words() -> None:
    memory, _ = states(run_json(status="running"))
    with pytest.raises(TimeoutError, match=r"did not complete within 0\.2 seconds"):
        memory.wait_for_run(RUN, timeout=0.2)


def test_it_asks_less_and_less_often() -> None:
    memory, transport = states(run_json(status="running"))
    with pytest.raises(TimeoutError):
        memory.wait_for_run(RUN, timeout=2)
    assert 6 <= len(transport.requests) <= 12  # every 0.05 s would be 40


def test_a_server_that_is_briefly_away_is_waited_for() -> None:
    memory, _ = states(503, run_json(status="running"), 500, run_json(stop_reason="end_turn"))
    memory.wait_for_run(RUN)


def test_a_server_that_stays_away_is_unavailable_after_the_time_limit() -> None:
    memory, _ = states(503)
    with pytest.raises(Unavailable):
        memory.wait_for_run(RUN, timeout=0.2)


# find_run -------------------------------------------------------------------------------------------------------------

MARKED = {"request_config": {"assistant_message_tool_kwarg": "idempotency-key:batch-1"}}
FOREIGN = {"request_config": {"assistant_message_tool_kwarg": "message"}}


def run_id(number: int) -> str:
    return f"run-00000000-0000-4000-8000-{number:012}"


def looking(runs: list[dict[str, object]], messages: dict[str, list[dict[str, object]]]) -> tuple[Agents, Recording]:
    """A server with these runs, newest first, and their messages."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/runs/":
            ids = [run["id"] for run in runs]
            start = ids.index(request.url.params["before"]) + 1 if "before" in request.url.params else 0
            return httpx.Response(200, json=runs[start : start + int(request.url.params["limit"])])
        return httpx.Response(200, json=messages.get(request.url.path.split("/")[3], []))

    transport = answering(answer)
    return Agents("key", "http://letta.example", transport=transport), transport


def test_a_marked_run_is_found_in_one_request_though_it_has_no_message_yet() -> None:
    agents, transport = looking([run_json(run_id(1), "created", **MARKED)], {})
    assert agents.find_run(AGENT, "batch-1", NOW) == run_id(1)
    assert len(transport.requests) == 1


def test_the_runs_of_other_programs_are_not_ours() -> None:
    runs = [run_json(run_id(1), "running", request_config={"assistant_message_tool_kwarg": "idempotency-key:batch-2"})]
    agents, _ = looking(runs, {})
    assert agents.find_run(AGENT, "batch-1", NOW) is None


def test_a_server_that_drops_the_mark_is_asked_for_the_messages() -> None:
    runs = [run_json(run_id(2), "created", **FOREIGN), run_json(run_id(1), "completed", request_config=None)]
    messages: dict[str, list[dict[str, object]]] = {
        run_id(2): [{"id": "message-2", "otid": "else"}],
        run_id(1): [{"id": "message-1", "otid": "batch-1"}],
    }
    agents, _ = looking(runs, messages)
    assert agents.find_run(AGENT, "batch-1", NOW) == run_id(1)
    assert agents.find_run(AGENT, "batch-9", NOW) is None


def test_a_run_that_may_be_ours_but_has_not_stored_its_message_cannot_be_told() -> None:
    agents, _ = looking([run_json(run_id(1), "created", request_config={})], {})
    with pytest.raises(Unavailable) as caught:
        agents.find_run(AGENT, "batch-1", NOW)
    assert not caught.value.permanent


def test_no_page_of_runs_is_lost() -> None:
    runs = [run_json(run_id(n), "completed", request_config={"assistant_message_tool_kwarg": "x"}) for n in range(230)]
    runs[225] = run_json(run_id(225), "completed", **MARKED)
    agents, transport = looking(runs, {})
    assert agents.find_run(AGENT, "batch-1", NOW) == run_id(225)
    assert len(transport.requests) == 3


def test_it_does_not_look_further_back_than_the_send() -> None:
    old = (NOW - timedelta(hours=1)).isoformat()
    agents, _ = looking([run_json(run_id(1), "completed", **MARKED) | {"created_at": old}], {})
    assert agents.find_run(AGENT, "batch-1", NOW) is None
    assert agents.find_run(AGENT, "batch-1", NOW - timedelta(hours=2)) == run_id(1)


def test_the_time_to_look_back_to_must_have_a_zone() -> None:
    agents, _ = looking([], {})
    with pytest.raises(ValueError, match="aware"):
        agents.find_run(AGENT, "batch-1", datetime(2026, 5, 4))  # noqa: DTZ001
