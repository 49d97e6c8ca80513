"""Runs are asked for here: the rows are written, then a worker is woken."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from engine.models import TERMINAL, Agent, Message, Run
from engine.runs.waking import wake
from engine.text import storable

SHORTEST_WAIT = 0.01
LONGEST_WAIT = 0.1
"""seconds between two looks at a run that is waited for"""


class FrozenAgent(Exception):
    """The agent is frozen; nothing was kept."""


@dataclass(frozen=True, slots=True)
class InputMessage:
    """A message to start a run with."""

    role: str
    """user, system or assistant"""
    text: str
    name: str | None = None
    otid: str | None = None
    """The caller's own id for it, echoed."""


def queue(
    agent: Agent,
    messages: Sequence[InputMessage],
    *,
    background: bool,
    idempotency_key: str | None = None,
    max_steps: int = 50,
    request_config: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Run:
    """Keep the messages and a run over them, in one transaction; a worker is woken once it is committed.

    The same `idempotency_key` for the same agent gives the run that is already there, and nothing new.
    A broker that is down loses nothing: the sweep finds the run. Raises Agent.DoesNotExist, and FrozenAgent.
    """
    with transaction.atomic():
        # The agent's row is the lock under which its runs and messages are numbered, and under which it is frozen.
        if Agent.objects.select_for_update(no_key=True).only("id", "frozen_at").get(pk=agent.pk).frozen_at is not None:
            raise FrozenAgent
        if idempotency_key is not None:
            known = Run.objects.filter(agent_id=agent.pk, idempotency_key=idempotency_key).first()
            if known is not None:
                return known
        run = Run.objects.create(
            agent_id=agent.pk,
            position=_next_position(Run, agent.pk),
            background=background,
            idempotency_key=idempotency_key,
            max_steps=max_steps,
            request_config=request_config or {},
            metadata=metadata,
        )
        append(
            run,
            [Message(role=m.role, text=storable(m.text), name=storable(m.name), otid=storable(m.otid)) for m in messages],
        )
        # Robust: the run is kept already, whatever goes wrong from here on.
        transaction.on_commit(partial(wake, agent.pk), robust=True)
    return run


def append(run: Run, messages: Sequence[Message]) -> None:
    """Write messages at the end of the agent's conversation. The caller holds the lock on the agent's row."""
    first = _next_position(Message, run.agent_id)
    for offset, message in enumerate(messages):
        message.agent_id = run.agent_id
        message.run_id = run.pk
        message.position = first + offset
    Message.objects.bulk_create(messages)


def wait(run_id: str, timeout_seconds: float) -> Run:
    """The run once it has ended, or as it stands after `timeout_seconds`. Raises Run.DoesNotExist."""
    deadline = time.monotonic() + timeout_seconds
    pause = SHORTEST_WAIT
    while True:
        run = Run.objects.get(pk=run_id)
        left = deadline - time.monotonic()
        if run.status in TERMINAL or left <= 0:
            return run
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_WAIT)


def _next_position(model: type[Run] | type[Message], agent_id: str) -> int:
    last = model._default_manager.filter(agent_id=agent_id).order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1
