"""Who works on an agent's runs: a lock per agent while a worker lives, and a token per run that outlives it."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from engine.models import TERMINAL, Agent, Run
from engine.runs.stopping import end
from memory_ui import locks

MOST_TAKEOVERS = 5
"""A run whose workers died this often at the same step is not tried again: it may be what kills them."""


def agent_lock(agent_id: str) -> AbstractContextManager[bool]:
    """Hold the agent's queue, if nobody else does; yields whether it is held."""
    return locks.exclusively(lock_name(agent_id))


def lock_name(agent_id: str) -> str:
    """The name of the lock on an agent's queue."""
    return f"engine.runs {agent_id}"


def locked(agent_ids: Iterable[str]) -> set[str]:
    """Those of the agents that a living worker is at."""
    names = {lock_name(agent_id): agent_id for agent_id in agent_ids}
    return {names[name] for name in locks.held(names)}


def claim_next(agent_id: str) -> Run | None:
    """Take up the agent's oldest run that has not ended, under a new token. The caller holds the agent's lock.

    A run that is found running under a token was left behind by a worker that died. It goes on after its last
    recorded step, or fails when that has happened too often.
    """
    while run := Run.objects.filter(agent_id=agent_id).exclude(status__in=TERMINAL).order_by("position").first():
        taken_over = run.status == "running" and run.claim is not None
        if taken_over and run.takeovers >= MOST_TAKEOVERS:
            _give_up(run)
            continue
        now = timezone.now()
        token = uuid4()
        claimed = Run.objects.filter(pk=run.pk, status=run.status, claim=run.claim).update(
            status="running",
            claim=token,
            started_at=run.started_at or now,
            updated_at=now,
            takeovers=F("takeovers") + (1 if taken_over else 0),
        )
        if claimed:
            run.status, run.claim, run.started_at, run.updated_at = (
                "running",
                token,
                run.started_at or now,
                now,
            )
            run.takeovers += 1 if taken_over else 0
            return run
    return None


def hand_back(run_id: str, claim: UUID) -> None:
    """Give up the claim between two steps: the run is as good as new for the next worker."""
    Run.objects.filter(pk=run_id, claim=claim).update(claim=None, updated_at=timezone.now())


def has_open(agent_id: str) -> bool:
    """Whether the agent has a run that has not ended."""
    return Run.objects.filter(agent_id=agent_id).exclude(status__in=TERMINAL).exists()


def _give_up(run: Run) -> None:
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).get(pk=run.agent_id)
        held = Run.objects.select_for_update(no_key=True).filter(pk=run.pk, status="running", claim=run.claim).first()
        if held is not None:
            end(
                held,
                agent,
                "error",
                f"The run was taken up {MOST_TAKEOVERS + 1} times and its worker died each time.",
            )
