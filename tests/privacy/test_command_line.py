"""`manage.py privacy`: filed, approved by somebody else, waited for; and what is said when it cannot be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from memory_sdk import NewBlock
from privacy.models import Request
from privacy.requesting import Filer, file, refuse, withdraw
from subjects import delivery
from subjects.creation import create_subject
from subjects.models import Subject
from tests.conftest import ROOT, Worker, environment


def manage(*words: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py` in a process of its own, on the test database."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90, check=False)


def said(*words: str) -> str:
    """The sentence with which `manage.py privacy` refuses."""
    with pytest.raises(CommandError) as caught:
        call_command("privacy", *words)
    return str(caught.value)


def code_of(*words: str) -> int:
    with pytest.raises(CommandError) as caught:
        call_command("privacy", *words)
    return caught.value.returncode


@pytest.mark.processes
@pytest.mark.enable_socket
def test_an_erasure_from_the_command_line(worker: Worker, petra: User, adam: User, tmp_path: Path) -> None:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 200)])
    delivery.advance(str(subject.pk))

    filed = manage("privacy", "request", "erasure", "user_ida", "--by", petra.email)
    assert filed.returncode == 0, filed.stderr
    pk = filed.stdout.strip()
    assert Request.objects.get(pk=pk).state == "waiting"

    early = manage("privacy", "wait", pk, "--timeout", "0")
    assert (early.returncode, early.stdout) == (5, "")
    assert "Waiting for approval" in early.stderr

    own = manage("privacy", "approve", pk, "--by", petra.email)
    assert own.returncode == 1
    assert "an approver" in own.stderr
    assert "Traceback" not in own.stderr

    assert manage("privacy", "approve", pk, "--by", adam.email).returncode == 0
    waited = manage("privacy", "wait", pk, "--timeout", "60")
    assert waited.returncode == 0, waited.stderr
    receipt = Path(waited.stdout.strip())
    assert receipt.parent == Path(settings.DATA_DIR) / "receipts"
    assert json.loads(receipt.read_text())["document"]["result"] == "done"
    assert receipt.stat().st_mode & 0o077 == 0
    assert "user_ida" not in receipt.read_text()
    assert not Subject.objects.exists()
    assert manage("verify_receipt", str(receipt)).returncode == 0


@pytest.mark.processes
@pytest.mark.enable_socket
def test_an_archive_goes_to_the_file_that_its_asker_names(worker: Worker, petra: User, otto: User, tmp_path: Path) -> None:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 200)])
    delivery.advance(str(subject.pk))
    pk = manage("privacy", "request", "access", "user_ida", "--by", petra.email).stdout.strip()
    waited = manage("privacy", "wait", pk, "--timeout", "60")
    assert waited.returncode == 0, waited.stderr
    assert waited.stdout.strip().endswith(f"/privacy/requests/{pk}/"), "nothing personal is put where nobody named"

    archive = tmp_path / "ida.zip"
    assert "Only its asker" in said("wait", pk, "--to", str(archive))
    other = User.objects.create(email="ada@example.com", role="privacy")
    assert "Only its asker" in said("wait", pk, "--to", str(archive), "--by", other.email)
    call_command("privacy", "wait", pk, "--to", str(archive), "--by", petra.email)
    assert archive.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("request", "erasure", "user_ida", "--by", "who@example.com"), "Nobody signs in as who@example.com."),
        (("request", "erasure", "user_ida", "--by", "sue@example.com"), "one has to be Privacy officer"),
        (("request", "erasure", " ", "--by", "petra@example.com"), "SUBJECT_ID must be"),
        (("request", "deletion", "user_ida", "--by", "petra@example.com"), "invalid choice: 'deletion'"),
        (("request", "erasure", "user_ida"), "required: --by"),
        (("approve", "00000000-0000-4000-8000-000000000000", "--by", "adam@example.com"), "There is no request 0000"),
        (("approve", "seven", "--by", "adam@example.com"), "invalid UUID value"),
        (("wait", "00000000-0000-4000-8000-000000000000"), "There is no request 0000"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], sentence: str, sue: User, petra: User, adam: User) -> None:
    assert sentence in said(*words)
    assert not Request.objects.exists()


def test_a_person_who_left_may_nothing(petra: User) -> None:
    User.objects.update(is_active=False)
    assert "Nobody signs in as" in said("request", "access", "user_ida", "--by", petra.email)


def test_the_same_person_is_told_so(petra: User) -> None:
    User.objects.update(is_approver=True)
    filed = file("erasure", "user_ida", Filer(petra), confirmed=True)
    assert "You asked for this erasure yourself" in said("approve", str(filed.pk), "--by", petra.email)


def test_the_same_twice_names_the_first(petra: User) -> None:
    filed = file("erasure", "user_ida", Filer(petra), confirmed=True)
    assert str(filed.pk) in said("request", "erasure", "user_ida", "--by", petra.email)


def test_waiting_for_what_ended_otherwise(petra: User) -> None:
    first = file("erasure", "user_ida", Filer(petra), confirmed=True)
    refuse(first, petra, "obligation")
    assert code_of("wait", str(first.pk)) == 4
    assert "A law obliges us to keep the data" in said("wait", str(first.pk))
    second = file("erasure", "user_ida", Filer(petra), confirmed=True)
    withdraw(second, petra)
    assert code_of("wait", str(second.pk)) == 4
    third = file("access", "user_ida", Filer(petra))
    Request.objects.filter(pk=third.pk).update(state="partial", failure="Letta did not answer.")
    assert code_of("wait", str(third.pk)) == 3
