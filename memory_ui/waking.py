"""Waking a worker after commit. The database is the truth; a wake-up that is lost delays work and loses none."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: str, *args: str, after: float = 0) -> None:
    """Send `task` (by name) once the current transaction is committed, `after` seconds from then.

    A broker that is down is logged and forgiven: the periodic sweep finds the rows that nobody woke up for.
    """

    def send() -> None:
        try:
            current_app.send_task(task, args=args, countdown=after or None, retry=False)
        except (OperationalError, OSError) as error:
            logger.warning("%s was not sent, the sweep will find its work: %s", task, type(error).__name__)

    transaction.on_commit(send)
