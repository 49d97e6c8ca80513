"""Who was erased does not come back unseen: not by sync, not by hand, not with a backup."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from memory_sdk import NewBlock
from privacy import ledger
from privacy.hashing import keyed_hash
from privacy.models import LedgerEntry, Reappearance, Request
from privacy.requesting import NotPossible
from schemas.management.commands.load_demo import load_templates
from schemas.starting import start_default
from subjects import arriving, sync
from subjects.creation import BadSubject, create_subject
from subjects.letta import agents
from subjects.models import Subject, SyncState

pytestmark = pytest.mark.django_db(transaction=True)

ID = "user_ida"
REQUEST = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def copy(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.LEDGER_FILE = tmp_path / "ledger.jsonl"
    yield settings.LEDGER_FILE
    assert ledger.guard in arriving.guards


@pytest.fixture
def erased(db: None) -> LedgerEntry:
    """Ida was erased a while ago."""
    ledger.enter(keyed_hash(ID), Request(pk=REQUEST).pk)
    return LedgerEntry.objects.get()


def from_another_program() -> str:
    """Another program gives Ida an agent again; returns its id."""
    return agents().create_agent(ID, [NewBlock("human", "Who it is.", "Name: Ida")]).id


def test_sync_refuses_an_erased_subject_and_says_so_once(erased: LedgerEntry) -> None:
    agent_id = from_another_program()
    agents().create_agent("user_bo", [])
    sync.sync(None, whole=True)
    sync.sync(None, whole=True)
    assert [subject.subject_id for subject in Subject.objects.all()] == ["user_bo"], "the others come in as ever"
    met = Reappearance.objects.get()
    assert (met.entry, met.how, met.agent_id, met.settled_at) == (erased, "sync", agent_id, None)
    assert met.last_seen_at > met.first_seen_at
    left_out = {entry[0]: entry[1] for entry in SyncState.load().left_out}
    assert left_out == {agent_id: ledger.REFUSED}
    assert not Request.objects.exists()


def test_nobody_creates_an_erased_subject_by_hand(erased: LedgerEntry, sue: User) -> None:
    with pytest.raises(BadSubject, match="was erased after a privacy request"):
        create_subject(ID, Subject.Kind.USER, [], sue)
    assert Reappearance.objects.get().how == "console"
    assert not Subject.objects.exists()


def test_nor_from_a_template(erased: LedgerEntry) -> None:
    """Which is made in one transaction with its standing: what is noted at the door has to outlive that."""
    load_templates()
    with pytest.raises(BadSubject, match="was erased after a privacy request"):
        start_default(ID)
    assert Reappearance.objects.get().how == "console"
    assert not Subject.objects.exists()


def test_what_comes_back_is_erased_again_on_a_click(erased: LedgerEntry, petra: User) -> None:
    agent_id = from_another_program()
    sync.sync(None, whole=True)
    met = Reappearance.objects.get()
    request = ledger.erase_again(met, petra)
    assert (request.kind, request.subject_id, request.filed_by) == ("erasure", ID, petra)
    request.refresh_from_db()
    assert request.state == "approved", "the approval of the first erasure stands"
    assert [event.detail for event in request.events.filter(action="approved")] == [ledger.STANDING]
    assert (met.outcome, met.settled_by, met.request) == ("erased", petra, request.pk)
    with pytest.raises(NotPossible, match="settled already"):
        ledger.erase_again(met, petra)
    assert agents().get_agent(agent_id).subject_id == ID, "a worker does it, not the click"


def test_or_by_itself_when_the_settings_say_so(erased: LedgerEntry, settings: Settings) -> None:
    settings.ERASED_AGAIN = True
    from_another_program()
    sync.sync(None, whole=True)
    request = Request.objects.get()
    assert (request.state, request.filed_by) == ("approved", None)
    assert Reappearance.objects.get().request == request.pk
    sync.sync(None, whole=True)
    assert Request.objects.count() == 1


def test_an_agent_that_is_gone_again_needs_no_erasure(erased: LedgerEntry, petra: User) -> None:
    agent_id = from_another_program()
    sync.sync(None, whole=True)
    agents().delete_agent(agent_id)
    met = Reappearance.objects.get()
    with pytest.raises(NotPossible, match="nothing left to erase"):
        ledger.erase_again(met, petra)
    met.refresh_from_db()
    assert met.settled_at is not None
    assert not Request.objects.exists()


def test_let_back_in_a_person_is_known_again(erased: LedgerEntry, petra: User, copy: Path) -> None:
    from_another_program()
    sync.sync(None, whole=True)
    ledger.let_in(Reappearance.objects.get(), petra)
    sync.sync(None, whole=True)
    assert Subject.objects.get().subject_id == ID
    lines = [json.loads(line) for line in copy.read_text().splitlines()]
    assert [sorted(line) for line in lines] == [["entered_at", "request", "subject_hash"], ["lifted_at", "subject_hash"]]


def test_erased_once_more_the_door_is_shut_again(erased: LedgerEntry, petra: User, sue: User) -> None:
    with pytest.raises(BadSubject):
        create_subject(ID, Subject.Kind.USER, [], sue)
    ledger.let_in(Reappearance.objects.get(), petra)
    ledger.enter(keyed_hash(ID), Request(pk=REQUEST).pk)
    with pytest.raises(BadSubject):
        create_subject(ID, Subject.Kind.USER, [], sue)


def test_the_copy_names_nobody(erased: LedgerEntry, copy: Path) -> None:
    assert "ida" not in copy.read_text().lower()


def reapply(*arguments: str) -> str:
    out = StringIO()
    call_command("reapply_erasures", "--by", "petra@example.com", *arguments, stdout=out)
    return out.getvalue()


def test_a_restored_backup_is_gone_over_with_the_copy(petra: User, copy: Path) -> None:
    """The backup is older than the erasure: the subject is back, and the ledger knows nothing."""
    ledger.enter(keyed_hash(ID), Request(pk=REQUEST).pk)
    LedgerEntry.objects.all().delete()
    create_subject(ID, Subject.Kind.USER, [])
    create_subject("user_bo", Subject.Kind.USER, [])
    assert "Erased subjects that came back: 1. Nothing was changed." in reapply("--dry-run")
    assert not Request.objects.exists()
    assert "Erased subjects that came back: 1. Workers erase them now." in reapply()
    request = Request.objects.get()
    assert (request.subject_id, request.state, request.filed_by) == (ID, "approved", petra)
    reapply()
    assert Request.objects.count() == 1, "run twice, filed once"


def test_the_newer_word_wins_of_copy_and_database(petra: User, sue: User, copy: Path) -> None:
    ledger.enter(keyed_hash(ID), Request(pk=REQUEST).pk)
    with pytest.raises(BadSubject):
        create_subject(ID, Subject.Kind.USER, [], sue)
    ledger.let_in(Reappearance.objects.get(), petra)
    LedgerEntry.objects.update(lifted_at=None)  # the backup is from between the two
    create_subject_row = Subject.objects.create(subject_id=ID)
    assert "Erased subjects that came back: 0." in reapply()
    assert Subject.objects.filter(pk=create_subject_row.pk).exists()


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("no json", 1),
        ('{"subject_hash": 5}', 1),
        ('{"subject_hash": "00"}', 1),
        ('{"subject_hash": "00", "entered_at": "x"}', 1),
    ],
)
def test_a_damaged_copy_is_refused_with_the_line(petra: User, copy: Path, line: str, number: int) -> None:
    copy.write_text(line + "\n")
    with pytest.raises(CommandError, match=f"Line {number} is none of a ledger"):
        reapply()
    assert not LedgerEntry.objects.exists()


def test_reapplying_asks_who_answers_for_it(sue: User) -> None:
    with pytest.raises(CommandError, match="one has to be Privacy officer"):
        call_command("reapply_erasures", "--by", "sue@example.com")
    with pytest.raises(CommandError, match="nobody signs in"):
        call_command("reapply_erasures", "--by", "nobody@example.com")


def test_a_copy_that_cannot_be_written_does_not_stop_an_erasure(settings: Settings, tmp_path: Path) -> None:
    settings.LEDGER_FILE = tmp_path  # a folder
    ledger.enter(keyed_hash(ID), Request(pk=REQUEST).pk)
    assert LedgerEntry.objects.exists()
