"""Plans about learning: sending a batch, finding out whether it arrived, following its run to the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from memory_sdk import calls, reading
from memory_sdk.errors import LettaError, RunFailed, Unavailable
from memory_sdk.formats import Turn, format_batch
from memory_sdk.models import RunState
from memory_sdk.plans import Pause, Plan

# Letta stores a run in the request that sends the batch, but its message only when the run gets going. The one free
# text it stores with the run itself is `request_config.assistant_message_tool_kwarg`: an argument name of the tool
# `send_message`, which memory agents do not have. So that is where the key is legible from the first moment on.
_MARK = "idempotency-key:"
_UNMARKED = (None, "", "message")  # not recorded by the server, or Letta's default: another program's run
_CLOCK_SKEW = timedelta(minutes=5)

_FIRST_PAUSE = 0.05  # seconds
_LONGEST_PAUSE = 2.0  # seconds
_PAUSE_GROWTH = 1.5


def send(agent_id: str, turns: Sequence[Turn], key: str) -> Plan[str]:
    """Give a batch of turns to an agent to learn from. Returns the run's id. One request."""
    call = calls.agents_messages_create_async(agent_id, format_batch(turns), key=key, mark=f"{_MARK}{key}")
    return reading.text(reading.record((yield call)), "id")


def find_run(agent_id: str, key: str, since: datetime) -> Plan[str | None]:
    """The run of the batch that was sent with `key` at or after `since`, or None. Unavailable when nobody can tell yet."""
    unmarked: list[RunState] = []
    before: str | None = None
    while True:
        page = reading.records((yield calls.runs_list(agent_id, before=before)))
        for item in page:
            state = reading.run(item)
            if state.created_at is not None and state.created_at < since - _CLOCK_SKEW:
                page = []  # newest first: all others are older still
                break
            config = item.get("request_config")
            mark = config.get("assistant_message_tool_kwarg") if isinstance(config, dict) else None
            if mark == f"{_MARK}{key}":
                return state.id
            if mark in _UNMARKED:
                unmarked.append(state)
        if len(page) < calls.PAGE:
            break
        before = reading.text(page[-1], "id")
    return (yield from _by_message(unmarked, key))


def _by_message(runs: Sequence[RunState], key: str) -> Plan[str | None]:
    """Among runs that carry no mark, the one whose message has the key as its `otid`."""
    undecided = False
    for state in runs:
        messages = reading.records((yield calls.runs_messages_list(state.id)))
        if any(reading.optional_text(message, "otid") == key for message in messages):
            return state.id
        undecided = undecided or (not messages and not state.finished)
    if undecided:
        raise Unavailable("A run of this agent has not stored its message yet; ask again shortly.")
    return None


def get_run(run_id: str, *, with_usage: bool = False) -> Plan[RunState]:
    """A run's state; with its token usage (a second request) once it is finished."""
    data = reading.record((yield calls.runs_retrieve(run_id)))
    state = reading.run(data)
    if not (with_usage and state.finished):
        return state
    try:
        usage = reading.usage(reading.record((yield calls.runs_usage_retrieve(run_id))))
    except LettaError:  # usage is a nicety; the state is what was asked for
        return state
    return reading.run(data, usage)


def wait_for_run(run_id: str, timeout: float) -> Plan[RunState]:
    """The run once it succeeded. RunFailed as soon as it did not, TimeoutError after `timeout` seconds.

    Asks again after 0.05 s, then ever more slowly, at most 2 s apart. A server that is briefly away is waited for, too.
    """
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        try:
            state = reading.run(reading.record((yield calls.runs_retrieve(run_id, retry=False))))
        except Unavailable:
            if time.monotonic() >= deadline:
                raise
        else:
            if state.succeeded:
                return state
            if state.finished:
                reason = state.error or "Letta gave no reason."
                raise RunFailed(run_id, reason, cancelled=state.status == "cancelled")
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"Run {run_id} did not complete within {timeout} seconds")
        yield Pause(min(pause, left))
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE)


def cancel(agent_id: str, run_id: str) -> Plan[None]:
    """Ask Letta to stop a run. A run that is finished already stays as it is."""
    yield calls.agents_messages_cancel(agent_id, run_id)
