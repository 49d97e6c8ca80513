"""The pulse of the periodic work: each run of a periodic task leaves its time in one row, an upsert by its primary key.

Beat itself leaves no trace of its own: what matters is that what it calls for is done, and that takes beat, the broker
and a worker. Which of them is missing is told by the queues: messages pile up where no worker runs.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import local
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from memory_ui.models import Pulse

logger = logging.getLogger(__name__)

SILENT = timedelta(seconds=30)
"""Without any periodic task for so long, the background work stands still."""
DAILY = timedelta(hours=26)
OFTEN = timedelta(minutes=3)
"""What may be silent for no longer than this runs all the time."""

_begun = local()


def periodic() -> dict[str, Any]:
    """The periodic tasks: name in Celery → when, a number of seconds or a crontab."""
    return {entry["task"]: entry["schedule"] for entry in _schedule().values()}


@task_prerun.connect
def note_begin(**details: Any) -> None:
    """Remember when the task began that this thread works on."""
    _begun.at = time.monotonic()


@task_postrun.connect
def note_end(task: Any = None, state: str | None = None, **details: Any) -> None:
    """Write down that a periodic task has run. Never raises: the task itself is done."""
    if task is None or task.name not in periodic():
        return
    seconds = time.monotonic() - getattr(_begun, "at", time.monotonic())
    row = Pulse(task=task.name, ended_at=timezone.now(), seconds=seconds, failed=state == "FAILURE")
    try:
        Pulse.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["task"], update_fields=["ended_at", "seconds", "failed"]
        )
    except (DatabaseError, InterfaceError) as error:
        logger.warning("the pulse of %s was not written (%s)", task.name, type(error).__name__)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A periodic task as it stands. `late`: it should have run again by now, for it is longer ago than `patience`."""

    name: str
    task: str
    every: str
    pulse: Pulse | None
    patience: timedelta
    late: bool

    @property
    def within(self) -> str:
        """How long ago it ran at most, in words: of what runs all the time and as it should, nobody needs the second.

        Empty: the time of the last run says more.
        """
        if self.pulse is None or self.pulse.failed or self.late or self.patience > OFTEN:
            return ""
        seconds = int(self.patience.total_seconds())
        return f"less than {seconds // 60} minutes ago" if seconds >= 120 else f"less than {seconds} seconds ago"

    @property
    def took(self) -> str:
        """How long it took, in words that do not change with every run."""
        if self.pulse is None:
            return ""
        return f"{self.pulse.seconds:.1f} s" if self.pulse.seconds >= 1 else "under 1 s"


def standing(now: datetime | None = None) -> list[Periodic]:
    """Every periodic task with its last run. One query."""
    now = now or timezone.now()
    pulses = Pulse.objects.in_bulk()
    return [
        _standing(name, entry["task"], entry["schedule"], pulses.get(entry["task"]), now)
        for name, entry in _schedule().items()
    ]


def last_beat() -> datetime | None:
    """When any periodic task last ended; None: none ever did."""
    newest = Pulse.objects.order_by("-ended_at").first()
    return newest.ended_at if newest else None


def _schedule() -> dict[str, dict[str, Any]]:
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    return schedule


def _standing(name: str, task: str, schedule: Any, pulse: Pulse | None, now: datetime) -> Periodic:
    if isinstance(schedule, int | float):
        every, patience = _seconds(schedule), max(SILENT, 3 * timedelta(seconds=schedule))
    else:
        every, patience = "at a time of day", DAILY
    late = pulse is not None and now - pulse.ended_at > patience
    return Periodic(_words(name), task, every, pulse, patience, late)


def _words(name: str) -> str:
    words = name.replace("-", " ").replace("letta", "Letta")
    return words[:1].upper() + words[1:]


def _seconds(seconds: float) -> str:
    whole = int(seconds)
    for size, word in ((3600, "hour"), (60, "minute")):
        if whole >= size and whole % size == 0:
            number = whole // size
            return f"every {word}" if number == 1 else f"every {number} {word}s"
    return f"every {whole} seconds"
