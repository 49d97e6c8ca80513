"""The queue and the page of a request, as officers, approvers and auditors use them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from privacy import queue, requesting, working
from privacy.hashing import keyed_hash
from privacy.models import Note, Request
from subjects.models import Subject
from tests.subjects.pages.conftest import HTMX, make_subject

FileFor = Callable[..., Request]
SignIn = Callable[[User], Client]
State = Request.State


@pytest.fixture
def sarah(db: None) -> Subject:
    return make_subject("user_sarah")


@pytest.fixture
def erasure(sarah: Subject, petra: User, file_for: FileFor) -> Request:
    """An erasure that waits for approval."""
    return file_for("erasure", sarah.subject_id, petra)


@pytest.fixture
def officer(petra: User, sign_in: SignIn) -> Client:
    return sign_in(petra)


@pytest.fixture
def approver(adam: User, sign_in: SignIn) -> Client:
    return sign_in(adam)


def url(request: Request, act: str = "") -> str:
    return f"/privacy/requests/{request.pk}/{act + '/' if act else ''}"


def many(number: int, **fields: object) -> None:
    """Requests in every state, due from long ago to far ahead."""
    now = timezone.now()
    states = list(State)
    Request.objects.bulk_create(
        Request(
            kind=list(Request.Kind)[place % 4],
            state=states[place % len(states)],
            subject_id=f"user_{place}",
            subject_hash=keyed_hash(f"user_{place}"),
            filed_at=now - timedelta(days=40) + timedelta(minutes=place),
            due_at=now - timedelta(days=10) + timedelta(hours=place),
            **fields,
        )
        for place in range(number)
    )


# the queue ------------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_what_will_be_there(officer: Client) -> None:
    page = officer.get("/privacy/").text
    assert "Nothing to answer" in page
    assert "New request" in page


def test_what_is_due_first_stands_on_top(officer: Client, petra: User, file_for: FileFor) -> None:
    for days, name in ((20, "user_calm"), (3, "user_soon"), (-2, "user_late")):
        filed = file_for("erasure", name, petra)
        Request.objects.filter(pk=filed.pk).update(due_at=timezone.now() + timedelta(days=days, hours=1))
    page = officer.get("/privacy/").text
    assert page.index("user_late") < page.index("user_soon") < page.index("user_calm")
    assert '<time class="red"' in page
    assert "overdue by 1 day" in page
    assert '<time class="amber"' in page
    assert "due in 3 days" in page
    assert 'title="20' in page, "the exact time on hover"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["late", "soon", "held", "mine"]),
        ("?due=late", ["late"]),
        ("?due=soon", ["soon"]),
        ("?who=me", ["mine"]),
        ("?who=nobody", ["late", "soon", "held"]),
        ("?state=held", ["held"]),
        ("?state=done", ["done"]),
        ("?state=all", ["late", "soon", "held", "mine", "done"]),
        ("?kind=access", ["mine"]),
        ("?kind=access&state=waiting", []),
        ("?state=nonsense", ["late", "soon", "held", "mine"]),
    ],
)
def test_filters_stand_in_the_address(query: str, names: list[str], officer: Client, petra: User, file_for: FileFor) -> None:
    rows = {name: file_for("erasure", f"user_{name}", petra) for name in ("late", "soon", "held", "done")}
    rows["mine"] = file_for("access", "user_mine", petra)
    now = timezone.now()
    change = Request.objects.filter
    change(pk=rows["late"].pk).update(due_at=now - timedelta(hours=1))
    change(pk=rows["soon"].pk).update(due_at=now + timedelta(days=6))
    change(pk=rows["held"].pk).update(held_at=now, hold_reason="claim", hold_ticket="L-1")
    change(pk=rows["done"].pk).update(state=State.DONE, ended_at=now)
    change(pk=rows["mine"].pk).update(assignee=petra)
    page = officer.get(f"/privacy/{query}").text
    assert sorted(name for name in rows if f">user_{name}<" in page) == sorted(names)


def test_all_pages_of_a_long_queue(officer: Client) -> None:
    many(8 * queue.PAGE)
    seen: list[str] = []
    after = ""
    while True:
        page = officer.get(f"/privacy/?after={after}")
        seen += [str(row.request.pk) for row in page.context["rows"]]
        after = page.context["page"].after
        if not after:
            break
    expected = Request.objects.filter(state__in=Request.OPEN).order_by("due_at", "id").values_list("pk", flat=True)
    assert seen == [str(pk) for pk in expected]


def test_queries_of_the_queue(officer: Client, django_assert_num_queries: DjangoAssertNumQueries, petra: User) -> None:
    many(60, assignee=petra, filed_by=petra)
    officer.get("/privacy/")
    with django_assert_num_queries(4):  # session, person, rows, figures
        officer.get("/privacy/")


def test_figures_stop_counting(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    many(80)
    assert queue.figures().states == dict.fromkeys(State, "10")
    monkeypatch.setattr(queue, "COUNTED", 9)
    assert queue.figures().states == dict.fromkeys(State, "9+")


def test_auditors_see_and_change_nothing(erasure: Request, otto: User, sign_in: SignIn) -> None:
    auditor = sign_in(otto)
    assert "New request" not in auditor.get("/privacy/").text
    page = auditor.get(url(erasure)).text
    assert "Waiting for approval" in page
    assert '<form method="post" action="/privacy/' not in page


# filing ---------------------------------------------------------------------------------------------------------------


def test_filing_from_the_subject_page(officer: Client, sarah: Subject) -> None:
    link = f"/privacy/requests/new/?subject={sarah.pk}"
    assert link in officer.get(f"/subjects/{sarah.pk}/").text
    assert 'value="user_sarah"' in officer.get(link).text
    response = officer.post("/privacy/requests/new/", {"kind": "erasure", "subject_id": "user_sarah"})
    filed = Request.objects.get()
    assert response["Location"] == url(filed)
    assert (filed.state, filed.subject) == (State.RECEIVED, sarah.pk)


def test_support_sees_no_button(sue: User, sign_in: SignIn, sarah: Subject) -> None:
    assert "Privacy request" not in sign_in(sue).get(f"/subjects/{sarah.pk}/").text


@pytest.mark.parametrize("chosen", [{}, {"kind": "erasure"}, {"kind": "deletion", "subject_id": "user_sarah"}])
def test_what_is_missing_is_said_beside_the_field(officer: Client, chosen: dict[str, str]) -> None:
    response = officer.post("/privacy/requests/new/", chosen)
    assert response.status_code == 422
    assert 'class="errors"' in response.text
    assert not Request.objects.exists()


def test_the_same_twice_leads_to_the_first(officer: Client, erasure: Request) -> None:
    response = officer.post("/privacy/requests/new/", {"kind": "erasure", "subject_id": "user_sarah"})
    assert response.status_code == 422
    assert url(erasure) in response.text


def test_an_id_that_nobody_has_is_answered_so(officer: Client) -> None:
    officer.post("/privacy/requests/new/", {"kind": "restriction", "subject_id": "user_nobody"})
    filed = Request.objects.get()
    working.begin()
    working.advance(str(filed.pk))
    page = officer.get(url(filed)).text
    assert "Nothing is stored under this id" in page
    assert "Done" in page


# the page of a request ------------------------------------------------------------------------------------------------


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
    with django_assert_num_queries(15):
        officer.get(url(erasure))


def test_an_erased_person_has_no_name_on_any_page(erasure: Request, officer: Client) -> None:
    Subject.objects.all().delete()
    Request.objects.update(subject_id="", state=State.DONE, ended_at=timezone.now())
    for address in (url(erasure), "/privacy/?state=all"):
        page = officer.get(address).text
        assert "erased" in page
        assert "user_sarah" not in page
