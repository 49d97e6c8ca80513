"""What is sent after its sender was signed out, or signed in anew, comes back whole and can be sent again."""

from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html

from accounts.models import User
from subjects.models import Subject
from tests.conftest import PASSWORD
from tests.subjects.pages.conftest import HTMX

LOGIN = "/accounts/login/"
NEW = "/subjects/new/"
TYPED = {
    "subject_id": "user_ann",
    "kind": "user",
    "note": ['<b>two & a "half"</b>\nof one name', "the second"],
    "action": "create",
}
HERE, ELSEWHERE = {"Origin": "http://testserver"}, {"Origin": "https://example.org"}


def form_of(page: str) -> Any:
    return html.fromstring(page).xpath("//main//form")[0]


def sent_by(form: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in form.xpath(".//input[@type='hidden']"):
        found.setdefault(field.get("name"), []).append(field.get("value"))
    return found


@pytest.fixture
def strict(sue: User) -> Client:
    """Sue's browser, which is held to the tokens of forms."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(sue)
    return client


def sign_in_anew(client: Client, person: User) -> None:
    del client.cookies[settings.SESSION_COOKIE_NAME]
    token = sent_by(form_of(client.get(LOGIN).text))["csrfmiddlewaretoken"][0]
    signed_in = client.post(LOGIN, {"login": person.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    assert signed_in.status_code == 302


def test_who_was_signed_out_gets_back_what_they_typed(client: Client, db: None) -> None:
    response = client.post(f"{NEW}?from=list", TYPED)
    assert response.status_code == 401
    assert "You are signed out." in response.text
    assert f'href="{LOGIN}"' in response.text
    assert "no-store" in response.headers["Cache-Control"]
    form = form_of(response.text)
    assert (form.get("method"), form.get("action"), form.get("enctype")) == ("post", f"{NEW}?from=list", None)
    sent = sent_by(form)
    del sent["csrfmiddlewaretoken"]
    assert sent == {name: value if isinstance(value, list) else [value] for name, value in TYPED.items()}
    assert "<b>" not in response.text
    assert not Subject.objects.exists()


def test_what_was_typed_can_be_read_there(client: Client, db: None) -> None:
    page = client.post(NEW, {"text": "Moved to\nBreda", "kind": "user"}).text
    assert [unescape(one.text_content()) for one in html.fromstring(page).xpath("//details//div")] == ["Moved to\nBreda"]


def test_a_button_that_was_pressed_too_late_can_be_pressed_again(client: Client, db: None) -> None:
    page = client.post(NEW, {}).text
    assert "What you typed" not in page
    assert "Send it again" in page


def test_files_are_chosen_again(client: Client, db: None) -> None:
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile('<i>"b".txt', b"b")]
    page = client.post(NEW, {"file": files, "other": SimpleUploadedFile("c.txt", b"c"), "text": "said"}).text
    form = form_of(page)
    assert form.get("enctype") == "multipart/form-data"
    chosen = [(field.get("name"), field.get("multiple") is not None) for field in form.xpath(".//input[@type='file']")]
    assert chosen == [("file", True), ("other", False)]
    assert "Choose again: a.txt, &lt;i&gt;" in page


def test_in_place_it_stays_where_it_was_typed(client: Client, db: None) -> None:
    response = client.post(NEW, TYPED, headers=HTMX)
    assert response.headers["HX-Reswap"] == "none"
    assert "HX-Redirect" not in response.headers
    assert "You are signed out." in response.text
    assert f'href="{LOGIN}"' in response.text
    assert "two &amp; a" not in response.text


def test_signed_in_anew_it_is_sent_under_the_new_name(strict: Client, sue: User, adam: User) -> None:
    form = form_of(strict.get(NEW).text)
    old = sent_by(form)["csrfmiddlewaretoken"]
    sign_in_anew(strict, adam)
    response = strict.post(NEW, TYPED | {"csrfmiddlewaretoken": old}, headers=HERE)
    assert response.status_code == 403
    assert "as Adam." in response.text
    sent = sent_by(form_of(response.text))
    assert sent["note"] == TYPED["note"]
    assert sent["csrfmiddlewaretoken"] != old
    assert strict.post(NEW, sent, headers=HERE).status_code in (302, 422), "taken, and looked at as ever"


def test_in_place_the_form_gets_a_new_token(strict: Client, sue: User) -> None:
    old = sent_by(form_of(strict.get(NEW).text))["csrfmiddlewaretoken"]
    sign_in_anew(strict, sue)
    sent = TYPED | {"csrfmiddlewaretoken": old}
    response = strict.post(NEW, sent, headers=HERE | HTMX)
    assert "as Sue." in response.text
    sent["csrfmiddlewaretoken"] = [response.headers["HX-Trigger"].removeprefix('{"fresh-token": "').removesuffix('"}')]
    assert "You have signed in" not in strict.post(NEW, sent, headers=HERE | HTMX).text


@pytest.mark.parametrize("origin", [ELSEWHERE, {"Origin": "null"}, {}], ids=["elsewhere", "null", "none"])
@pytest.mark.parametrize("inplace", [{}, HTMX], ids=["page", "fragment"])
def test_no_other_site_gets_a_form_that_one_press_sends(
    origin: dict[str, str], inplace: dict[str, str], strict: Client
) -> None:
    response = strict.post(NEW, TYPED, headers=origin | inplace)
    assert response.status_code == 403
    assert "This page is out of date" in response.text
    assert "user_ann" not in response.text
    assert "HX-Trigger" not in response.headers
    assert not html.fromstring(response.text).xpath("//form")


def test_who_was_signed_out_and_whose_token_is_old_is_told_to_sign_in(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(NEW, TYPED, headers=HERE)
    assert response.status_code == 401
    assert sent_by(form_of(response.text))["note"] == TYPED["note"]


@pytest.mark.parametrize("name", ["account_login", "account_reauthenticate", "account_change_password"])
def test_passwords_never_come_back(name: str, strict: Client) -> None:
    typed = {"login": "sue@example.com", "password": PASSWORD, "oldpassword": PASSWORD, "password1": PASSWORD}
    response = strict.post(reverse(name), typed, headers=HERE)
    assert response.status_code == 403
    assert PASSWORD not in response.text
