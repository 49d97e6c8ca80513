"""The ledger of who was erased: keyed hashes at the door, so that nobody comes back unseen.

A copy goes line by line into LEDGER_FILE. A backup that is restored brings back the ledger of its own day; the file,
kept elsewhere, is what `reapply_erasures` then goes by.
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import NotFound
from memory_ui.waking import wake
from privacy.hashing import keyed_hash
from privacy.history import note_event
from privacy.models import Event, LedgerEntry, Reappearance, Request
from privacy.requesting import BEGIN, AlreadyOpen, Filer, Kind, NotPossible, State, file
from subjects.letta import agents
from subjects.models import Subject

logger = logging.getLogger(__name__)

REFUSED = (
    "The person with this id was erased after a privacy request, so nothing is kept. "
    "A privacy officer sees that it came back, and can let the person back in."
)
STANDING = "the erasure that was approved before still stands"
BATCH = 1000  # subjects whose hashes are looked up at once

How, Outcome = Reappearance.How, Reappearance.Outcome


def enter(subject_hash: str, request: UUID) -> None:
    """Put the subject of an erasure into the ledger, before anything is deleted. Safe to repeat."""
    now = timezone.now()
    LedgerEntry.objects.update_or_create(
        subject_hash=subject_hash, defaults={"request": request, "entered_at": now, "lifted_at": None, "lifted_by": None}
    )
    _write({"subject_hash": subject_hash, "request": str(request), "entered_at": now.isoformat()})


def guard(arriving: Mapping[str, str]) -> dict[str, str]:
    """`subjects.arriving.Guard`: refuses whoever was erased, and says so on the privacy desk at once."""
    by_hash = {keyed_hash(subject_id): subject_id for subject_id in arriving}
    entries = LedgerEntry.objects.filter(pk__in=by_hash, lifted_at=None)
    refusals = {}
    for entry in entries:
        subject_id = by_hash[entry.pk]
        agent_id = arriving[subject_id]
        met = _meet(entry, How.SYNC if agent_id else How.CONSOLE, agent_id)
        if settings.ERASED_AGAIN and agent_id:
            _erase(met, subject_id, None)
        refusals[subject_id] = REFUSED
    return refusals


def erase_again(met: Reappearance, by: User) -> Request:
    """Erase what came back: a new request, for which the approval of the first erasure stands.

    Raises:
        NotPossible: it was settled already, or Letta no longer has the agent, so that there is nothing to erase.
        LettaError: Letta does not say whose agent it is.
    """
    if met.settled_at is not None:
        raise NotPossible("This was settled already. Nothing was changed.")
    if not met.agent_id:
        raise NotPossible("Nothing came back that could be erased: it was refused before anything was kept.")
    try:
        subject_id = agents().get_agent(met.agent_id).subject_id
    except NotFound:
        subject_id = None
    if subject_id is None or keyed_hash(subject_id) != met.entry_id:
        _settle(met, Outcome.ERASED, by, None)
        raise NotPossible("Letta no longer has this agent under that id: there is nothing left to erase.")
    return _erase(met, subject_id, by)


def let_in(met: Reappearance, by: User) -> None:
    """The person is a customer again: from now on the id is let in. The erasure and its receipt stay as they are.

    Raises:
        NotPossible: it was settled already.
    """
    now = timezone.now()
    with transaction.atomic():
        _settle(met, Outcome.LET_IN, by, None)
        LedgerEntry.objects.filter(pk=met.entry_id).update(lifted_at=now, lifted_by=by)
        Reappearance.objects.filter(entry=met.entry_id, settled_at=None).update(
            settled_at=now, settled_by=by, outcome=Outcome.LET_IN
        )
    _write({"subject_hash": met.entry_id, "lifted_at": now.isoformat()})


def read_back(path: Path) -> int:
    """Take over the entries of a ledger file that the database does not know; returns how many were new or newer.

    Raises:
        ValueError: a line is none of a ledger; the message gives its number. Nothing was taken over.
        OSError: the file cannot be read.
    """
    latest = _latest(path)
    new = 0
    with transaction.atomic():
        for subject_hash, (entered_at, lifted_at, request) in latest.items():
            known = LedgerEntry.objects.filter(pk=subject_hash).first()
            if known is not None and max(known.entered_at, known.lifted_at or known.entered_at) >= max(
                entered_at, lifted_at or entered_at
            ):
                continue
            LedgerEntry.objects.update_or_create(
                subject_hash=subject_hash, defaults={"entered_at": entered_at, "lifted_at": lifted_at, "request": request}
            )
            new += 1
    return new


def came_back() -> Iterator[Subject]:
    """The subjects here that the ledger says were erased: a restored backup brought them back."""
    last: UUID | None = None
    while True:
        rows = Subject.objects.order_by("pk") if last is None else Subject.objects.order_by("pk").filter(pk__gt=last)
        page = list(rows[:BATCH])
        if not page:
            return
        last = page[-1].pk
        hashes = {keyed_hash(subject.subject_id): subject for subject in page}
        for entry in LedgerEntry.objects.filter(pk__in=hashes, lifted_at=None):
            yield hashes[entry.pk]


def reapply(subject: Subject, by: User | None = None) -> Request:
    """Erase a subject again that a restored backup brought back."""
    entry = LedgerEntry.objects.get(pk=keyed_hash(subject.subject_id))
    return _erase(_meet(entry, How.RESTORE, ""), subject.subject_id, by)


def _meet(entry: LedgerEntry, how: Reappearance.How, agent_id: str) -> Reappearance:
    now = timezone.now()
    with transaction.atomic():
        try:
            with transaction.atomic():
                met = Reappearance.objects.create(entry=entry, how=how, agent_id=agent_id)
        except IntegrityError:
            met = Reappearance.objects.get(entry=entry, how=how, agent_id=agent_id, settled_at=None)
            Reappearance.objects.filter(pk=met.pk).update(last_seen_at=now)
            return met
        logger.warning("an erased subject came back (%s), reappearance %s", how, met.pk)
        record(Action.REAPPEARED, by=None, privacy_request=entry.request, detail={"how": How(how)})
    return met


def _erase(met: Reappearance, subject_id: str, by: User | None) -> Request:
    with transaction.atomic():
        try:
            with transaction.atomic():
                request = file(Kind.ERASURE, subject_id, Filer(by), confirmed=True)
        except AlreadyOpen as already:
            request = already.request
        approved = Request.objects.filter(pk=request.pk, state__in=(State.RECEIVED, State.WAITING)).update(
            state=State.APPROVED, approved_at=timezone.now()
        )
        if approved:
            note_event(request, Event.Action.APPROVED, None, STANDING)
            wake(BEGIN)
        _settle(met, Outcome.ERASED, by, request.pk)
    return request


def _settle(met: Reappearance, outcome: Reappearance.Outcome, by: User | None, request: UUID | None) -> None:
    settled = Reappearance.objects.filter(pk=met.pk, settled_at=None).update(
        settled_at=timezone.now(), settled_by=by, outcome=outcome, request=request
    )
    if not settled:
        raise NotPossible("This was settled already. Nothing was changed.")
    met.refresh_from_db()


def _write(line: Mapping[str, str]) -> None:
    # The database has it; the copy is for the day on which the database is an old one.
    try:
        with settings.LEDGER_FILE.open("a", encoding="ascii") as ledger:
            ledger.write(json.dumps(line) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
    except OSError as error:
        logger.error("the ledger's copy %s cannot be written: %s", settings.LEDGER_FILE, error.strerror)


def _latest(path: Path) -> dict[str, tuple[datetime, datetime | None, UUID | None]]:
    latest: dict[str, tuple[datetime, datetime | None, UUID | None]] = {}
    with path.open(encoding="ascii") as ledger:
        for number, (subject_hash, line) in enumerate(_lines(ledger), start=1):
            try:
                if "lifted_at" in line:
                    entered_at, _, request = latest.get(
                        subject_hash, (datetime.fromisoformat(line["lifted_at"]), None, None)
                    )
                    latest[subject_hash] = (entered_at, datetime.fromisoformat(line["lifted_at"]), request)
                else:
                    latest[subject_hash] = (datetime.fromisoformat(line["entered_at"]), None, UUID(line["request"]))
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"Line {number} is none of a ledger: {type(error).__name__}.") from error
    return latest


def _lines(ledger: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for number, text in enumerate(ledger, start=1):
        try:
            line = json.loads(text)
            subject_hash = line["subject_hash"]
            bytes.fromhex(subject_hash)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"Line {number} is none of a ledger: {type(error).__name__}.") from error
        yield subject_hash, line
