"""How the background work goes, for the page about it: the beat, the queues, what waits. No personal text, no names."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from memory_ui import queues
from memory_ui.backlog import Backlog, backlogs
from memory_ui.pulse import SILENT, Periodic, last_beat, standing


@dataclass(frozen=True, slots=True)
class Background:
    """All that the page shows. `waiting`: messages in each queue, None when the broker does not answer."""

    last_beat: datetime | None
    trouble: str
    waiting: dict[str, int] | None
    backlogs: list[Backlog]
    periodic: list[Periodic]

    @property
    def beats(self) -> bool:
        """Whether periodic tasks run."""
        return self.last_beat is not None and timezone.now() - self.last_beat <= SILENT

    @property
    def seen(self) -> str:
        """Changes with whatever the page shows; times that go on by themselves change nothing."""
        periodic = [
            (one.name, one.late, one.took, one.within or (one.pulse and (one.pulse.ended_at, one.pulse.failed)))
            for one in self.periodic
        ]
        beat = self.beats or self.last_beat
        shown = repr((beat, self.trouble, self.waiting, self.backlogs, periodic))
        return f"{zlib.crc32(shown.encode()):08x}"

    @property
    def busy(self) -> list[Backlog]:
        """Where there is something to do."""
        return [backlog for backlog in self.backlogs if not backlog.is_idle]

    @property
    def idle(self) -> list[Backlog]:
        """Where there is nothing to do."""
        return [backlog for backlog in self.backlogs if backlog.is_idle]

    @property
    def stuck(self) -> list[Backlog]:
        """What stands still."""
        return [backlog for backlog in self.backlogs if backlog.stuck]


def look() -> Background:
    """Look at all of it: one question to the broker (two seconds at most) and a count for each kind of work."""
    try:
        waiting: dict[str, int] | None = queues.waiting()
        why = ""
    except queues.NoBroker as error:
        waiting, why = None, str(error)
    beat = last_beat()
    return Background(beat, _trouble(beat, waiting, why), waiting, list(backlogs()), standing())


def _trouble(beat: datetime | None, waiting: dict[str, int] | None, why: str) -> str:
    """What is wrong with the background work as a whole and what to do, in words; empty: nothing."""
    kept = "Nothing is lost: everything is kept in the database and goes on from there."
    if waiting is None:
        return f"The broker does not answer ({why}). Look at CELERY_BROKER_URL and whether it runs. {kept}"
    if beat is not None and timezone.now() - beat <= SILENT:
        return ""
    since = "for more than 30 seconds" if beat else "yet"
    if sum(waiting.values()):
        cause = "messages wait in the queues: no worker takes them. Start one."
    else:
        cause = "no message waits: beat does not run, or no worker with it. Start it."
    return f"No periodic task has run {since}, and {cause} {kept}"
