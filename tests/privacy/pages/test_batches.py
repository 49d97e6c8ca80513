"""Lists of ids on their pages: given, watched, confirmed and approved by two people."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from privacy import batching, requesting
from privacy.models import Batch, Request
from subjects.models import Subject
from tests.subjects.pages.conftest import HTMX

SignIn = Callable[[User], Client]


@pytest.fixture
def officer(petra: User, sign_in: SignIn) -> Client:
    return sign_in(petra)


@pytest.fixture
def ids(db: None) -> str:
    Subject.objects.bulk_create(Subject(subject_id=f"user_{one}") for one in range(12))
    return "\n".join([*(f"user_{one}" for one in range(12)), "user_3", "nobody_here"])


def filed(client: Client, text: str) -> Batch:
    client.post("/privacy/lists/new/", {"kind": "erasure", "text": text})
    batch = Batch.objects.get()
    batching.advance(str(batch.pk))
    return batch


def test_from_the_list_to_approved(ids: str, officer: Client, adam: User, sign_in: SignIn) -> None:
    response = officer.post("/privacy/lists/new/", {"kind": "erasure", "text": ids})
    batch = Batch.objects.get()
    address = f"/privacy/lists/{batch.pk}/"
    assert response["Location"] == address
    page = officer.get(address).text
    assert "0 of 13 ids looked at" in page
    assert 'hx-trigger="every 1s"' in page

    batching.advance(str(batch.pk))
    page = officer.get(address).text
    assert "12 requests filed" in page
    assert "nobody_here" in page
    assert "unknown: nothing is stored under this id" in page
    assert "1 double ignored" in page
    assert "hx-get" not in page, "nothing happens by itself until it is confirmed"

    wrong = officer.post(f"{address}confirm/", {"typed": "13"})
    assert wrong.status_code == 422
    assert "That is not the number of people to be erased: 12" in wrong.text
    assert "12 requests confirmed" in officer.post(f"{address}confirm/", {"typed": "12"}, follow=True).text
    assert "Approve 12 erasures" not in officer.get(address).text
    approver = sign_in(adam)
    assert "Approve 12 erasures" in approver.get(address).text
    assert "12 requests approved" in approver.post(f"{address}approve/", follow=True).text
    assert Request.objects.filter(state="approved", approved_by=adam).count() == 12


def test_as_a_file(ids: str, officer: Client) -> None:
    file = SimpleUploadedFile("ids.csv", ids.encode())
    officer.post("/privacy/lists/new/", {"kind": "access", "file": file})
    assert (Batch.objects.get().lines_expected, Batch.objects.get().doubles) == (13, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "The list is empty"),
        ({"text": "x" * 201}, "Line 1 has 201 characters"),
        ({"file": SimpleUploadedFile("ids.txt", b"\xff\xfe\x00")}, "not text in UTF-8"),
        ({"file": SimpleUploadedFile("ids.txt", b"a"), "text": "b"}, "not both"),
        ({"text": "a", "kind": "deletion"}, "Select a valid choice"),
    ],
)
def test_a_bad_list_is_said_beside_its_field(given: dict[str, object], said: str, officer: Client) -> None:
    response = officer.post("/privacy/lists/new/", {"kind": "erasure", **given})
    assert response.status_code == 422
    assert said in response.text
    assert not Batch.objects.exists()


def test_each_state_leads_to_the_requests_of_the_list_alone(ids: str, officer: Client, petra: User) -> None:
    batch = filed(officer, ids)
    requesting.file("erasure", "user_apart", requesting.Filer(petra))
    assert f'<a href="/privacy/?batch={batch.pk}&amp;state=received">' in officer.get(f"/privacy/lists/{batch.pk}/").text
    page = officer.get(f"/privacy/?batch={batch.pk}&state=received")
    assert {row.request.batch_id for row in page.context["rows"]} == {batch.pk}
    assert len(page.context["rows"]) == 12
    assert f'type="hidden" name="batch" value="{batch.pk}"' in page.text, "another filter keeps to the list"
    assert ">user_apart<" in officer.get("/privacy/?batch=nonsense").text


def test_a_fragment_comes_when_something_is_new(ids: str, officer: Client) -> None:
    officer.post("/privacy/lists/new/", {"kind": "access", "text": ids})
    batch = Batch.objects.get()
    seen = officer.get(f"/privacy/lists/{batch.pk}/").context["seen"]
    fragment = Client(headers=HTMX)
    fragment.cookies = officer.cookies
    assert fragment.get(f"/privacy/lists/{batch.pk}/", {"seen": seen}).status_code == 204
    batching.advance(str(batch.pk))
    answer = fragment.get(f"/privacy/lists/{batch.pk}/", {"seen": seen})
    assert answer.text.lstrip().startswith('<div id="standing"')


def test_queries_of_a_list_do_not_grow(ids: str, officer: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    batch = filed(officer, ids)
    officer.get(f"/privacy/lists/{batch.pk}/")
    with django_assert_num_queries(5):  # session, person, list, its states, what was not filed
        officer.get(f"/privacy/lists/{batch.pk}/")
