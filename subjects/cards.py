"""What the card of a run shows: its state in words, what it waits for, and what it changed."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from memory_ui.prepared import prepared
from memory_ui.waiting import Wait, Workers
from subjects import diffs
from subjects.browsing import with_previous
from subjects.models import Message, Revision, Run
from subjects.waits import wait_of_run, workers_on

FIRST_TURNS = 2
STEPS = ("queued", "sent", "learning", "done")
REACHED = {Run.State.QUEUED: 1, Run.State.SENDING: 1, Run.State.LEARNING: 3}


@dataclass(frozen=True, slots=True)
class Change:
    """What one revision changed: the words of the value, those of the description, and in `notes` everything else."""

    label: str
    revision: Revision
    segments: list[diffs.Segment]
    described: list[diffs.Segment]
    """empty where the description stayed the same"""
    notes: list[str]


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run as its card shows it. `seen` stands for all of it: while it stays the same, a poll answers 204."""

    run: Run
    seen: str
    waiting: Wait
    poll_seconds: int
    turns: list[Message] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The state in one word."""
        if self.run.cancel_requested and not self.run.is_over:
            return "Cancelling"
        return Run.State(self.run.state).label

    @property
    def steps(self) -> list[tuple[str, bool]]:
        """The way of an open run: each step with whether it is reached."""
        reached = REACHED.get(Run.State(self.run.state), 0)
        return [(step, place < reached) for place, step in enumerate(STEPS)]

    @property
    def more_turns(self) -> int:
        """How many messages the card does not show."""
        return self.run.message_count - len(self.turns)

    @property
    def can_cancel(self) -> bool:
        """Whether there is something left to stop."""
        return not self.run.is_over and not self.run.cancel_requested

    @property
    def can_retry(self) -> bool:
        """Whether it may be given to learn once more."""
        return self.run.state in (Run.State.FAILED, Run.State.CANCELLED) and self.run.source != Run.Source.OUTSIDE


def state_of(run: Run, workers: Workers | None = None) -> RunCard:
    """The card without messages and changes: enough to tell whether anything is new.

    No query, and three at most for an open run that has waited long.
    """
    seconds = (timezone.now() - _in_state_since(run)).total_seconds()
    waiting = wait_of_run(run, _in_state_since(run), workers)
    poll_seconds = 1 if seconds < 30 else 2 if seconds < 300 else 5
    everything = repr((run.state, run.attempt, run.cancel_requested, run.failure, waiting, poll_seconds))
    return RunCard(run, f"{zlib.crc32(everything.encode()):08x}", waiting, 0 if run.is_over else poll_seconds)


def cards_of(runs: Sequence[Run], first: int = FIRST_TURNS) -> list[RunCard]:
    """The whole cards of `runs`, with their `first` messages.

    Two queries, and for open runs that have waited long one more, and two for each.
    """
    turns: dict[UUID, list[Message]] = {run.pk: [] for run in runs}
    pks = tuple(turns)
    for message in _first_turns(pks, first):
        turns[message.run_id].append(message)
    changes: dict[object, list[Change]] = {run.pk: [] for run in runs}
    for revision in _made_by(pks):
        changes[revision.run_id].append(change_of(revision, revision.block.label, short=True))
    cards = []
    workers = workers_on(runs)
    for run in runs:
        state = state_of(run, workers)
        cards.append(RunCard(run, state.seen, state.waiting, state.poll_seconds, turns[run.pk], changes[run.pk]))
    return cards


@prepared
def _first_turns(run_pks: tuple[UUID, ...], first: int) -> QuerySet[Message]:
    return Message.objects.filter(run__in=run_pks, position__lt=first).order_by("position")


@prepared
def _made_by(run_pks: tuple[UUID, ...]) -> QuerySet[Revision]:
    revisions = with_previous(Revision.objects.filter(run__in=run_pks)).select_related("block")
    return revisions.order_by("block__position", "block__label")


def change_between(older: Revision, newer: Revision, label: str) -> Change:
    """What lies between any two revisions of a block."""
    return _change(label, newer, older.value, older.description, older.limit)


def change_of(revision: Revision, label: str, *, short: bool = False) -> Change:
    """What `revision`, loaded by `browsing.with_previous`, changed; `short` leaves out long unchanged stretches."""
    old_value: str | None = revision.old_value  # type: ignore[attr-defined]
    old_description: str | None = revision.old_description  # type: ignore[attr-defined]
    old_limit: int | None = revision.old_limit  # type: ignore[attr-defined]
    return _change(label, revision, old_value or "", old_description, old_limit, short)


def _change(
    label: str, revision: Revision, value: str, description: str | None, limit: int | None, short: bool = False
) -> Change:
    """What `revision` made of these; None where nothing was before."""
    notes = []
    if limit is not None and limit != revision.limit:
        notes.append(f"Limit changed from {limit:,} to {revision.limit:,} characters.")
    segments, described = (
        diffs.diff(old, new) if old is not None and old != new else []
        for old, new in ((value, revision.value), (description, revision.description))
    )
    if short:
        segments, described = diffs.shortened(segments), diffs.shortened(described)
    return Change(label, revision, segments, described, notes)


def _in_state_since(run: Run) -> datetime:
    if run.ended_at:
        return run.ended_at
    return run.sent_at or run.sending_at or run.queued_at
