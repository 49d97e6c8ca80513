"""The wake-up call to the workers. The database knows what is to be done; a call that is lost only costs time."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)

WORK = "engine.tasks.work"


def wake(agent_id: str) -> None:
    """Ask the workers to look at an agent's queue. Never raises: what goes unheard, the sweep finds."""
    try:
        current_app.send_task(WORK, [agent_id], ignore_result=True, retry=False)
    except Exception as error:  # a broker has its own exceptions, and none of them may fail a run that is kept
        logger.warning("no worker was woken for %s (%s): the sweep will find it", agent_id, type(error).__name__)
