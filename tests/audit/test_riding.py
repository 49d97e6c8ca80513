"""The entry of a read goes along with the page's next query and is there before the page, whatever becomes of that query."""

from collections.abc import Callable

import pytest
from django.db import DataError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit.actions import Action
from audit.models import Entry
from audit.reading import readings
from audit.riding import arrive, ride
from subjects.models import Opened, Subject
from tests.subjects.pages.conftest import tell_story

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = "insert into audit_entry (actor_kind, action, reason, ticket, detail) select 'system', %s, '', '', '{}'"


@pytest.fixture
def subject() -> Subject:
    readings.forget()
    return tell_story().subject


def noted() -> list[str]:
    return list(Entry.objects.filter(actor_kind="system").order_by("id").values_list("action", flat=True))


def test_a_page_s_entry_takes_no_round_trip_of_its_own(
    sign_in: Callable[[User], Client], sue: User, subject: Subject
) -> None:
    address = reverse("message-list", args=[subject.pk])
    browser = sign_in(sue)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    entry = Entry.objects.get(subject=subject.pk)
    assert (entry.action, entry.actor) == (Action.LOOKED_AT_MESSAGES, sue.pk)
    with_it = [query["sql"] for query in queries.captured_queries if "insert into audit_entry" in query["sql"]]
    assert len(with_it) == 1
    assert ";SELECT " in with_it[0]


def test_it_goes_with_a_query_and_gets_out_of_its_way(subject: Subject) -> None:
    ride(INSERT, ["along"])
    assert Subject.objects.values_list("subject_id", flat=True).get(pk=subject.pk) == subject.subject_id
    assert noted() == ["along"]
    arrive()
    assert noted() == ["along"]
    assert connection.execute_wrappers == []


def test_several_take_a_query_each(subject: Subject) -> None:
    ride(INSERT, ["first"])
    ride(INSERT, ["second"])
    assert [Subject.objects.count() for _ in range(2)] == [1, 1]
    assert sorted(noted()) == ["first", "second"]


def test_a_query_that_fails_leaves_it_to_the_end(subject: Subject) -> None:
    ride(INSERT, ["kept"])
    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT 1 / %s", [0])
    arrive()
    assert noted() == ["kept"]


def test_what_is_rolled_back_does_not_take_it_along(subject: Subject) -> None:
    ride(INSERT, ["kept"])
    with transaction.atomic():
        Subject.objects.count()
        transaction.set_rollback(True)
    arrive()
    assert noted() == ["kept"]


def test_a_change_is_not_committed_as_lazily_as_a_read(sue: User, subject: Subject) -> None:
    ride(INSERT, ["kept"])
    with CaptureQueriesContext(connection) as queries:
        Opened.objects.create(person=sue, subject=subject)
        assert len(connection.execute_wrappers) == 1, "it still waits"
    assert len(queries) == 1
    arrive()
    assert noted() == ["kept"]


def test_without_its_entry_there_is_no_page_and_the_next_one_is_as_ever(
    sign_in: Callable[[User], Client], sue: User, subject: Subject
) -> None:
    address = reverse("message-list", args=[subject.pk])
    browser = sign_in(sue)
    browser.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_entry add constraint full_disk check (false) not valid")
    try:
        refused = browser.get(address)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table audit_entry drop constraint full_disk")
    assert refused.status_code == 500
    assert b"I moved to Utrecht" not in refused.content
    assert connection.execute_wrappers == []
    assert b"I moved to Utrecht" in browser.get(address).content
    assert Entry.objects.filter(subject=subject.pk).count() == 1
