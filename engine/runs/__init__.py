"""Runs: queue one, wait for it, cancel it. A Celery task works them, first in first out within an agent.

The rows are the queue. The broker only wakes workers up, and a periodic sweep finds what nobody was woken for.
"""

from engine.runs.queueing import FrozenAgent, InputMessage, queue, wait
from engine.runs.stopping import cancel

__all__ = ["FrozenAgent", "InputMessage", "cancel", "queue", "wait"]
