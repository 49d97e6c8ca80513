"""Reading on in an agent's log: what other programs gave it to learn from becomes runs and messages of ours.

Each batch is known by its Letta message id and kept once. Batches of our own, which travel under a key that names our
run, are left out.
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from memory_sdk import Batch, LettaError, NotFound, RunState, Turn
from memory_sdk.models import LogPage
from memory_ui.waking import wake
from subjects.endings import ended
from subjects.letta import agents
from subjects.models import Message, Run, Subject

TOGETHER = 25
"""subjects whose first logs are kept in one transaction; no more of them is in memory"""
FORGOTTEN = "Letta no longer knows how this run ended."

Touched = Mapping[str, set[str]]
"""Label → the Letta runs that called a memory tool on that block."""

_OURS = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+")
"""The key under which our own batches travel: the run and its attempt."""

_LETTAS_OWN = {"heartbeat", "login", "system_alert"}
"""Notes that Letta packs as JSON and files as user messages; nobody said them."""

_ROLES = {"developer": Message.Role.SYSTEM, "function": Message.Role.TOOL}


def read_on(subject: Subject, until: float) -> tuple[int, bool, Touched]:
    """Read on in the log of the subject's agent, to its end or until the `time.monotonic()` of `until`.

    Returns how many batches of others were new, whether the end was reached, and which blocks the runs touched. The
    place in the log is kept with every page, so that the next call goes on from there.

    Raises:
        NotFound: the agent is gone.
        LettaError: Letta did not answer.
    """
    assert subject.agent_id is not None
    new = 0
    touched: dict[str, set[str]] = defaultdict(set)
    states = _RunStates(subject.agent_id)
    while True:
        page = _log_page(subject)
        batches = [(batch, turns) for batch in _sent_by_others(subject, page.batches) if (turns := _turns(batch))]
        runs = [_outside_run(subject, batch, turns, states.of(batch.run_id)) for batch, turns in batches]
        new += _store(subject, runs, [turns for _, turns in batches], page.last_id or "")
        for touch in page.touches:
            touched[touch.label].add(touch.run_id)
        if not page.more or time.monotonic() >= until:
            return new, not page.more, touched


def read_new(subjects: Sequence[Subject], until: float) -> tuple[int, list[Subject]]:
    """Read the whole logs of subjects that have just come in, and keep them together: what a first import is made of.

    Nothing of theirs was read before and they have no runs, so nothing of ours can be in their logs. Returns how many
    batches were new, and the subjects that need `read_on`: with long logs, runs under way, or trouble. Those that were
    not reached until the `time.monotonic()` of `until` are in neither.
    """
    known = set(Run.objects.filter(subject__in=subjects).values_list("subject", flat=True).distinct())
    left = [subject for subject in subjects if subject.pk in known or subject.log_cursor]
    new = 0
    for place in range(0, len(subjects), TOGETHER):
        read: list[_Log] = []
        for subject in subjects[place : place + TOGETHER]:
            if time.monotonic() >= until:
                break
            if subject in left:
                continue
            try:
                log = _short_log(subject)
            except LettaError as error:  # whoever looks at this subject alone meets it again, and knows what to do
                log = None
                if not error.permanent:
                    until = 0.0
            if log is None:
                left.append(subject)
            else:
                read.append(log)
        new += _store_new(read)
    return new, left


@dataclass(frozen=True, slots=True)
class _Log:
    """The whole log of a subject's agent: its batches as runs, and what was said in each."""

    subject: Subject
    runs: list[Run]
    turns: list[list[Turn]]
    last_id: str


def _short_log(subject: Subject) -> _Log | None:
    """The log, when one request shows all of it and every batch has come to its end."""
    assert subject.agent_id is not None
    page = agents().read_log(subject.agent_id)
    if page.more:
        return None
    states = _RunStates(subject.agent_id)
    said = [(batch, turns) for batch in page.batches if (turns := _turns(batch))]
    runs = [_outside_run(subject, batch, turns, states.of(batch.run_id)) for batch, turns in said]
    if any(run.state == Run.State.LEARNING for run in runs):
        return None
    return _Log(subject, runs, [turns for _, turns in said], page.last_id or "")


@transaction.atomic
def _store_new(logs: Sequence[_Log]) -> int:
    pks = [log.subject.pk for log in logs]
    # In one order, so that two that lock several never wait for each other.
    untouched = set(
        Subject.objects.select_for_update()
        .filter(pk__in=pks, log_cursor="", frozen_at=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    ) - set(Run.objects.filter(subject__in=pks).values_list("subject", flat=True))
    kept = [log for log in logs if log.subject.pk in untouched]
    for log in kept:
        for position, run in enumerate(log.runs):
            run.position = position
        learned = [run.ended_at for run in log.runs if run.state == Run.State.COMPLETED and run.ended_at]
        log.subject.last_learned_at = max([*learned, *filter(None, [log.subject.last_learned_at])], default=None)
        log.subject.log_cursor, log.subject.look_at = log.last_id, None
    Run.objects.bulk_create(run for log in kept for run in log.runs)
    _store_messages((run, said) for log in kept for run, said in zip(log.runs, log.turns, strict=True))
    Subject.objects.bulk_update([log.subject for log in kept], ["log_cursor", "look_at", "last_learned_at"])
    return sum(len(log.runs) for log in kept)


class _RunStates:
    """The runs of an agent, listed as far as they are asked for, newest first."""

    def __init__(self, agent_id: str) -> None:
        self._listed = agents().iter_runs(agent_id)
        self._known: dict[str, RunState] = {}

    def of(self, run_id: str | None) -> RunState | None:
        """The state of a run; None when Letta has forgotten it."""
        if run_id is None:
            return None
        while run_id not in self._known:
            state = next(self._listed, None)
            if state is None:
                return self._asked_for(run_id)
            self._known[state.id] = state
        return self._known[run_id]

    def _asked_for(self, run_id: str) -> RunState | None:
        try:
            self._known[run_id] = agents().get_run(run_id)
        except NotFound:
            return None
        return self._known[run_id]


def _log_page(subject: Subject) -> LogPage:
    assert subject.agent_id is not None
    try:
        return agents().read_log(subject.agent_id, after=subject.log_cursor or None)
    except NotFound:
        if not subject.log_cursor:
            raise
        subject.log_cursor = ""  # the log was emptied, or the agent is gone, which the next call tells
        return agents().read_log(subject.agent_id)


def _sent_by_others(subject: Subject, batches: Sequence[Batch]) -> list[Batch]:
    keys = {batch.message_id: _OURS.fullmatch(batch.idempotency_key or "") for batch in batches}
    mine = subject.runs.exclude(source=Run.Source.OUTSIDE).filter(
        Q(pk__in=[key[1] for key in keys.values() if key])
        | Q(letta_run_id__in=[batch.run_id for batch in batches if batch.run_id])
    )
    ids, letta_ids = set(), set()
    for pk, letta_run_id in mine.values_list("pk", "letta_run_id"):
        ids.add(str(pk))
        letta_ids.add(letta_run_id)
    return [
        batch
        for batch in batches
        if not ((key := keys[batch.message_id]) and key[1] in ids) and not (batch.run_id and batch.run_id in letta_ids)
    ]


def _key(batch: Batch) -> str:
    return f"letta:{batch.message_id}"


def _turns(batch: Batch) -> list[Turn]:
    """What was said in a batch; one turn when it is not in the SDK's format, none when there is nothing to read."""
    if batch.turns is not None:
        return list(batch.turns)
    text = batch.text.replace("\x00", "")
    if not text.strip() or _is_lettas_own(text):
        return []
    return [Turn("user", text)]


def _is_lettas_own(text: str) -> bool:
    if not text.startswith("{"):
        return False
    try:
        note = json.loads(text)
    except ValueError:
        return False
    return isinstance(note, dict) and note.get("type") in _LETTAS_OWN


def _outside_run(subject: Subject, batch: Batch, turns: Sequence[Turn], state: RunState | None) -> Run:
    now = timezone.now()
    sent_at = batch.sent_at or (state.created_at if state else None) or now
    run = Run(
        subject=subject,
        idempotency_key=_key(batch),
        source=Run.Source.OUTSIDE,
        letta_run_id=batch.run_id,
        message_count=len(turns),
        created_at=sent_at,
        sent_at=sent_at,
    )
    if state is None:
        # It stands in the agent's log, so the agent had it; more is not known.
        run.state, run.failure, run.ended_at = Run.State.COMPLETED, FORGOTTEN, sent_at
        return run
    end = ended(state, now - sent_at)
    if end is None:
        run.state = Run.State.LEARNING
    else:
        run.state, run.failure = end
        run.ended_at = state.completed_at or now
    return run


@transaction.atomic
def _store(subject: Subject, runs: Sequence[Run], turns: Sequence[Sequence[Turn]], cursor: str) -> int:
    """Keep a page's batches and the place in the log, together or not at all."""
    Subject.objects.select_for_update().get(pk=subject.pk)
    known = set(
        subject.runs.filter(idempotency_key__in=[run.idempotency_key for run in runs]).values_list("idempotency_key")
    )
    new = [(run, said) for run, said in zip(runs, turns, strict=True) if (run.idempotency_key,) not in known]
    last = subject.runs.aggregate(last=Max("position"))["last"] if new else None
    for position, (run, _) in enumerate(new, start=0 if last is None else last + 1):
        run.position = position
    Run.objects.bulk_create(run for run, _ in new)
    _store_messages(new)
    learned = max((run.ended_at for run, _ in new if run.state == Run.State.COMPLETED and run.ended_at), default=None)
    changes: dict[str, object] = {"log_cursor": cursor}
    if learned is not None:
        changes["last_learned_at"] = Greatest("last_learned_at", Value(learned))  # of nothing and a time, the time
    if any(run.state == Run.State.LEARNING for run, _ in new):
        changes["wake_at"] = timezone.now()
        wake("subjects.tasks.advance", str(subject.pk))
    Subject.objects.filter(pk=subject.pk).update(**changes)
    subject.log_cursor = cursor
    return len(new)


def _store_messages(said: Iterable[tuple[Run, Sequence[Turn]]]) -> None:
    Message.objects.bulk_create(
        (
            Message(
                subject_id=run.subject_id,
                run=run,
                position=position,
                role=_ROLES.get(turn.role, turn.role),
                content=turn.content.replace("\x00", ""),
                created_at=run.created_at,
            )
            for run, turns in said
            for position, turn in enumerate(turns)
        ),
        batch_size=1000,
    )
