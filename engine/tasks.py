"""What Celery runs for the engine. Tasks take ids and may come twice, late or never: the rows decide."""

from celery import shared_task

from engine.runs import sweeping, working
from engine.runs.waking import WORK


@shared_task(name=WORK)
def work(agent_id: str) -> None:
    """Work the agent's queue."""
    working.drain(agent_id)


@shared_task(name="engine.tasks.sweep")
def sweep() -> None:
    """Every few seconds: see to what stands still."""
    sweeping.sweep()
