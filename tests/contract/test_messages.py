"""messages.create (synchronous) and messages.list."""

from dataclasses import dataclass

import httpx
import pytest
from letta_client import Letta, UnprocessableEntityError

from tests.contract.paging import pages
from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target
from tests.model_answers import Answer, call, finish

NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
CATS = call("memory_insert", label="human", new_string="Likes cats")


def test_create_waits_for_the_answer(letta: Letta, scripted: Scripted, target: Target) -> None:
    agent = scripted.agent()
    marker = unique("sync")
    target.script.program(marker, CATS, finish())
    answer = letta.agents.messages.create(agent.id, messages=[{"role": "user", "content": f"{marker} I like cats"}])
    assert answer.stop_reason.stop_reason == "tool_rule"
    assert answer.stop_reason.message_type == "stop_reason"
    assert answer.usage.step_count == 2
    assert answer.usage.total_tokens == (answer.usage.prompt_tokens or 0) + (answer.usage.completion_tokens or 0) > 0
    kinds = [str(m.message_type) for m in answer.messages]
    assert [k for k in kinds if k.startswith("tool")] == ["tool_call_message", "tool_return_message"] * 2
    assert "user_message" not in kinds  # only what is new to the caller
    assert scripted.values(agent.id)["human"].endswith("Likes cats")


def test_create_has_every_field_of_letta(http: httpx.Client, scripted: Scripted) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    answer = http.post(f"/v1/agents/{scripted.agent().id}/messages", json=body).json()
    assert {"messages", "stop_reason", "usage"} <= set(answer)
    assert set(answer["stop_reason"]) == {"message_type", "stop_reason"}
    assert {"message_type", "completion_tokens", "prompt_tokens", "total_tokens", "step_count"} <= set(answer["usage"])
    assert {m["message_type"] for m in answer["messages"]} >= {"tool_call_message", "tool_return_message"}


def test_create_is_a_run_too(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    letta.agents.messages.create(agent.id, messages=[{"role": "user", "content": "hello"}])
    run = letta.runs.list(agent_id=agent.id).items[0]
    assert (run.status, run.stop_reason, run.background) == ("completed", "tool_rule", False)
    assert letta.runs.list(agent_id=agent.id, background=False, limit=50).items[0].id == run.id


def test_create_with_input(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    letta.agents.messages.create(agent.id, input="I moved to Basel")
    said = [m for m in letta.agents.messages.list(agent.id, order="asc").items if m.message_type == "user_message"]
    assert [m.content for m in said] == ["I moved to Basel"]


def test_create_returns_the_types_that_are_asked_for(letta: Letta, scripted: Scripted) -> None:
    answer = letta.agents.messages.create(
        scripted.agent().id, input="hello", include_return_message_types=["tool_call_message"]
    )
    assert {m.message_type for m in answer.messages} == {"tool_call_message"}


def test_an_error_of_the_model_endpoint_reaches_the_caller(http: httpx.Client, scripted: Scripted, target: Target) -> None:
    for status, expected in ((400, 400), (401, 401)):
        marker = unique("syncerror")
        target.script.program(marker, Answer(status=status, content="The endpoint says no"))
        body = {"messages": [{"role": "user", "content": marker}]}
        response = http.post(f"/v1/agents/{scripted.agent().id}/messages", json=body)
        assert response.status_code == expected
        error = response.json()["error"]
        assert error["type"].startswith("llm_")
        assert "The endpoint says no" in error["detail"]


def test_bad_messages_are_refused(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    path = f"/v1/agents/{agent.id}/messages"
    bodies: list[dict[str, object]] = [
        {},
        {"messages": []},
        {"messages": [{"role": "wizard", "content": "x"}]},
        {"messages": "x"},
    ]
    for body in bodies:
        assert http.post(path, json=body).status_code == 422, body
    with pytest.raises(UnprocessableEntityError):
        letta.agents.messages.create(agent.id, messages=[])
    assert letta.runs.list(agent_id=agent.id).items == []
    good = {"messages": [{"role": "user", "content": "x"}]}
    assert http.post(f"/v1/agents/{NO_AGENT}/messages", json=good).status_code == 404


# -- list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Log:
    """An agent with four runs of an edit each. `rows` are the wire messages of its runs, `ids` all messages."""

    agent_id: str
    rows: list[tuple[str, str]]
    ids: list[str]


def row(message: object) -> tuple[str, str]:
    return (message.id, message.message_type)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def log(letta: Letta, scripted: Scripted) -> Log:
    agent = scripted.agent()
    rows = []
    for _ in range(4):
        rows += [row(m) for m in scripted.learn(agent.id, CATS, finish()).messages]
    system = letta.agents.messages.list(agent.id, order="asc", limit=1).items[0]
    return Log(agent.id, rows, list(dict.fromkeys([system.id, *(id for id, _ in rows)])))


def test_the_system_message_is_the_first(letta: Letta, log: Log) -> None:
    first = letta.agents.messages.list(log.agent_id, order="asc").items[0]
    assert first.message_type == "system_message"
    assert "<human>" in str(first.content)


def test_oldest_first(letta: Letta, log: Log) -> None:
    assert [row(m) for m in letta.agents.messages.list(log.agent_id, order="asc").items][1:] == log.rows


def test_newest_first_by_default(letta: Letta, log: Log, target: Target) -> None:
    for page in (letta.agents.messages.list(log.agent_id), letta.agents.messages.list(log.agent_id, order="desc")):
        found = [row(m) for m in page.items if m.message_type != "system_message"]
        assert found == target.expect("messages-order", engine=log.rows[::-1], letta=log.rows)


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_following_pages_oldest_first_loses_nothing(letta: Letta, log: Log, limit: int) -> None:
    page = letta.agents.messages.list(log.agent_id, order="asc", limit=limit)
    found = [row(m) for items in pages(page, 60) for m in items]
    assert found[1:] == log.rows
    assert [row(m) for m in page] == found


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_following_pages_newest_first_loses_nothing(letta: Letta, log: Log, target: Target, limit: int) -> None:
    page = letta.agents.messages.list(log.agent_id, limit=limit)
    found = [row(m) for items in pages(page, 60) for m in items]
    whole = limit == 50 or target.expect("messages-cursor", engine=True, letta=False)
    assert (
        sorted(found[:-1] if limit != 50 else [r for r in found if r[1] != "system_message"]) == sorted(log.rows)
    ) is whole


def test_rows_of_one_message_stay_on_one_page(letta: Letta, log: Log) -> None:
    page = letta.agents.messages.list(log.agent_id, order="asc", limit=1)
    for items in pages(page, 60):
        assert len({m.id for m in items}) == 1


def test_backwards_from_a_message(letta: Letta, log: Log) -> None:
    """`before` with the oldest first: what led to it, next to it."""
    page = letta.agents.messages.list(log.agent_id, order="asc", before=log.ids[3], limit=50)
    assert list(dict.fromkeys(m.id for m in page.items)) == log.ids[:3]


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_before_the_oldest_seen_goes_on(letta: Letta, log: Log, limit: int) -> None:
    """Newest first, `before` means older: how programs that know the real server's cursors follow this list."""
    found: list[tuple[str, str]] = []
    page = letta.agents.messages.list(log.agent_id, limit=limit).items
    while page and len(found) <= len(log.rows):
        found += [row(m) for m in page]
        oldest = min(page, key=lambda m: log.ids.index(m.id))
        page = letta.agents.messages.list(log.agent_id, limit=limit, before=oldest.id).items
    assert sorted(r for r in found if r[1] != "system_message") == sorted(log.rows)


def test_each_message_names_its_run(letta: Letta, log: Log) -> None:
    rows = letta.agents.messages.list(log.agent_id, order="asc").items
    assert len({m.run_id for m in rows}) == 5  # four runs, and none for the system message


def test_types_that_are_asked_for(letta: Letta, log: Log) -> None:
    page = letta.agents.messages.list(log.agent_id, include_return_message_types=["user_message"])
    assert {m.message_type for m in page.items} == {"user_message"}
    assert len(page.items) == 4


def test_an_unknown_agent_and_bad_parameters(http: httpx.Client, log: Log) -> None:
    assert http.get(f"/v1/agents/{NO_AGENT}/messages").status_code == 404
    assert http.get("/v1/agents/nonsense/messages").status_code == 422
    for bad in ({"order": "up"}, {"limit": "many"}):
        assert http.get(f"/v1/agents/{log.agent_id}/messages", params=bad).status_code == 422
