"""What Letta's refusals and silences become, and what is sent again."""

from collections.abc import Callable

import httpx
import pytest

from memory_sdk import Agents, LettaError, Memory, NewBlock, NotFound, Refused, Turn, Unauthorized, Unavailable
from tests.memory_sdk.wire import Recording, answering

AGENT = "agent-00000000-0000-4000-8000-000000000001"
SECRET = "Ann lives in Bern"


def connected(answer: Callable[[httpx.Request], httpx.Response], read_retries: int = 0) -> tuple[Agents, Recording]:
    transport = answering(answer)
    return Agents("key", "http://letta.example", transport=transport, read_retries=read_retries), transport


@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [
        (400, Refused, True),
        (401, Unauthorized, True),
        (403, Unauthorized, True),
        (404, NotFound, True),
        (408, Unavailable, False),
        (409, Refused, True),
        (422, Refused, True),
        (429, Unavailable, False),
        (500, Unavailable, False),
        (501, Refused, True),
        (503, Unavailable, False),
    ],
)
def test_a_status_becomes_an_error_that_tells_whether_to_try_again(
    status: int, kind: type[LettaError], permanent: bool
) -> None:
    agents, _ = connected(lambda request: httpx.Response(status, json={"detail": SECRET}))
    with pytest.raises(LettaError) as caught:
        agents.list_blocks(AGENT)
    assert type(caught.value) is kind
    assert (caught.value.permanent, caught.value.status) == (permanent, status)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 0.0), ("999999999", 3600.0), ("Thu, 01 Jan 1998 00:00:00 GMT", 0.0), ("soon", None), ("", None)],
)
def test_the_wait_that_letta_asks_for_is_told(header: str, seconds: float | None) -> None:
    agents, _ = connected(lambda request: httpx.Response(429, headers={"Retry-After": header}))
    with pytest.raises(Unavailable) as caught:
        agents.list_blocks(AGENT)
    assert caught.value.retry_after == seconds


def _no_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _no_answer(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


def _cut_off(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("gone", request=request)


@pytest.mark.parametrize("answer", [_no_connection, _no_answer, _cut_off])
def test_no_answer_is_unavailable_and_may_be_tried_again(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    agents, _ = connected(answer)
    with pytest.raises(Unavailable) as caught:
        agents.list_blocks(AGENT)
    assert (caught.value.permanent, caught.value.status) == (False, None)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>proxy</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text="{", headers={"content-type": "application/json"}),
        httpx.Response(200, json={"not": "a list"}),
        httpx.Response(200, json=["not an object"]),
        httpx.Response(200, json=[{"label": "human", "value": "without an id"}]),
    ],
)
def test_an_answer_that_cannot_be_read_is_unavailable(response: httpx.Response) -> None:
    agents, _ = connected(lambda request: response)
    with pytest.raises(Unavailable):
        agents.list_blocks(AGENT)


def test_an_error_quotes_neither_what_was_sent_nor_what_was_answered() -> None:
    for status in (400, 404, 422, 500):
        detail = [{"loc": ["body", "messages", 0], "msg": SECRET, "input": SECRET}]
        agents, _ = connected(lambda request, s=status, d=detail: httpx.Response(s, json={"detail": d}))  # type: ignore[misc]
        with pytest.raises(LettaError) as caught:
            agents.send_messages(AGENT, [Turn("user", SECRET)], "key-1")
        assert "Bern" not in str(caught.value)
        assert "POST /v1/agents/{agent}/messages/async" in str(caught.value)


@pytest.mark.parametrize(
    "detail",
    [
        [{"type": "int_parsing", "loc": ["body", "limit"], "input": SECRET}],
        f"[{{'type': 'int_parsing', 'loc': ('body', 'limit'), 'input': '{SECRET}'}}]",  # as server 0.16.8 writes it
    ],
)
def test_a_refusal_names_the_fields_that_letta_found_wrong(detail: object) -> None:
    agents, _ = connected(lambda request: httpx.Response(422, json={"detail": detail}))
    with pytest.raises(Refused, match=r"\(422\): body\.limit\.$"):
        agents.create_block(NewBlock("human", "About", SECRET))


def test_a_read_is_repeated_and_a_write_never() -> None:
    agents, transport = connected(lambda request: httpx.Response(503, headers={"retry-after-ms": "1"}), read_retries=2)
    with pytest.raises(Unavailable):
        agents.list_blocks(AGENT)
    assert len(transport.take()) == 3
    for write in (
        lambda: agents.send_messages(AGENT, [Turn("user", "hi")], "key-1"),
        lambda: agents.create_agent("ann"),
        lambda: agents.update_block("block-1", value="v"),
        lambda: agents.delete_block("block-1"),
    ):
        with pytest.raises(Unavailable):
            write()
        assert len(transport.take()) == 1


def test_reads_and_writes_have_their_own_time_limits() -> None:
    agents, transport = connected(lambda request: httpx.Response(503))
    for act in (lambda: agents.list_blocks(AGENT), lambda: agents.delete_block("block-1")):
        with pytest.raises(Unavailable):
            act()
    limits = [set(request.extensions["timeout"].values()) for request in transport.requests]
    assert limits == [{10.0}, {30.0}]


def test_one_time_limit_for_all_when_given() -> None:
    transport = answering(lambda request: httpx.Response(503))
    with pytest.raises(Unavailable):
        Agents("key", "http://letta.example", timeout=1.5, read_retries=0, transport=transport).health()
    assert set(transport.requests[0].extensions["timeout"].values()) == {1.5}


def test_an_unknown_model_is_a_refusal_that_names_it() -> None:
    agents, _ = connected(lambda request: httpx.Response(404, json={"detail": "NOT_FOUND: Handle"}))
    with pytest.raises(Refused, match=r"openai/gpt-4\.1") as caught:
        agents.create_agent("ann")
    assert not isinstance(caught.value, NotFound)


NOTHING_SENT: list[tuple[str, Callable[[Memory], object]]] = [
    ("subject_id", lambda m: m.initialize_subject("a@b")),
    ("user_id", lambda m: m.initialize_user_memory("a@b")),
    ("user_context_block_char_limit", lambda m: m.initialize_user_memory("ann", user_context_block_char_limit=0)),
    ("summary_block_char_limit", lambda m: m.initialize_user_memory("ann", summary_block_char_limit=-5)),
    ("label", lambda m: m.initialize_memory("two words", "d")),
    ("char_limit", lambda m: m.initialize_memory("ok", "d", char_limit=0)),
    ("subject_id", lambda m: m.initialize_memory("ok", "d", subject_id="")),
    ("value", lambda m: m.initialize_memory("ok", "d", "\ud800")),
    ("label", lambda m: m.get_memory("")),
    ("label", lambda m: m.delete_block("")),
    ("messages", lambda m: m.add_messages([])),
    ("messages", lambda m: m.add_messages("ann", [])),
    ("messages", lambda m: m.add_messages("ann")),
    ("First argument", lambda m: m.add_messages({"role": "user", "content": "x"})),  # type: ignore[arg-type]
    (r"messages\[0\]\['role'\]", lambda m: m.add_messages_here([{"role": "nobody", "content": "x"}])),
    ("subject_id", lambda m: m.add_messages_for_subject("a/b", [{"role": "user", "content": "x"}])),
    ("query", lambda m: m.search("ann", "  ")),
    ("tags", lambda m: m.search("ann", "cats", tags="user")),  # type: ignore[arg-type]
    ("user_id", lambda m: m.delete_user("a@b")),
    ("subject_id", lambda m: m.delete_subject("a@b")),
    ("user_id", lambda m: m.get_user_memory("a@b")),
    ("user_id", lambda m: m.get_summary("")),
    ("user_id", lambda m: m.get_memory_agent_id("a\nb")),
]


@pytest.mark.parametrize("number", range(len(NOTHING_SENT)))
def test_a_bad_argument_is_named_before_anything_is_sent(number: int) -> None:
    transport = answering(lambda request: httpx.Response(500))
    memory = Memory("key", "bound", "http://letta.example", transport=transport)
    argument, act = NOTHING_SENT[number]
    with pytest.raises(ValueError, match=f"^{argument} "):
        act(memory)
    assert transport.requests == []


def test_an_unbound_instance_asks_for_a_subject() -> None:
    memory = Memory("key", base_url="http://letta.example", transport=answering(lambda request: httpx.Response(500)))
    for act in (
        lambda: memory.get_memory("human"),
        lambda: memory.list_blocks(),
        lambda: memory.initialize_memory("human", "d"),
        lambda: memory.delete_block("human"),
        lambda: memory.delete_subject(),
        lambda: memory.add_messages_here([{"role": "user", "content": "x"}]),
        lambda: memory.add_messages([{"role": "user", "content": "x"}]),
    ):
        with pytest.raises(ValueError, match="No subject_id provided"):
            act()


def test_two_blocks_of_one_label_are_refused_here_because_letta_would_take_them() -> None:
    agents, transport = connected(lambda request: httpx.Response(500))
    with pytest.raises(ValueError, match="same label"):
        agents.create_agent("ann", [NewBlock("human", "d"), NewBlock("human", "d")])
    assert transport.requests == []
