"""The wake-up call to the workers for an agent's queue."""

from memory_ui import waking

WORK = "engine.tasks.work"


def wake(agent_id: str) -> None:
    """Ask the workers to look at an agent's queue. Never raises: what goes unheard, the sweep finds."""
    waking.send(WORK, agent_id)
