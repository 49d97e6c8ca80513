"""Staying in step with Letta: one pass over what others did there, within a budget of time, to be gone on with later.

A pass first lists the agents that were active since the last one. Then it takes turns between the *round*, which lists
every agent with its blocks once, the last created first, and *looks* at single subjects whose agent was active. Only
the round notices blocks edited over REST, which move no agent's activity, and, at its end, agents that are gone: those
of our subjects that it has not seen are asked for one by one.

Where it is stands in one row after every page, so a pass may be killed anywhere. A lock keeps two passes apart.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from math import inf
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from memory_sdk import Agent, LettaError, NotFound, Unauthorized
from memory_ui.locks import exclusively
from subjects import outside
from subjects.letta import agents
from subjects.listed import Taken, settle_duplicates, take
from subjects.models import Subject, SyncState

logger = logging.getLogger(__name__)

PAGE = 100  # agents
LONGEST_PASS = 45.0  # seconds; beat starts one a minute
RECHECK_SHARE = 8.0  # seconds of a pass for going over known agents again
LOOK_SHARE = 2.0  # seconds of looks before the state is written down
REFUSED_PAUSE = timedelta(minutes=10)  # before a look that Letta refused is tried again
SILENT_PAUSE = timedelta(minutes=1)  # and one that it did not answer
ENOUGH_FAILURES = 3  # looks in a row that Letta did not answer
OVERLAP = timedelta(minutes=2)  # activity is listed again for this long: Letta's rows may become visible late
MOST_LEFT_OUT = 50

Report = Callable[[SyncState], None]


def sync(seconds: float | None = LONGEST_PASS, *, whole: bool = False, report: Report | None = None) -> SyncState | None:
    """One pass, of at most about `seconds` (None: until there is nothing left to do). Safe to repeat at any time.

    `whole`: begin a new round and finish it. `report` is called with the state after every step. Trouble with Letta is
    recorded in `SyncState.error`, and the next pass goes on where this one stopped.

    Returns the state as it is afterwards; None when another pass is under way.
    """
    with exclusively("sync") as mine:
        if not mine:
            return None
        state = SyncState.load()
        state.started_at = timezone.now()
        if whole or not state.round_is_open:
            _begin_round(state)
        state.save()
        try:
            _Pass(state, seconds, whole or seconds is None, report or (lambda _: None)).run()
        except LettaError as error:
            logger.warning("sync: %s", error)
            state.error = str(error)
            state.failing_since = state.failing_since or timezone.now()
        else:
            state.error, state.failing_since, state.succeeded_at = "", None, timezone.now()
        state.save()
        return state


def backlog() -> int:
    """How many subjects wait for a look."""
    return Subject.objects.filter(look_at__isnull=False).count()


def _begin_round(state: SyncState) -> None:
    state.round_started_at, state.round_listed_at, state.round_finished_at = timezone.now(), None, None
    state.round_cursor = ""
    state.agents_seen = 0


class _Pass:
    def __init__(self, state: SyncState, seconds: float | None, thorough: bool, report: Report) -> None:
        self.state = state
        self.report = report
        self.failures = 0
        self.trouble: LettaError | None = None
        now = time.monotonic()
        self.end = inf if seconds is None else now + seconds
        self.half = inf if seconds is None else now + seconds / 2
        # The first round brings everything in; later ones are a matter of going over what we have.
        hurry = thorough or state.first_round_finished_at is None
        self.round_share = inf if hurry else RECHECK_SHARE

    def run(self) -> None:
        self._list_active()
        while not self._is_over():
            began = time.monotonic()
            listed = self.round_share > 0 and self.state.round_is_open and self._take_round_forward()
            spent = time.monotonic() - began
            self.round_share -= spent
            # Turns of the same length: agents come in at a steady pace, and so does what they learned.
            looked = self._look_around(min(self.end, time.monotonic() + (spent if listed else LOOK_SHARE)))
            if not (listed or looked):
                break
        if self.trouble is not None:
            raise self.trouble

    def _is_over(self) -> bool:
        return time.monotonic() >= self.end

    def _step(self) -> None:
        self.state.save()
        self.report(self.state)

    # agents that were active ------------------------------------------------------------------------------------------

    def _list_active(self) -> None:
        state = self.state
        if state.activity_until is None:
            # From now on; what was before is the round's. Letta's own clock, so that clocks need not agree.
            newest = next(agents().iter_agents(page_size=1), None)
            state.activity_until = newest.last_activity if newest else None
            self._step()
            return
        listed = agents().iter_agents(
            since=state.activity_until - OVERLAP, after=state.activity_cursor or None, with_blocks=True, page_size=PAGE
        )
        for read_at, page in _pages(listed):
            if not state.activity_cursor:
                state.activity_reached = page[0].last_activity
            self._note(take(page, read_at))
            state.activity_cursor = page[-1].id
            self._step()
            if time.monotonic() >= self.half:
                return  # however much is going on, the round goes on, too
        state.activity_until = max(state.activity_until, state.activity_reached or state.activity_until)
        state.activity_cursor, state.activity_reached = "", None
        self._step()

    # the round --------------------------------------------------------------------------------------------------------

    def _take_round_forward(self) -> bool:
        if self.state.round_listed_at is None:
            self._list_next_page()
        else:
            self._ask_for_unseen()
        self._step()
        return True

    def _list_next_page(self) -> None:
        state = self.state
        read_at = timezone.now()
        listed = agents().iter_agents(by_creation=True, with_blocks=True, after=state.round_cursor or None, page_size=PAGE)
        page = list(islice(listed, PAGE))  # so that no second page is asked for
        self._note(take(page, read_at))
        state.agents_seen += len(page)
        if len(page) == PAGE:
            state.round_cursor = page[-1].id
        else:
            state.round_listed_at, state.round_cursor = timezone.now(), ""

    def _ask_for_unseen(self) -> None:
        state = self.state
        unseen = Subject.objects.filter(
            Q(mirrored_at=None) | Q(mirrored_at__lt=state.round_started_at) | ~Q(duplicate_agent_ids=[]),
            agent_id__isnull=False,
            gone_at=None,
            frozen_at=None,
        )
        if state.round_cursor:
            unseen = unseen.filter(pk__gt=UUID(state.round_cursor))
        subjects = list(unseen.order_by("pk")[:PAGE])
        for subject in subjects:
            state.round_cursor = str(subject.pk)  # first, so that one that cannot be asked for does not stop the round
            self._ask_for(subject)
            if self._is_over():
                return
        if len(subjects) < PAGE:
            state.round_finished_at = timezone.now()
            state.first_round_finished_at = state.first_round_finished_at or state.round_finished_at
            state.agents_expected, state.round_cursor = state.agents_seen, ""
            since = state.round_started_at.isoformat() if state.round_started_at else ""
            state.left_out = [entry for entry in state.left_out if entry[2] >= since]

    def _ask_for(self, subject: Subject) -> None:
        assert subject.agent_id is not None
        if subject.duplicate_agent_ids:
            settle_duplicates(subject)
        read_at = timezone.now()
        try:
            agent = agents().get_agent(subject.agent_id)
        except NotFound:
            self.state.subjects_gone += outside.mark_if_gone(subject)
        else:
            self._note(take([agent], read_at))

    # subjects ---------------------------------------------------------------------------------------------------------

    def _look_around(self, until: float) -> bool:
        waiting = Subject.objects.filter(look_at__lte=timezone.now(), agent_id__isnull=False, frozen_at=None)
        due = waiting.order_by("-activity_at", "-id")
        subjects = list(due[:PAGE])
        runs, left = outside.look_at_new(subjects, until)
        self.state.runs_found += runs
        for subject in left:
            self._look(subject, until)
            if time.monotonic() >= until:
                break
        if subjects:
            self._step()
        return bool(subjects)

    def _look(self, subject: Subject, until: float) -> None:
        try:
            found = outside.look(subject, until)
        except Unauthorized:
            raise
        except LettaError as error:
            # One subject must not hold up the others; but when none can be looked at, Letta is down.
            logger.warning("sync of subject %s: %s", subject.pk, error)
            pause = REFUSED_PAUSE if error.permanent else SILENT_PAUSE
            Subject.objects.filter(pk=subject.pk).update(look_at=timezone.now() + pause)
            if error.permanent:
                self._leave_out(subject.agent_id or "", str(error))
                return
            self.trouble = error
            self.failures += 1
            if self.failures == ENOUGH_FAILURES:
                raise
        else:
            self.failures = 0
            self.state.runs_found += found.runs
            self.state.changes_found += found.changes
            self.state.subjects_gone += found.gone

    def _note(self, taken: Taken) -> None:
        self.state.subjects_found += taken.subjects
        self.state.changes_found += taken.changes
        for agent_id, problem in taken.left_out:
            self._leave_out(agent_id, problem)

    def _leave_out(self, agent_id: str, problem: str) -> None:
        others = [entry for entry in self.state.left_out if entry[0] != agent_id]
        self.state.left_out = [*others, (agent_id, problem, timezone.now().isoformat())][-MOST_LEFT_OUT:]


def _pages(listed: Iterator[Agent]) -> Iterator[tuple[datetime, list[Agent]]]:
    """Pages, each with a time before it was read."""
    read_at = timezone.now()
    while page := list(islice(listed, PAGE)):
        yield read_at, page
        read_at = timezone.now()
