"""The pages of the audit log: who sees them, what they say, filters, paging, CSV and verification."""

import csv
import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiKey, User
from audit import checking
from audit.actions import READS, Action
from audit.browsing import Wanted, entries_page
from audit.models import Entry, Verification
from audit.recording import record
from audit.sealing import seal_entries
from subjects.models import Subject
from tests.audit.conftest import triggers_off
from tests.conftest import Worker, wait_until

pytestmark = pytest.mark.django_db
LIST = "/audit/"


@pytest.fixture
def auditor(otto: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(otto)


@pytest.fixture
def subject() -> Subject:
    return Subject.objects.create(subject_id="user_sarah")


def _texts(page: str) -> list[str]:
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr ")[1:]
    return [row for row in rows if "looked at the audit log" not in row]


def test_a_row_says_who_did_what_of_whom_and_why(auditor: Client, sue: User, subject: Subject) -> None:
    record(Action.CORRECTED_BLOCK, by=sue, subject=subject.pk, ticket="HELP-9", detail={"revision": 3})
    [row] = _texts(auditor.get(LIST).text)
    assert "<b>Sue</b> corrected a block" in row
    assert f'href="/subjects/{subject.pk}/"' in row
    assert "HELP-9" in row
    assert "revision 3" in row
    assert "user_sarah" not in row, "the record names nobody"


def test_a_row_leads_to_the_privacy_request(auditor: Client, sue: User, sign_in: Callable[[User], Client]) -> None:
    subject, request = Subject.objects.create(subject_id="user_omar"), uuid.uuid4()
    record(Action.FROZE_SUBJECT, by=None, subject=subject.pk, privacy_request=request)
    assert f'<a href="/privacy/requests/{request}/">request</a>' in auditor.get(LIST).text
    activity = sign_in(sue).get(f"/subjects/{subject.pk}/activity/").text
    assert f'request <code title="{request}">' in activity, "support reads no requests"
    assert f"/privacy/requests/{request}/" not in activity


def test_a_name_in_the_filter_is_answered_with_what_is_needed(auditor: Client) -> None:
    assert "This is no opaque id" in auditor.get(f"{LIST}?subject=user_sarah").text


def test_an_erased_subject_is_its_opaque_id_alone(auditor: Client, sue: User) -> None:
    gone = uuid.uuid4()
    record(Action.LOOKED_AT_MEMORY, by=sue, subject=gone)
    [row] = _texts(auditor.get(LIST).text)
    assert "<a " not in row
    assert f"{gone}, which is no longer here" in row


def test_keys_and_those_who_left_are_named_too(auditor: Client, sue: User) -> None:
    key, _ = ApiKey.issue("portal", sue)
    gone = User.objects.create_user("gone@example.com", name="Gone")
    record(Action.READ_BY_API, by=key)
    record(Action.LOOKED_AT_MEMORY, by=gone)
    gone.delete()
    left, by_key = _texts(auditor.get(LIST).text)
    assert "<b>API key portal</b> read the memory over the API" in by_key
    assert "Somebody no longer here" in left


@pytest.mark.parametrize("field", ["who", "action", "subject", "since", "until"])
def test_each_filter_shows_what_fits(field: str, auditor: Client, sue: User, petra: User, subject: Subject) -> None:
    today = datetime.now(UTC)
    other = Entry.objects.create(actor_kind="person", actor=petra.pk, action=Action.TAUGHT, at=today - timedelta(days=9))
    record(Action.LOOKED_AT_MEMORY, by=sue, subject=subject.pk)
    wanted = {
        "who": str(sue.pk),
        "action": str(Action.LOOKED_AT_MEMORY),
        "subject": str(subject.pk),
        "since": f"{today - timedelta(days=3):%Y-%m-%d}",
        "until": f"{today - timedelta(days=3):%Y-%m-%d}",
    }[field]
    page = auditor.get(LIST, {field: wanted})
    shown = {line.entry.pk for line in page.context["page"].rows if line.entry.action != Action.LOOKED_AT_AUDIT}
    assert shown == ({other.pk} if field == "until" else {Entry.objects.get(subject=subject.pk, actor=sue.pk).pk})


def test_reads_and_changes_are_told_apart(sue: User, subject: Subject) -> None:
    for action in Action:
        record(action, by=sue, subject=subject.pk)
    reads = {line.entry.action for line in entries_page(Wanted(action="reads"), size=500).rows}
    changes = {line.entry.action for line in entries_page(Wanted(action="changes"), size=500).rows}
    assert reads == READS
    assert changes == set(Action) - READS


@pytest.mark.parametrize("bad", [{"subject": "sarah"}, {"since": "soon"}, {"who": "sue"}, {"action": "x"}])
def test_a_filter_that_is_not_understood_is_said(bad: dict[str, str], auditor: Client, sue: User) -> None:
    page = auditor.get(LIST, bad)
    assert page.status_code == 200
    assert 'class="errors"' in page.text


def test_pages_follow_each_other_and_none_is_lost(sue: User, subject: Subject) -> None:
    for _ in range(25):
        record(Action.LOOKED_AT_MEMORY, by=sue, subject=subject.pk)
    wanted = Wanted(subject=subject.pk)
    down: list[int] = []
    page = entries_page(wanted, size=10)
    pages = [page]
    while page.after is not None:
        page = entries_page(wanted, page.after, size=10)
        pages.append(page)
    down = [line.entry.pk for page in pages for line in page.rows]
    assert down == sorted(Entry.objects.filter(subject=subject.pk).values_list("id", flat=True), reverse=True)
    back = entries_page(wanted, before=pages[2].before, size=10)
    assert [line.entry.pk for line in back.rows] == [line.entry.pk for line in pages[1].rows]


def test_the_number_of_queries_stays_the_same(
    auditor: Client, sue: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, _ = ApiKey.issue("portal", sue)
    for number in range(60):
        made = Subject.objects.create(subject_id=f"user_{number}")
        record(Action.LOOKED_AT_MEMORY, by=sue, subject=made.pk)
        record(Action.READ_BY_API, by=key, subject=made.pk)
    # session, person; people and keys to choose from; entries, their people, keys and subjects; this reading; the last
    # verification; and a look for shared blocks
    with django_assert_num_queries(10):
        auditor.get(LIST)


def test_the_csv_has_every_fitting_entry_and_runs_no_formula(auditor: Client, sue: User, subject: Subject) -> None:
    User.objects.filter(pk=sue.pk).update(name='=HYPERLINK("x")')
    for _ in range(70):
        record(Action.LOOKED_AT_MEMORY, by=sue, subject=subject.pk, detail={"place": 1})
    record(Action.TAUGHT, by=None)
    response = auditor.get("/audit/export/", {"subject": str(subject.pk)})
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert len([row for row in rows if row["action"] == "looked-at-memory"]) == 70
    assert {row["subject"] for row in rows} == {str(subject.pk)}
    assert rows[-1]["who"] == '\'=HYPERLINK("x")'
    assert rows[-1]["detail"] == '{"place": 1}'
    assert Entry.objects.filter(action=Action.EXPORTED_AUDIT, subject=subject.pk).count() == 1


def test_looking_at_the_log_is_recorded_too(auditor: Client, otto: User) -> None:
    auditor.get(LIST)
    assert list(Entry.objects.values_list("action", "actor")) == [(Action.LOOKED_AT_AUDIT, otto.pk)]


def test_only_who_may_sees_the_way_there(
    sign_in: Callable[[User], Client], sue: User, adam: User, petra: User, otto: User
) -> None:
    shown = {person.name: 'href="/audit/"' in sign_in(person).get("/").text for person in (sue, adam, petra, otto)}
    assert shown == {"Sue": False, "Adam": False, "Petra": True, "Otto": True}


# Verification


def test_before_the_first_verification(auditor: Client) -> None:
    assert "Not verified yet" in auditor.get("/audit/verify/").text


@pytest.mark.django_db(transaction=True)
def test_verifying_now_in_the_background(worker: Worker, auditor: Client, sue: User) -> None:
    for _ in range(5):
        record(Action.LOOKED_AT_MEMORY, by=sue)
    seal_entries()
    assert auditor.post("/audit/verify/now/")["Location"] == "/audit/verify/"
    wait_until(lambda: Verification.objects.get().state != Verification.State.RUNNING)
    page = auditor.get("/audit/verify/").text
    assert "Intact" in page
    assert "asked for by Otto" in page
    assert Entry.objects.filter(action=Action.STARTED_VERIFICATION).count() == 1


def test_what_a_verification_waits_for(auditor: Client, sue: User) -> None:
    checking.start_verification(sue)
    assert "Waiting" not in auditor.get("/audit/verify/").text
    Verification.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=5))
    page = auditor.get("/audit/verify/")
    assert "Waiting for a worker: none has been seen yet." in page.text
    poll = {"seen": page.context["seen"]}
    assert auditor.get("/audit/verify/", poll, headers={"HX-Request": "true"}).status_code == 204


def test_what_was_found_is_said_with_its_place(auditor: Client, sue: User) -> None:
    for _ in range(5):
        record(Action.LOOKED_AT_MEMORY, by=sue)
    seal_entries()
    victim = Entry.objects.order_by("id")[2].pk
    with triggers_off():
        Entry.objects.filter(pk=victim).update(action=Action.TAUGHT)
    one = checking.start_verification(None)
    assert checking.advance(str(one.pk)) is None
    page = auditor.get("/audit/verify/").text
    assert f"Entry {victim:,} was changed (seal 1)." in page
    assert "Tampered with" in page
    assert "Tampered with" in auditor.get(LIST).text


def test_a_verification_that_was_cut_off_goes_on_where_it_was(
    sue: User, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(45):
        record(Action.LOOKED_AT_MEMORY, by=sue)
    seal_entries()
    one = checking.start_verification(None)
    monkeypatch.setattr(checking, "TURN_SECONDS", 0.0)
    assert checking.advance(str(one.pk)) is not None  # no time for a single seal
    monkeypatch.setattr(checking, "TURN_SECONDS", 10.0)
    assert checking.advance(str(one.pk)) is None
    one.refresh_from_db()
    assert (one.state, one.walk["entries"], one.walk["number"]) == (Verification.State.INTACT, 45, 5)


def test_one_verification_at_a_time_and_one_a_day(sue: User) -> None:
    first = checking.start_verification(sue)
    assert checking.start_verification(None) == first
    checking.start_daily_verification()
    assert Verification.objects.count() == 1
    Verification.objects.update(created_at=datetime.now(UTC) - timedelta(days=2), state=Verification.State.INTACT)
    checking.start_daily_verification()
    assert Verification.objects.count() == 2


# The Activity tab


def test_a_subject_shows_its_part(sign_in: Callable[[User], Client], sue: User, petra: User, subject: Subject) -> None:
    record(Action.CORRECTED_BLOCK, by=petra, subject=subject.pk)
    record(Action.CORRECTED_BLOCK, by=petra, subject=uuid.uuid4())
    client = sign_in(sue)
    url = reverse("activity-detail", args=[subject.pk])
    everything = client.get(url)
    assert [line.did for line in everything.context["page"].rows] == [
        Action.LOOKED_AT_ACTIVITY.label,
        Action.CORRECTED_BLOCK.label,
    ]
    assert [line.did for line in client.get(url, {"kind": "changes"}).context["page"].rows] == [Action.CORRECTED_BLOCK.label]
    assert "The same in the audit log" not in everything.text
    assert "The same in the audit log" in sign_in(petra).get(url).text
