"""Work that waits, told by each app of itself: the page about background work names none of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

MOST_COUNTED = 1000


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
