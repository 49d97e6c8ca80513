"""What a page that watches work is waiting for, in a sentence: for all such pages, so that all of them say it alike.

After ten seconds a moving dot is no answer any more. What it can be is told by what is there already: the pulse of the
periodic work says whether a worker is seen at all, its lock whether one has the work in hand, the rows how many others
are before it, and the work itself what Letta said when it was last asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from memory_ui import locks
from memory_ui.backlog import MOST_COUNTED, up_to_most
from memory_ui.pulse import SILENT, last_beat
from memory_ui.words import counted

PATIENCE = timedelta(seconds=10)
"""How long a page may say nothing more than that something is under way."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for: a sentence, empty while that is only what one expects. Stays the same while nothing changes."""

    text: str = ""
    again: datetime | None = None
    """When it is tried once more, by itself; None: nothing failed."""

    def __bool__(self) -> bool:
        return bool(self.text)


class Workers:
    """Whether workers are seen, and what they have in hand. Looked up when it is first asked, and once for all cards."""

    def __init__(self, locks_asked_for: Iterable[str] = ()) -> None:
        self._asked_for = frozenset(locks_asked_for)

    @cached_property
    def missing(self) -> str:
        """`none has been seen for 4 minutes`; empty: some are there."""
        beat = last_beat()
        if beat is None:
            return "none has been seen yet"
        silence = timezone.now() - beat
        return f"none has been seen for {_roughly(silence)}" if silence > SILENT else ""

    @property
    def wait(self) -> Wait:
        """For what waits for nothing else that can be told: any worker, where none is seen."""
        return Wait(f"Waiting for a worker: {self.missing}.") if self.missing else Wait()

    @cached_property
    def _held(self) -> set[str]:
        return locks.held(self._asked_for)

    def hold(self, lock: str) -> bool:
        """Whether a worker works under this lock just now."""
        return lock in (self._held if lock in self._asked_for else locks.held([lock]))


def waiting_for(
    since: datetime,
    *,
    reason: Callable[[], str] | None = None,
    doing: str = "",
    lock: str = "",
    trouble: str = "",
    again: datetime | None = None,
    before: QuerySet[Any] | None = None,
    workers: Workers | None = None,
) -> Wait:
    """What work waits for that is as it is `since` then. No query in the first ten seconds.

    `reason`: looks whether it waits for something else than workers, and says it in a sentence. `doing`: what a worker
    that has it in hand waits for, a sentence. Whether one has it is told by `lock`, the name of the lock under which it
    works; without a name it is taken for granted. `trouble`: what went wrong at the last try, a sentence, and `again` when
    the next one is due. `before`: those that are to be done first.
    """
    workers = workers or Workers()
    now = timezone.now()
    if trouble:
        if again is not None and again + SILENT < now and workers.missing:
            return Wait(f"{trouble} It is tried again by a worker: {workers.missing}.")
        return Wait(trouble, again) if again else Wait(f"{trouble} It is tried again by itself.")
    if now - since < PATIENCE:
        return Wait()
    if workers.wait:
        return workers.wait
    if reason and (found := reason()):
        return Wait(found)
    if doing and (not lock or workers.hold(lock)):
        return Wait(doing)
    others = up_to_most(before) if before is not None else 0
    if others > MOST_COUNTED:
        return Wait(f"Waiting for a free worker, behind more than {MOST_COUNTED:,} others.")
    return Wait(f"Waiting for a free worker, behind {counted(others, 'other')}." if others else "Waiting for a free worker.")


def _roughly(silence: timedelta) -> str:
    """`more than 30 seconds`, `4 minutes`, `2 hours`, `3 days`: changes once a minute, not with every look."""
    minutes = int(silence.total_seconds()) // 60
    if not minutes:
        return f"more than {int(SILENT.total_seconds())} seconds"
    if minutes < 60:
        return counted(minutes, "minute")
    return counted(minutes // 60, "hour") if minutes < 1440 else counted(minutes // 1440, "day")
