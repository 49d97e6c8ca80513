"""How the sync with Letta goes, for people: since when it fails and why, how far the round is, whom it leaves out."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from memory_ui.backlog import MOST_COUNTED
from memory_ui.locks import held
from memory_ui.prepared import prepared
from subjects.models import Subject, SyncState

LATE = timedelta(minutes=5)
"""beat starts a pass every minute"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An agent of Letta's that was not taken over, and why, without personal text."""

    agent_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What there is to say. Counts are at most `backlog.MOST_COUNTED` + 1: more is as good as that to a reader."""

    state: SyncState
    under_way: bool
    """A pass is running now."""
    waiting: int
    """Subjects of which something new is known that was not read yet."""
    doubled: int
    """Subjects with whose id Letta has further agents."""

    @property
    def fails(self) -> bool:
        """Whether the last pass ended early."""
        return self.state.failing_since is not None

    @property
    def is_late(self) -> bool:
        """Whether passes began once, and none has for long."""
        began = self.state.started_at
        return not self.under_way and began is not None and timezone.now() - began > LATE

    @property
    def has_trouble(self) -> bool:
        """Whether somebody should look."""
        return self.fails or self.is_late or self.doubled > 0

    @property
    def per_cent(self) -> int | None:
        """How far the round under way is, by the agents of the last one; None: it is the first, or has listed them all."""
        state = self.state
        if not state.round_is_open or state.round_listed_at is not None or not state.agents_expected:
            return None
        return min(99, 100 * state.agents_seen // state.agents_expected)

    @property
    def left_out(self) -> list[LeftOut]:
        """Agents that were left out lately, the newest first."""
        return [LeftOut(agent_id, why, datetime.fromisoformat(at)) for agent_id, why, at in reversed(self.state.left_out)]

    @property
    def seen(self) -> str:
        """Changes with whatever is said; for polls."""
        state = self.state
        said = (
            state.started_at, state.succeeded_at, state.failing_since, state.error, state.agents_seen, state.left_out,
            state.round_started_at, state.round_listed_at, state.round_finished_at, state.subjects_found, state.runs_found,
            state.changes_found, state.subjects_gone, self.under_way, self.is_late, self.waiting, self.doubled,
        )  # fmt: skip
        return f"{zlib.crc32(repr(said).encode()):08x}"


def look() -> SyncReport:
    """How it goes now. Four queries, none of which grows with the number of subjects."""
    state = _state.first() or SyncState()  # who looks makes no row
    return SyncReport(state, bool(held(["sync"])), _waiting.count(), doubled())


def doubled() -> int:
    """How many subjects have further agents in Letta, at most `backlog.MOST_COUNTED` + 1."""
    return _doubled.count()


@prepared
def _state() -> QuerySet[SyncState]:
    return SyncState.objects.filter(pk=1)


@prepared
def _waiting() -> QuerySet[Subject]:
    waiting = Subject.objects.filter(look_at__isnull=False, agent_id__isnull=False, frozen_at=None)
    return waiting.only("pk")[: MOST_COUNTED + 1]


@prepared
def _doubled() -> QuerySet[Subject]:
    return Subject.objects.exclude(duplicate_agent_ids=[]).only("pk")[: MOST_COUNTED + 1]
