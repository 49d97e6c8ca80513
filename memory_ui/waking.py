"""Waking a worker. The database is the truth; a wake-up that is lost delays work and loses none."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def wake(task: str, *args: str, after: float = 0) -> None:
    """Send `task` (by name) once the current transaction is committed, `after` seconds from then. Never raises."""
    transaction.on_commit(partial(send, task, *args, after=after), robust=True)


def send(task: str, *args: str, after: float = 0) -> None:
    """Send `task` now. A broker that is down is logged and forgiven: the sweep finds the rows nobody woke up for."""
    try:
        current_app.send_task(task, list(args), countdown=after or None, ignore_result=True, retry=False)
    except Exception as error:  # every broker has exceptions of its own, and none may fail what is kept already
        logger.warning("%s %s was not sent (%s): the sweep will find its work", task, args, type(error).__name__)


def pause_after(tries: int, longest: float) -> float:
    """Seconds to wait before the next try of something that failed `tries` times in a row: doubled each time."""
    return min(2.0 ** min(tries, 30), longest)  # days of trouble are thousands of tries, which no float is
