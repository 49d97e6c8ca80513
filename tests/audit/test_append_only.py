"""The database refuses to change or remove what is recorded, whoever asks."""

import uuid

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from audit.actions import Action
from audit.models import Entry, Seal
from audit.recording import record
from audit.sealing import seal_entries
from tests.conftest import test_database_url

REFUSED = [
    "update audit_entry set action = 'taught'",
    "update audit_entry set at = now()",
    "delete from audit_entry",
    "truncate audit_entry",
    "truncate audit_entry, audit_seal cascade",
    "update audit_seal set hash = ''",
    "delete from audit_seal",
    "truncate audit_seal",
    "insert into audit_entry select * from audit_entry on conflict (id) do update set action = 'taught'",
    "merge into audit_entry as e using audit_entry as o on e.id = o.id when matched then delete",
]


@pytest.fixture
def _one_sealed_entry(transactional_db: None, sue: User) -> None:
    record(Action.LOOKED_AT_MEMORY, by=sue, subject=uuid.uuid4())
    seal_entries()


@pytest.mark.usefixtures("_one_sealed_entry")
@pytest.mark.parametrize("statement", REFUSED)
def test_the_applications_own_role_is_refused(statement: str) -> None:
    before = list(Entry.objects.values()), list(Seal.objects.values())
    with (
        psycopg.connect(test_database_url()) as own,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        own.execute(statement)
    assert (list(Entry.objects.values()), list(Seal.objects.values())) == before


@pytest.mark.usefixtures("_one_sealed_entry")
def test_a_role_that_may_add_and_read_alone_can_record_and_seal() -> None:
    """The strictest way to run: the application's role does not own the tables, so it cannot drop the triggers either."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create role audit_writer; grant usage on schema public to audit_writer;"
            " grant select, insert on audit_entry, audit_seal to audit_writer;"
            " grant usage on sequence audit_entry_number to audit_writer"
        )
        try:
            cursor.execute("set role audit_writer")
            record(Action.LOOKED_AT_MEMORY, by=None, subject=uuid.uuid4())
            assert seal_entries() == 1
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                cursor.execute("alter table audit_entry disable trigger user")
        finally:
            cursor.execute("reset role; drop owned by audit_writer; drop role audit_writer")


@pytest.mark.usefixtures("_one_sealed_entry")
def test_adding_stays_possible() -> None:
    with psycopg.connect(test_database_url()) as own:
        own.execute(
            "insert into audit_entry (actor_kind, action, reason, ticket, detail) values ('system', 'x', '', '', '{}')"
        )
    assert Entry.objects.count() == 2
