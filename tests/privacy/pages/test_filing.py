"""Filing a request: from the form and from a subject's page."""

import pytest
from django.test import Client

from accounts.models import User
from privacy import working
from privacy.models import Request
from subjects.models import Subject
from tests.privacy.pages.conftest import SignIn, url


def test_filing_from_the_subject_page(officer: Client, sarah: Subject) -> None:
    link = f"/privacy/requests/new/?subject={sarah.pk}"
    assert link in officer.get(f"/subjects/{sarah.pk}/").text
    assert 'value="user_sarah"' in officer.get(link).text
    response = officer.post("/privacy/requests/new/", {"kind": "erasure", "subject_id": "user_sarah"})
    filed = Request.objects.get()
    assert response["Location"] == url(filed)
    assert (filed.state, filed.subject) == (Request.State.RECEIVED, sarah.pk)


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
