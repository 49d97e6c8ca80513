"""The page of a request, as officers, approvers and auditors use it."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from privacy import requesting
from privacy.models import Note, Request
from subjects.models import Subject
from tests.privacy.pages.conftest import FileFor, SignIn, url
from tests.subjects.pages.conftest import HTMX

State = Request.State


def test_auditors_see_and_change_nothing(erasure: Request, otto: User, sign_in: SignIn) -> None:
    auditor = sign_in(otto)
    assert "New request" not in auditor.get("/privacy/").text
    page = auditor.get(url(erasure)).text
    assert "Waiting for approval" in page
    assert '<form method="post" action="/privacy/' not in page


def test_confirming_takes_the_id(officer: Client, sarah: Subject, petra: User, file_for: FileFor) -> None:
    filed = file_for("erasure", "user_sarah", petra, confirmed=False)
    wrong = officer.post(url(filed, "confirm"), {"typed": "User_Sarah"})
    assert wrong.status_code == 422
    assert "That is not the id of this request" in wrong.text
    assert officer.post(url(filed, "confirm"), {"typed": "user_sarah"}).status_code == 302
    filed.refresh_from_db()
    assert (filed.state, filed.confirmed_by) == (State.WAITING, petra)


def test_the_second_person_is_offered_what_the_first_is_not(erasure: Request, officer: Client, approver: Client) -> None:
    assert "Approve the erasure" not in officer.get(url(erasure)).text
    assert "Approve the erasure" in approver.get(url(erasure)).text
    assert approver.post(url(erasure, "approve")).status_code == 302
    erasure.refresh_from_db()
    assert erasure.state == State.APPROVED


def test_an_approver_who_asked_is_told_why_not(erasure: Request, officer: Client, petra: User) -> None:
    User.objects.filter(pk=petra.pk).update(is_approver=True)
    page = officer.get(url(erasure)).text
    assert "You asked for this erasure yourself" in page
    assert "Approve the erasure" not in page
    page = officer.post(url(erasure, "approve"), follow=True).text
    assert "somebody else has to approve it" in page
    erasure.refresh_from_db()
    assert erasure.state == State.WAITING


def test_it_says_who_may_approve(erasure: Request, officer: Client, petra: User, adam: User) -> None:
    assert "A second person has to approve it: Adam." in " ".join(officer.get(url(erasure)).text.split())
    User.objects.filter(pk=adam.pk).update(is_approver=False)
    User.objects.filter(pk=petra.pk).update(is_approver=True)  # who asked is nobody's second person
    page = officer.get(url(erasure)).text
    assert "A second person has to approve it, and nobody else may." in page


def test_holding_and_releasing(erasure: Request, officer: Client, approver: Client) -> None:
    page = officer.post(url(erasure, "hold"), {"reason": "claim", "ticket": "LEGAL-7"}, follow=True).text
    assert "A legal claim is made or defended (LEGAL-7)" in page
    assert "on legal hold" in approver.post(url(erasure, "approve"), follow=True).text
    officer.post(url(erasure, "release"))
    erasure.refresh_from_db()
    assert (erasure.held_at, erasure.state) == (None, State.WAITING)


@pytest.mark.parametrize("act", ["hold", "extend"])
@pytest.mark.parametrize("ticket", ["", "user_sarah", "s.jansen@example.org", "nodigits", "0612345678"])
def test_a_reason_needs_a_reference_that_names_nobody(act: str, ticket: str, erasure: Request, officer: Client) -> None:
    reason = {"hold": "claim", "extend": "complex"}[act]
    response = officer.post(url(erasure, act), {"reason": reason, "ticket": ticket})
    assert response.status_code == 422
    assert f'id="{act}_ticket_error"' in response.text
    erasure.refresh_from_db()
    assert (erasure.held_at, erasure.extended_at) == (None, None)


def test_extending_once(erasure: Request, officer: Client) -> None:
    page = officer.post(url(erasure, "extend"), {"reason": "many", "ticket": "DPO-1"}, follow=True).text
    assert "due in 89 days" in page
    assert "Take 60 days more" not in page
    again = officer.post(url(erasure, "extend"), {"reason": "many", "ticket": "DPO-1"}, follow=True).text
    assert "Nothing was changed" in again


def test_taking_on_and_handing_over(erasure: Request, officer: Client, petra: User, sue: User) -> None:
    officer.post(url(erasure, "assign"), {"action": "me"})
    erasure.refresh_from_db()
    assert erasure.assignee == petra
    assert officer.post(url(erasure, "assign"), {"to": sue.pk, "before": petra.pk}).status_code == 422
    officer.post(url(erasure, "assign"), {"to": "", "before": petra.pk})
    erasure.refresh_from_db()
    assert erasure.assignee is None


def test_refusing_and_withdrawing(erasure: Request, officer: Client, petra: User, file_for: FileFor) -> None:
    assert officer.post(url(erasure, "refuse"), {"reason": "because"}).status_code == 422
    assert "A law obliges us" in officer.post(url(erasure, "refuse"), {"reason": "obligation"}, follow=True).text
    other = file_for("erasure", "user_sarah", petra)
    assert "Withdrawn" in officer.post(url(other, "withdraw"), follow=True).text


def test_notes_that_name_the_person_are_given_back(erasure: Request, officer: Client) -> None:
    response = officer.post(url(erasure, "notes"), {"text": "user_sarah is fine with it"})
    assert response.status_code == 422
    assert "This holds an id of the subject." in response.text
    assert not Note.objects.exists()
    page = officer.post(url(erasure, "notes"), {"text": "Identity checked, <b>HELP-12</b>"}, follow=True).text
    assert "Identity checked, &lt;b&gt;HELP-12&lt;/b&gt;" in page


def test_history_tells_who_did_what(erasure: Request, officer: Client, approver: Client) -> None:
    approver.post(url(erasure, "approve"))
    page = officer.get(url(erasure)).text
    assert "Adam approved it" in page
    assert "Petra filed it" in page


def test_a_fragment_comes_when_something_is_new(erasure: Request, approver: Client) -> None:
    page = approver.get(url(erasure))
    seen = page.context["seen"]
    assert f"?seen={seen}" in page.text
    fragment = Client(headers=HTMX)
    fragment.cookies = approver.cookies
    assert fragment.get(url(erasure), {"seen": seen}).status_code == 204
    approver.post(url(erasure, "approve"))
    answer = fragment.get(url(erasure), {"seen": seen})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="standing"')
    assert "begins as soon as a worker is free" in answer.text
    requesting.finish(erasure.pk, State.DONE)
    Request.objects.update(state=State.DONE, ended_at=timezone.now())
    assert "hx-get" not in fragment.get(url(erasure)).text, "an end stops the polling"


def test_queries_of_a_request(erasure: Request, officer: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for place in range(5):
        Note.objects.create(request=erasure, text=f"Note {place}")
    officer.get(url(erasure))
    with django_assert_num_queries(16):
        officer.get(url(erasure))


def test_an_erased_person_has_no_name_on_any_page(erasure: Request, officer: Client) -> None:
    Subject.objects.all().delete()
    Request.objects.update(subject_id="", state=State.DONE, ended_at=timezone.now())
    for address in (url(erasure), "/privacy/?state=all"):
        page = officer.get(address).text
        assert "erased" in page
        assert "user_sarah" not in page
