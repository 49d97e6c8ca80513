"""Erasing a subject: a state machine whose every step is safe to repeat, ended by a signed receipt.

Freeze, stop what is being learned, take the inventory, enter the ledger, delete in Letta, delete here, vacuum, read
everything again, sign. The step that is next is kept in `Erasure`, so a killed worker costs one step at most. What is
found again at the end is deleted again; what cannot be deleted or asked ends in `partial` with the reason, never in done.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.actions import Action
from audit.recording import record
from memory_sdk import LettaError, Unauthorized
from memory_sdk.belongings import DELETED
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from privacy import inventory, ledger, letta_database, receipts, rows, vacuuming, verifying
from privacy.erasures import Erasure
from privacy.found import Found, union
from privacy.models import Receipt, Request
from privacy.naming import Named
from privacy.requesting import BEGIN, State, finish
from privacy.working import UNTIL_WOKEN
from subjects.freezing import freeze, is_still
from subjects.letta import agents
from subjects.models import Subject

logger = logging.getLogger(__name__)

Step = Erasure.Step

PAUSES = (1.0, 3.0, 10.0, 30.0)
"""seconds before a step that met trouble is tried again; after the last it is given up, and the request is `partial`"""
SETTLING = timedelta(minutes=3)
"""How long a run under way is waited for, before its agent is deleted under it."""
ROUNDS = 3
"""How often what was found again at the end is deleted again."""
TOLD_EVERY = 20
"""things between two updates of the progress"""


def work(request_pk: UUID) -> float | None:
    """Carry an erasure on; returns the seconds until there is more to do, or UNTIL_WOKEN; None when it ended.

    Safe to repeat. To be called by whoever holds the request's lock (`working.advance`).
    """
    request = Request.objects.get(pk=request_pk)
    erasure = _taken_up(request)
    while True:
        step = Step(erasure.step)
        try:
            pause = _DO[step](request, erasure)
        except (LettaError, letta_database.Trouble) as error:
            return _trouble(request, erasure, error)
        if step == Step.RECEIPT:
            return None
        if pause is not None:
            return pause
        if Step(erasure.step) == step:
            _go_to(erasure, _after(step))


@transaction.atomic
def _taken_up(request: Request) -> Erasure:
    """The erasure where it stands; from the beginning when it was ended and is to be tried again."""
    erasure, made = Erasure.objects.get_or_create(request=request)
    if made:
        record(Action.STARTED_ERASURE, by=None, subject=request.subject, privacy_request=request.pk)
    if Receipt.objects.filter(request=request, attempt=erasure.attempt).exists():
        now = timezone.now()
        Erasure.objects.filter(pk=erasure.pk).update(
            step=Step.FREEZE, attempt=F("attempt") + 1, again=0, failures=[], tries=0, times={}, vacuumed={}, verified={},
            step_at=now, deleted_at=None, progress=0, expected=0, started_at=now,
        )  # fmt: skip
        erasure.refresh_from_db()
        record(Action.RETRIED_ERASURE, by=None, subject=request.subject, privacy_request=request.pk)
    return erasure


def _after(step: Step) -> Step:
    order = list(Step)
    return order[order.index(step) + 1]


def _go_to(erasure: Erasure, step: Step) -> None:
    """Keep that a step is over, and what it found, in one UPDATE."""
    now = timezone.now()
    erasure.times[erasure.step] = now.isoformat()
    erasure.step, erasure.step_at, erasure.tries, erasure.progress, erasure.expected = step, now, 0, 0, 0
    erasure.save()


def _trouble(request: Request, erasure: Erasure, error: Exception) -> float | None:
    """Try again after a pause, or give this attempt up: with a receipt that says how far it came."""
    logger.warning("erasure of request %s, %s: %s", request.pk, erasure.step, error)
    if erasure.tries < len(PAUSES):
        pause = PAUSES[erasure.tries]
        erasure.tries += 1
        erasure.save()  # with what the step has kept so far
        Request.objects.filter(pk=request.pk).update(failure=f"{error} Trying again by itself.")
        return pause
    erasure.failures.append(f"{Step(erasure.step).label}: {error}")
    _end(request, erasure)
    return None


# the steps ------------------------------------------------------------------------------------------------------------


def _freeze(request: Request, erasure: Erasure) -> float | None:
    subject = _subject(request)
    if subject is not None:
        freeze(subject, Subject.FrozenFor.ERASURE, request.pk)
    return None


def _settle(request: Request, erasure: Erasure) -> float | None:
    """Wait until nothing is learned any more: what is written after the inventory would be missed."""
    subject = _subject(request)
    quiet = subject is None or is_still(subject)
    for agent_id in _agents_now(request, subject):
        quiet = _stop_runs(agent_id) and quiet
    late = timezone.now() - erasure.step_at > SETTLING
    return None if quiet or late else 0.5


def _agents_now(request: Request, subject: Subject | None) -> list[str]:
    known = [subject.agent_id, *subject.duplicate_agent_ids] if subject else []
    tagged = agents().removal.agents_of(request.subject_id)[0] if request.subject_id else []
    return union((one for one in known if one), tagged)


def _stop_runs(agent_id: str) -> bool:
    """Ask Letta to stop the newest runs of an agent that have not ended; True when there are none."""
    open_runs = [run for run, _ in zip(agents().iter_runs(agent_id), range(100), strict=False) if not run.finished]
    for run in open_runs:
        agents().cancel_run(agent_id, run.id)
    return not open_runs


def _collect(request: Request, erasure: Erasure) -> float | None:
    found = Found.from_json(erasure.inventory)
    found.add(inventory.take(request.subject_id, request.subject, found))
    erasure.inventory = found.as_json()
    return None


def _ledger(request: Request, erasure: Erasure) -> float | None:
    ledger.enter(request.subject_hash, request.pk)
    return None


def _letta(request: Request, erasure: Erasure) -> float | None:
    found = Found.from_json(erasure.inventory)
    todo = [(kind, one) for kind in DELETED for one in found.to_ask(kind)]
    tick = _progress(erasure, len(todo))
    for kind, one in todo:
        try:
            if agents().removal.delete(kind, one):
                _count(erasure, f"letta.{kind}", 1)
        except LettaError as error:
            if not error.permanent or isinstance(error, Unauthorized):
                raise
            erasure.failures.append(f"{inventory.NAMES[kind]}: {error}")  # whether it matters, reading again tells
        tick(1)
    if letta_database.is_set():
        for table, count in letta_database.purge(found).items():
            _count(erasure, f"letta-database.{table}", count)
    return None


def _ours(request: Request, erasure: Erasure) -> float | None:
    found = Found.from_json(erasure.inventory)
    tick = _progress(erasure, sum(len(ids) for ids in found.ours.values()))
    with exclusively(f"subject:{request.subject}") as mine:
        if not mine:
            return 0.2  # a worker that has yet to notice that the subject is frozen
        _count(erasure, "subjects.RunHour", rows.forget_reasons(request.subject))
        for label, count in rows.delete(request.subject):
            _count(erasure, label, count)
            tick(count)
    for label, count in rows.clean(Named(request.subject_id), found.to_ask("agent")).items():
        _count(erasure, label, count)
    erasure.deleted_at = timezone.now()
    return None


def _vacuum(request: Request, erasure: Erasure) -> float | None:
    """Take a vacuuming that began after our last deletion; the last of those that wait for one does it for all."""
    assert erasure.deleted_at is not None
    done = vacuuming.since(erasure.deleted_at)
    if done is None:
        done = None if vacuuming.others_will_join() else vacuuming.vacuum()
        if done is None:
            return UNTIL_WOKEN
        wake(BEGIN)  # which wakes the others
    erasure.vacuumed = done
    return None


def _verify(request: Request, erasure: Erasure) -> float | None:
    found = Found.from_json(erasure.inventory)
    tick = _progress(erasure, verifying.to_be_asked(found))
    verified = verifying.verify(request.subject_id, request.subject, request.subject_hash, found, tick)
    erasure.verified = verified.as_json()
    if verified.again and erasure.again < ROUNDS:
        # Somebody wrote to it meanwhile, or Letta did not do as it said: once more, with what was found now.
        erasure.again += 1
        _go_to(erasure, Step.FREEZE)
        return 0.2 * erasure.again
    return None


def _receipt(request: Request, erasure: Erasure) -> float | None:
    _end(request, erasure)
    return None


_DO: dict[Step, Callable[[Request, Erasure], float | None]] = {
    Step.FREEZE: _freeze,
    Step.SETTLE: _settle,
    Step.COLLECT: _collect,
    Step.LEDGER: _ledger,
    Step.LETTA: _letta,
    Step.OURS: _ours,
    Step.VACUUM: _vacuum,
    Step.VERIFY: _verify,
    Step.RECEIPT: _receipt,
}


def _end(request: Request, erasure: Erasure) -> None:
    """The receipt, the request's end and the forgetting of the name: all or nothing."""
    found = Found.from_json(erasure.inventory)
    reasons = receipts.reasons(erasure)
    now = timezone.now()
    erasure.times[erasure.step] = now.isoformat()
    with transaction.atomic():
        request.refresh_from_db()
        if not reasons:
            for label, count in rows.forget_the_name(request.subject_id, request.subject_hash).items():
                _count(erasure, label, count)
        receipt = receipts.issue(request, erasure, found, reasons)
        note: Callable[..., None] = partial(record, by=None, subject=request.subject, privacy_request=request.pk)
        note(Action.ERASED_PARTLY if reasons else Action.ERASED, detail={"attempt": erasure.attempt})
        note(Action.SIGNED_RECEIPT, detail={"receipt": receipt.pk})
        erasure.step, erasure.step_at = Step.ENDED, now
        if not reasons:
            erasure.inventory = {}
        erasure.save()
        finish(request.pk, State.PARTIAL if reasons else State.DONE, " ".join(reasons))


# what the steps share -------------------------------------------------------------------------------------------------


def _subject(request: Request) -> Subject | None:
    """The subject as it is here now, also when it came, or came back, after the request was filed."""
    rows = Subject.objects.filter(pk=request.subject) if request.subject else Subject.objects.none()
    subject = rows.first()
    if subject is None and request.subject_id:
        subject = Subject.objects.filter(subject_id=request.subject_id).first()
        if subject is not None:
            Request.objects.filter(pk=request.pk).update(subject=subject.pk)
            request.subject = subject.pk
    return subject


def _count(erasure: Erasure, store: str, number: int) -> None:
    erasure.deleted[store] = erasure.deleted.get(store, 0) + number


def _progress(erasure: Erasure, expected: int) -> Callable[[int], None]:
    """Tells the page now and then how far this step has come."""
    erasure.progress, erasure.expected = 0, expected
    Erasure.objects.filter(pk=erasure.pk).update(progress=0, expected=expected)
    told = 0

    def tick(number: int) -> None:
        nonlocal told
        erasure.progress += number
        if erasure.progress - told >= TOLD_EVERY:
            told = erasure.progress
            Erasure.objects.filter(pk=erasure.pk).update(progress=told)

    return tick
