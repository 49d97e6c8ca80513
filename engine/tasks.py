"""What Celery runs for the engine. Tasks take ids and may come twice, late or never: the rows decide."""

from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down

from engine import embedding, learners
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


@shared_task(name="engine.tasks.embed")
def embed() -> None:
    """Every few seconds: embed the passages that wait for it, when an endpoint is configured."""
    embedding.embed_waiting()


@worker_init.connect
def load_the_learner(**details: Any) -> None:
    """Before there are threads: Python may show a module that one of them has half imported to another."""
    learners.current()


@worker_shutting_down.connect
def stop_working(**details: Any) -> None:
    """A worker that is asked to stop leaves at the next step, not when all queues are empty."""
    working.shutting_down.set()
