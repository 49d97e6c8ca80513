"""Work that waits, told by each app of itself: the page about background work names none of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

MOST_COUNTED = 1000
MOST_NAMED = 5
OVERDUE = timedelta(minutes=2)
"""The sweeps look every few seconds for what is due: who is due for so long was not looked for."""
NO_SWEEP = "Nobody woke a worker for them: look above whether the sweeps run. They go on by themselves once they do."


@dataclass(frozen=True, slots=True)
class Still:
    """One piece of work that stands still. `name`: no personal text, an opaque id where there is no other."""

    name: str
    since: datetime
    address: str = ""
    """Where something can be done about it, a path; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """One kind of work. Counts stop at `MOST_COUNTED` + 1, so that they cost the same however much waits."""

    name: str
    waiting: int
    working: int = 0
    stuck: int = 0
    """Of these, how many stand still for longer than they should."""
    advice: str = ""
    """What to do about the stuck ones, in a sentence."""
    address: str = ""
    """Where they can be looked at, a path; empty: nowhere."""
    stuck_address: str = ""
    """Where the stuck ones alone can be looked at; empty: nowhere."""

    oldest: Sequence[Still] = ()
    """The first few of the stuck ones, those that stand still for longest on top."""

    @property
    def further(self) -> int:
        """How many are stuck beside `oldest`."""
        return self.stuck - len(self.oldest)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not any(self.counts)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Waiting, under way, stuck."""
        return self.waiting, self.working, self.stuck


_sources: list[Callable[[], Iterable[Backlog]]] = []


def register(source: Callable[[], Iterable[Backlog]]) -> None:
    """Let the page ask `source` too. Called once by an app when it is ready."""
    if source not in _sources:
        _sources.append(source)


def backlogs() -> list[Backlog]:
    """All kinds of work, in the order in which the apps stand in the settings."""
    return [backlog for source in _sources for backlog in source()]


def up_to_most(rows: QuerySet[Any]) -> int:
    """How many rows there are, but never more than `MOST_COUNTED` + 1."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def oldest(
    rows: QuerySet[Any], since: str, page: str = "", name: Callable[[Any], str] = lambda row: str(row.pk)[:8]
) -> list[Still]:
    """The first few of the rows that stand still, by their field `since`; `page`: the view that shows one."""
    return [
        Still(name(row), getattr(row, since), reverse(page, args=[row.pk]) if page else "")
        for row in rows.order_by(since, "pk")[:MOST_NAMED]
    ]
