"""How runs end, and what the agent remembers of its last one."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from engine.models import Agent, Run

COMPLETED = ("end_turn", "max_steps", "tool_rule")
"""Stop reasons of a completed run; those of failed ones are all others but `cancelled`. As in Letta's server 0.16.8."""

ENDED = ("status", "stop_reason", "error", "claim", "completed_at", "updated_at")
COUNTED = ("steps", "takeovers", "prompt_tokens", "completion_tokens")
"""Fields of a run that its end writes, and that every step writes."""


def status_of(stop_reason: str) -> str:
    """The status that a run with this stop reason ends in."""
    if stop_reason == "cancelled":
        return "cancelled"
    return "completed" if stop_reason in COMPLETED else "failed"


def cancel(run: Run) -> Run:
    """End a run that has not ended, at once and for good; returns it as it is then.

    What its finished steps changed stays, and so do its messages. A step that is being worked on is
    thrown away when its worker comes to write it down.
    """
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).get(pk=run.agent_id)
        open_run = Run.objects.select_for_update(no_key=True).filter(pk=run.pk, status__in=("created", "running")).first()
        if open_run is not None:
            end(open_run, agent, "cancelled")
            return open_run
    run.refresh_from_db()
    return run


def end(run: Run, agent: Agent, stop_reason: str, error: str | None = None) -> None:
    """Write a run's end. The caller is in a transaction and holds the agent's row and the run's, in this order."""
    now = timezone.now()
    run.status = status_of(stop_reason)
    run.stop_reason = stop_reason
    run.error = error
    run.claim = None
    run.completed_at = run.updated_at = now
    run.save(update_fields=[*ENDED, *COUNTED])
    agent.last_run_completion = agent.updated_at = now
    agent.last_run_duration_ms = _milliseconds(run.started_at or run.created_at, now)
    agent.last_stop_reason = stop_reason
    agent.save(update_fields=["last_run_completion", "last_run_duration_ms", "last_stop_reason", "updated_at"])


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
