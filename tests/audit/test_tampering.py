"""Whoever gets past the triggers and changes the record is found out, and the finding says where."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from audit.hashing import GENESIS, entry_hash, packed, seal_hash
from audit.models import Entry, Seal
from audit.sealing import seal_entries
from audit.verifying import verify
from tests.audit.conftest import triggers_off

pytestmark = pytest.mark.usefixtures("small_batches")
Write = Callable[[int], list[int]]


@pytest.fixture
def ids(write: Write) -> list[int]:
    numbers = write(25)
    assert seal_entries() == 25
    return numbers


def _said() -> list[str]:
    return [str(problem) for problem in verify().found]


def _tamper(statement: str, *values: Any) -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement, list(values))


def test_an_untouched_record_is_intact(ids: list[int], write: Write) -> None:
    write(3)
    walk = verify()
    assert (walk.problem_count, walk.number, walk.entries, walk.unsealed) == (0, 3, 25, 3)
    seal_entries()
    assert (verify().problem_count, verify().unsealed) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        "action = 'taught'",
        "at = at + interval '1 microsecond'",
        "actor = gen_random_uuid()",
        "actor_kind = 'system'",
        "subject = null",
        "run = gen_random_uuid()",
        "reason = 'complaint'",
        "ticket = 'T1'",
        "request = gen_random_uuid()",
        "privacy_request = gen_random_uuid()",
        """detail = '{"place": 4.0}'""",
    ],
)
def test_a_changed_entry_is_named_whatever_was_changed(ids: list[int], change: str) -> None:
    _tamper(f"update audit_entry set {change} where id = %s", ids[13])
    assert _said() == [f"Entry {ids[13]:,} was changed (seal 2)."]


def test_every_field_of_an_entry_is_hashed(ids: list[int]) -> None:
    covered = set("id at actor_kind actor action subject run reason ticket request privacy_request detail".split())
    assert covered == {field.name for field in Entry._meta.fields}, "a new field belongs into audit.hashing"


def test_a_removed_entry_is_named(ids: list[int]) -> None:
    _tamper("delete from audit_entry where id = any(%s)", [ids[0], ids[24]])
    assert _said() == [f"Entry {ids[0]:,} was removed (seal 1).", f"Entry {ids[24]:,} was removed (seal 3)."]


def test_entries_that_changed_places_are_named(ids: list[int]) -> None:
    a, b = ids[11], ids[17]
    _tamper("update audit_entry set id = case id when %s then -1 else -2 end where id in (%s, %s)", a, a, b)
    _tamper("update audit_entry set id = case id when -1 then %s else %s end where id < 0", b, a)
    assert _said() == [
        f"Entry {a:,} holds what entry {b:,} held (seal 2).",
        f"Entry {b:,} holds what entry {a:,} held (seal 2).",
    ]


def test_a_renumbered_entry_is_named(ids: list[int], write: Write) -> None:
    _tamper("update audit_entry set id = 0 where id = %s", ids[2])
    assert _said() == [f"Entry {ids[2]:,} was given the number 0 (seal 1)."]


def test_an_entry_added_among_sealed_ones_is_named(ids: list[int], write: Write) -> None:
    _tamper("delete from audit_entry where id = %s", ids[5])
    later = write(1)[0]
    seal_entries()
    _tamper("update audit_entry set id = %s where id = %s", ids[5], later)
    assert _said() == [f"Entry {ids[5]:,} was changed (seal 1).", f"Entry {later:,} was removed (seal 4)."]


@pytest.mark.django_db(transaction=True)
def test_an_entry_put_into_a_gap_is_named(write: Write) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select audit_next_entry()")  # as a change leaves it that was rolled back
        gap = (cursor.fetchone() or [0])[0]
    write(3)
    seal_entries()
    write(3)
    seal_entries()  # by now everything up to the first seal is settled
    Entry.objects.create(id=gap, actor_kind="system", action="taught")
    assert seal_entries() == 0, "sealing must not make it good"
    assert _said() == [f"Entry {gap:,} was added past the program."]


def test_a_removed_seal_is_named(ids: list[int]) -> None:
    _tamper("delete from audit_seal where number = 2")
    assert "Seal 2 was removed." in _said()


def test_a_batch_removed_with_its_seal_is_named(ids: list[int]) -> None:
    _tamper("delete from audit_entry where id between %s and %s", ids[10], ids[19])
    _tamper("delete from audit_seal where number = 2")
    _tamper("update audit_seal set number = 2 where number = 3")
    assert _said() == ["Seal 2 does not follow from the seal before.", "Seal 2 was changed."]


@pytest.mark.parametrize(
    "change",
    ["at = at + interval '1 second'", "settled_id = 5", "xid = 1", "count = 9", "first_id = 0", "last_id = last_id + 1",
     "hash = repeat('0', 64)", "previous_hash = repeat('1', 64)"],
)  # fmt: skip
def test_a_changed_seal_is_named(ids: list[int], change: str) -> None:
    _tamper(f"update audit_seal set {change} where number = 2")
    assert any(said.startswith("Seal 2 was changed") for said in _said())


def test_a_byte_of_what_a_seal_keeps_of_its_entries(ids: list[int]) -> None:
    _tamper("update audit_seal set rows = set_byte(rows, 9, get_byte(rows, 9) # 1) where number = 3")
    assert _said() == ["Seal 3 was changed."]


def test_a_seal_made_anew_does_not_fit_into_the_chain(ids: list[int]) -> None:
    _tamper("update audit_entry set action = 'taught' where id = %s", ids[0])
    seal = Seal.objects.get(number=1)
    rows = [(entry.pk, entry_hash(entry)) for entry in Entry.objects.filter(id__in=ids[:10]).order_by("id")]
    _tamper("update audit_seal set rows = %s, hash = %s where number = 1", packed(rows), seal_hash(seal, rows))
    assert _said() == ["Seal 2 does not follow from the seal before."]


def test_a_cut_off_end_is_found_by_the_head_that_was_noted(ids: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    out = capsys.readouterr().out
    assert "25 entries in 3 seals" in out
    assert "Intact" in out
    head = out.split("--head ")[1].strip()
    call_command("verify_audit", head=head)
    _tamper("delete from audit_entry where id > %s", ids[19])
    _tamper("delete from audit_seal where number = 3")
    call_command("verify_audit")  # nothing left in the database tells of the end
    with pytest.raises(CommandError, match="Seal 3 is not the one that was noted down"):
        call_command("verify_audit", head=head)


def test_the_command_says_where_and_exits_1(ids: list[int]) -> None:
    _tamper("delete from audit_entry where id = %s", ids[4])
    with pytest.raises(CommandError, match=rf"Entry {ids[4]:,} was removed \(seal 1\)") as caught:
        call_command("verify_audit")
    assert caught.value.returncode == 1


def test_the_hash_is_what_the_page_says_it_is() -> None:
    """Made again without our code: whoever audits needs nothing but a JSON writer and SHA-256."""
    entry = Entry(
        id=7, actor_kind="person", actor=uuid.UUID(int=1), action="taught", subject=None, reason="", ticket="T-1",
        request=uuid.UUID(int=2), detail={"b": True, "a": 12}, at=datetime.fromtimestamp(1.5, UTC),
    )  # fmt: skip
    text = (
        '["entry",1500000,"person","00000000-0000-0000-0000-000000000001","taught",null,null,"","T-1",'
        '"00000000-0000-0000-0000-000000000002",null,{"a":12,"b":true}]'
    )
    assert entry_hash(entry) == hashlib.sha256(text.encode()).digest()
    seal = Seal(number=1, at=entry.at, settled_id=0, xid=9, previous_hash=GENESIS)
    head = json.dumps(["seal", 1, 1500000, 0, 9, GENESIS, 1], separators=(",", ":")).encode()
    expected = hashlib.sha256(head + (7).to_bytes(8, "big") + entry_hash(entry)).hexdigest()
    assert seal_hash(seal, [(7, entry_hash(entry))]) == expected
