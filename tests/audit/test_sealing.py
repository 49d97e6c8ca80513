"""Sealing while others write: entries are committed in another order than they are numbered, and none is lost by it."""

import threading
import uuid
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction

from accounts.models import User
from audit.actions import Action
from audit.models import Entry, Seal
from audit.recording import record
from audit.sealing import seal_entries, settled_id
from audit.verifying import verify
from tests.conftest import test_database_url

INSERT = (
    "insert into audit_entry (actor_kind, action, reason, ticket, detail) values ('system', 'x', '', '', '{}') returning id"
)
pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[[int], list[int]]


def _add(session: psycopg.Connection) -> int:
    row = session.execute(INSERT).fetchone()
    assert row
    return int(row[0])


def test_an_entry_committed_after_a_later_one_was_sealed_is_sealed_then(write: Write) -> None:
    with psycopg.connect(test_database_url()) as slow:
        late = _add(slow)
        [early] = write(1)
        assert early > late
        assert seal_entries() == 1
        assert verify().problem_count == 0
        write(2)
        assert seal_entries() == 2
        assert settled_id(Seal.objects.latest("number")) < late, "it could still turn up"
        slow.commit()
    assert verify().unsealed == 1
    assert seal_entries() == 1
    seal = Seal.objects.latest("number")
    assert (seal.first_id, seal.last_id) == (late, late)
    walk = verify()
    assert (walk.problem_count, walk.entries, walk.unsealed) == (0, 4, 0)


def test_numbers_that_were_rolled_back_are_no_finding(write: Write) -> None:
    write(2)
    with transaction.atomic():
        write(3)
        transaction.set_rollback(True)
    write(2)
    seal_entries()
    write(1)
    seal_entries()
    assert (verify().problem_count, verify().entries) == (0, 5)


def test_a_transaction_has_its_number_before_its_entry_has_one() -> None:
    """What settling rests on; without it an entry could turn up below what is held to be settled."""
    with psycopg.connect(test_database_url()) as other, connection.cursor() as cursor:
        row = other.execute("select audit_next_entry(), pg_current_xact_id_if_assigned()::text::bigint").fetchone()
        assert row
        assert row[1] is not None
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= %s", [row[1]])
        assert cursor.fetchone() == (True,)


def test_nothing_new_is_no_seal(write: Write) -> None:
    write(1)
    assert (seal_entries(), seal_entries()) == (1, 0)
    assert Seal.objects.count() == 1


def test_a_record_from_a_backup_goes_on_on_another_server(write: Write) -> None:
    """There Postgres counts transactions anew: seals of the old one lie in its future."""
    write(1)
    seal_entries()
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_seal disable trigger user")
        cursor.execute("update audit_seal set xid = 9000000000000")
        cursor.execute("alter table audit_seal enable trigger user")
    write(2)
    assert settled_id(Seal.objects.latest("number")) == Seal.objects.get().last_id
    assert seal_entries() == 2
    assert Seal.objects.latest("number").settled_id == Seal.objects.get(number=1).last_id


def test_writers_and_sealers_at_once_leave_a_whole_chain(sue: User) -> None:
    writers, each = 4, 60
    go_on = threading.Event()
    errors: list[BaseException] = []

    def writer(seed: int) -> None:
        try:
            for number in range(each):
                with transaction.atomic():
                    record(Action.TAUGHT, by=sue, subject=uuid.uuid4(), detail={"number": number})
                    if number % 7 == seed:
                        transaction.set_rollback(True)
                    elif number % 5 == 0:
                        record(Action.TAUGHT, by=sue, subjects=[uuid.uuid4() for _ in range(3)])
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def sealer() -> None:
        try:
            while not go_on.is_set():
                seal_entries()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=writer, args=[seed]) for seed in range(writers)]
    sealers = [threading.Thread(target=sealer) for _ in range(2)]
    for thread in [*threads, *sealers]:
        thread.start()
    for thread in threads:
        thread.join()
    go_on.set()
    for thread in sealers:
        thread.join()
    assert not errors
    seal_entries()
    walk = verify()
    assert (walk.problem_count, walk.unsealed) == (0, 0)
    assert walk.entries == Entry.objects.count() == sum(seal.count for seal in Seal.objects.all())
    assert Seal.objects.count() > 3
