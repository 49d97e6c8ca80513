"""Taking a subject's work forward: its agent created, its batches delivered one at a time and watched to their end.

`advance` is the whole state machine. It may be called at any time, by any number of workers, and after any crash:
rows are claimed by conditional updates, a lock per subject keeps workers apart, and what a lost answer left uncertain
is looked up in Letta before anything is sent again.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from memory_sdk import LettaError, NotFound, Unauthorized, Unavailable
from memory_sdk.connection import WRITE_TIMEOUT
from memory_sdk.formats import Turn
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after
from subjects.endings import FORGOTTEN, LONGEST_RUN, UNTOLD, ended
from subjects.flags import told_to_the_agent
from subjects.letta import agents
from subjects.models import Revision, Run, Subject
from subjects.setup import set_up
from subjects.snapshots import mirror, source_of

logger = logging.getLogger(__name__)

# How long a worker may be silent before the sweep looks again. A worker that lives keeps its lock, so an early look
# costs one query.
SILENCE = timedelta(seconds=5)
LONGEST_PAUSE = 60.0  # seconds between tries while Letta does not answer
FIRST_LOOK = 0.1  # seconds after sending
# How long a request that was cut off may still reach Letta. In process it ends with us.
IN_FLIGHT = timedelta(seconds=0 if settings.LETTA_TRANSPORT else WRITE_TIMEOUT)


def advance(subject_pk: str) -> float | None:
    """Do what can be done for the subject now; returns the seconds until there is more to do, None for nothing.

    Never raises for what Letta does: that is recorded on the subject or the run, in words.
    """
    pause: float | None = 0.0
    while pause == 0.0:
        with exclusively(f"subject:{subject_pk}") as mine:
            if not mine:
                # Who holds it may be a person's edit, which will not go on with our work but look whether there is any.
                Subject.objects.filter(pk=subject_pk, wake_at__isnull=False).update(wake_at=timezone.now())
                return None
            pause = _advance_until_waiting(subject_pk)
        # Somebody may have given us work between our last look and the unlocking, and found the lock taken.
        if pause is None and Subject.objects.filter(pk=subject_pk, wake_at__lte=timezone.now()).exists():
            pause = 0.0
    return pause


def due(limit: int = 500) -> list[str]:
    """Claim the subjects whose work stands still, for the sweep: their ids, and none of them twice within `SILENCE`."""
    now = timezone.now()
    with transaction.atomic():
        rows = Subject.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [subject.pk for subject in rows.only("pk")]
        Subject.objects.filter(pk__in=ids).update(wake_at=now + SILENCE)
    return [str(pk) for pk in ids]


def _advance_until_waiting(subject_pk: str) -> float | None:
    while True:
        subject = Subject.objects.filter(pk=subject_pk).first()
        if subject is None:
            return None
        Subject.objects.filter(pk=subject_pk).update(wake_at=timezone.now() + SILENCE)
        run = subject.runs.filter(state__in=Run.OPEN).order_by("position").first()
        try:
            if subject.frozen_at is not None and run is None:
                return _rest(subject)
            if subject.agent_id is None:
                if subject.setup_refused:
                    return _rest(subject)
                set_up(subject)
            elif run is None:
                if (pause := _rest(subject)) is None:
                    return None
            elif (pause := _step(subject, run)) is not None:
                _forget_trouble(subject, run)
                return _sleep(subject, pause)
            if subject.tries:
                Subject.objects.filter(pk=subject_pk).update(tries=0)
        except LettaError as error:
            logger.warning("subject %s: %s", subject_pk, error)
            # A refused key is put right in the settings, not in each of a thousand runs: they wait for it.
            final = error.permanent and not isinstance(error, Unauthorized)
            if final and subject.agent_id is None:
                _refuse_setup(subject, error)
            elif final and run is not None:
                _end(run, Run.State.FAILED, _refusal(error))
                if isinstance(error, NotFound):  # sync makes sure, and notes it on the subject
                    Subject.objects.filter(pk=subject_pk).update(look_at=timezone.now())
            else:
                return _pause_after(subject, run, error)


def _step(subject: Subject, run: Run) -> float | None:
    """One step of the subject's first open run; returns how long to wait before the next, None to go on at once."""
    match run.state:
        case Run.State.QUEUED:
            _send(subject, run)
            return FIRST_LOOK
        case Run.State.SENDING:
            return _settle(subject, run)
        case _:
            return _watch(subject, run)


def _letta_key(run: Run) -> str:
    # A retry is a new batch to Letta; a repeated delivery of the same attempt is not.
    return f"{run.pk}-{run.attempt}"


def _send(subject: Subject, run: Run) -> None:
    assert subject.agent_id is not None
    # What others changed before this run must not be put down to it.
    mirror(subject, agents().list_blocks(subject.agent_id), Revision.Source.OUTSIDE)
    now = timezone.now()
    if not Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(state=Run.State.SENDING, sending_at=now):
        return  # cancelled a moment ago
    _deliver(subject, run)


def _deliver(subject: Subject, run: Run) -> None:
    assert subject.agent_id is not None
    turns = [Turn(role=role, content=content) for role, content in _turns_of(run)]
    if told := told_to_the_agent(subject):
        turns.append(Turn(role="system", content=told))
    letta_run_id = agents().send_messages(subject.agent_id, turns, _letta_key(run))
    _sent(run, letta_run_id)


def _turns_of(run: Run) -> list[tuple[str, str]]:
    return list(run.messages.order_by("position").values_list("role", "content"))


def _sent(run: Run, letta_run_id: str) -> None:
    Run.objects.filter(pk=run.pk, state=Run.State.SENDING).update(
        state=Run.State.LEARNING, letta_run_id=letta_run_id, sent_at=timezone.now(), failure=""
    )


def _settle(subject: Subject, run: Run) -> float:
    # A time-out or a crash cut the delivery: Letta may have the batch. Only if it has not is it sent again.
    assert subject.agent_id is not None
    assert run.sending_at is not None
    try:
        found = agents().find_run(subject.agent_id, _letta_key(run), since=run.sending_at - timedelta(minutes=2))
    except Unavailable:
        if timezone.now() - run.sending_at < LONGEST_RUN:
            raise
        agents().health()  # while Letta is down we wait; when it is up and still does not tell, it never will
        _end(run, Run.State.FAILED, UNTOLD)
        return FIRST_LOOK
    if found is not None:
        _sent(run, found)
    elif (early := run.sending_at + IN_FLIGHT - timezone.now()) > timedelta(0):
        return early.total_seconds()  # the request may still be on its way
    elif run.cancel_requested:
        _end(run, Run.State.CANCELLED, "Cancelled before it was sent.")
    else:
        Run.objects.filter(pk=run.pk, state=Run.State.SENDING).update(sending_at=timezone.now())
        _deliver(subject, run)
    return FIRST_LOOK


def _watch(subject: Subject, run: Run) -> float | None:
    assert run.letta_run_id is not None
    assert run.sent_at is not None
    try:
        state = agents().get_run(run.letta_run_id)
    except NotFound:
        _finish(subject, run, Run.State.FAILED, FORGOTTEN)
        return None
    age = timezone.now() - run.sent_at
    if (end := ended(state, age)) is not None:
        assert subject.agent_id is not None
        if not state.finished and not state.stop_reason:
            with suppress(LettaError):  # what has no end must not go on changing blocks
                agents().cancel_run(subject.agent_id, run.letta_run_id)
        _finish(subject, run, *end)
        return None
    if run.cancel_requested:
        assert subject.agent_id is not None
        agents().cancel_run(subject.agent_id, run.letta_run_id)
    seconds = age.total_seconds()
    return 0.15 if seconds < 2 else 0.5 if seconds < 10 else 1.5 if seconds < 60 else 5.0


def _finish(subject: Subject, run: Run, end: Run.State, failure: str) -> None:
    # Also a run that failed half-way may have changed blocks, and its changes are its own.
    assert subject.agent_id is not None
    seen = agents().list_blocks(subject.agent_id)
    with transaction.atomic():
        mirror(subject, seen, source_of(run), run)
        _end(run, end, failure)
        if end == Run.State.COMPLETED:
            Subject.objects.filter(pk=subject.pk).update(last_learned_at=timezone.now())


def _end(run: Run, state: Run.State, failure: str) -> None:
    Run.objects.filter(pk=run.pk, state__in=Run.OPEN).update(state=state, failure=failure, ended_at=timezone.now())


def _refusal(error: LettaError) -> str:
    if isinstance(error, NotFound):
        return "Letta no longer has this subject's agent. The messages are kept."
    return f"{error} The messages are kept."


def _refuse_setup(subject: Subject, error: LettaError) -> None:
    Subject.objects.filter(pk=subject.pk).update(setup_refused=True, setup_error=str(error))


def _pause_after(subject: Subject, run: Run | None, error: LettaError) -> float:
    pause = pause_after(subject.tries, LONGEST_PAUSE)
    if run is None or subject.agent_id is None:
        Subject.objects.filter(pk=subject.pk).update(setup_error=str(error))
    if run is not None:
        Run.objects.filter(pk=run.pk, state__in=Run.OPEN).update(failure=str(error))
    Subject.objects.filter(pk=subject.pk).update(tries=subject.tries + 1)
    return _sleep(subject, pause)


def _forget_trouble(subject: Subject, run: Run) -> None:
    """Letta answered: what it said before is no more what the run waits for."""
    if run.failure:
        Run.objects.filter(pk=run.pk, state__in=Run.OPEN).update(failure="")
    if subject.tries:
        Subject.objects.filter(pk=subject.pk).update(tries=0)


def _sleep(subject: Subject, pause: float) -> float:
    # The task is sent again after `pause`; should that wake-up get lost, the sweep is a little later.
    later = timezone.now() + timedelta(seconds=pause) + SILENCE
    Subject.objects.filter(pk=subject.pk).update(wake_at=later)
    return max(pause, 0.01)


def _rest(subject: Subject) -> float | None:
    """Nothing left to do: stop waking up for this subject, unless new work came in at this moment."""
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        if not subject.setup_refused and subject.runs.filter(state__in=Run.OPEN).exists():
            return 0.0
        Subject.objects.filter(pk=subject.pk).update(wake_at=None)
    return None
