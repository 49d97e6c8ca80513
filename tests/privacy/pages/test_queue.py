"""The queue of requests: its order, filters, figures and pages, and finding the requests of one person."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Entry
from privacy import ledger, queue, requesting
from privacy.hashing import keyed_hash
from privacy.models import Request
from tests.privacy.pages.conftest import FileFor, url

State = Request.State


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


# finding the requests of one person -----------------------------------------------------------------------------------


def test_the_requests_of_an_erased_person_are_found_by_the_id(officer: Client, erasure: Request) -> None:
    Request.objects.filter(pk=erasure.pk).update(subject_id="", state=State.DONE, ended_at=timezone.now())
    ledger.enter(erasure.subject_hash, erasure.pk)
    assert url(erasure) not in officer.get("/privacy/").text, "answered, so it is in no queue"
    response = officer.post("/privacy/requests/find/", {"subject_id": " user_sarah "})
    assert response.status_code == 200
    assert url(erasure) in response.text
    assert "stands in the ledger of the erased" in response.text


def test_of_others_nothing_is_found(officer: Client, erasure: Request) -> None:
    response = officer.post("/privacy/requests/find/", {"subject_id": "user_Sarah"})
    assert url(erasure) not in response.text
    assert "No request of this person" in response.text
    wrong = officer.post("/privacy/requests/find/", {"subject_id": ""})
    assert (wrong.status_code, "This field is required." in wrong.text) == (422, True)
    assert "No request of this person" not in wrong.text


def test_the_id_that_is_looked_for_is_written_down_nowhere(
    officer: Client, erasure: Request, caplog: pytest.LogCaptureFixture
) -> None:
    assert 'method="post" action="/privacy/requests/find/"' in officer.get("/privacy/").text
    response = officer.post("/privacy/requests/find/", {"subject_id": erasure.subject_id})
    assert response.status_code == 200, "no redirect, whose address would have to hold it"
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.subject, entry.detail) == ("looked-for-requests", erasure.subject, {"found": 1})
    assert erasure.subject_id not in caplog.text
    assert officer.get(f"/privacy/requests/find/?subject_id={erasure.subject_id}").context["rows"] is None


def test_more_than_a_page_shows_is_said(officer: Client, monkeypatch: pytest.MonkeyPatch, petra: User) -> None:
    monkeypatch.setattr("privacy.views.requests.FOUND", 2)
    for _ in range(3):
        filed = requesting.file("access", "user_often", requesting.Filer(petra))
        Request.objects.filter(pk=filed.pk).update(state=State.DONE)
    page = officer.post("/privacy/requests/find/", {"subject_id": "user_often"})
    assert len(page.context["rows"]) == 2
    assert "The newest 2; there are more." in page.text
