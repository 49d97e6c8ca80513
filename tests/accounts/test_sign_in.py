"""Signing in and out, passwords, and the pages that say no."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.access import requires
from accounts.models import User
from accounts.roles import Permission
from tests.conftest import PASSWORD
from tests.subjects.pages.conftest import HTMX

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, after: str = "/") -> int:
    return client.post(f"{LOGIN}?next={after}", {"login": email, "password": password, "next": after}).status_code


def test_one_signs_in_by_e_mail_and_comes_where_one_wanted(client: Client, sue: User) -> None:
    page = client.get(f"{LOGIN}?next=/subjects/new/").text
    assert "E-mail" in page
    assert "placeholder" not in page
    assert page.count("Forgot your password?") == 1
    response = client.post(LOGIN, {"login": "SUE@example.com", "password": PASSWORD, "next": "/subjects/new/"})
    assert response["Location"] == "/subjects/new/"
    assert "Sue" in client.get("/").text
    assert "Successfully" not in client.get("/").text


def test_one_is_not_sent_elsewhere_after_signing_in(client: Client, sue: User) -> None:
    response = client.post(LOGIN, {"login": sue.email, "password": PASSWORD, "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_a_wrong_password_does_not_tell_who_exists(client: Client, sue: User) -> None:
    known, unknown = (
        client.post(LOGIN, {"login": email, "password": "wrong"}).text for email in (sue.email, "nobody@example.com")
    )
    assert "not correct" in known
    assert errors(known) == errors(unknown)
    assert "_auth_user_id" not in client.session


def errors(page: str) -> list[str]:
    return re.findall(r'<p class="note error"[^>]*>(.*?)</p>|<ul class="errors"[^>]*>(.*?)</ul>', page, re.DOTALL)


def test_guessing_is_slowed_down(client: Client, sue: User) -> None:
    answers = [client.post(LOGIN, {"login": sue.email, "password": "wrong"}).text for _ in range(11)]
    assert "Too many failed attempts. Wait five minutes" in answers[-1]


def test_signing_out_takes_a_press(client: Client, sue: User) -> None:
    client.force_login(sue)
    assert "You are signed in as sue@example.com" in client.get("/accounts/logout/").text
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_a_forgotten_password_is_replaced_through_the_e_mail(client: Client, sue: User) -> None:
    client.post("/accounts/password/reset/", {"email": sue.email})
    [message] = mail.outbox
    [link] = re.findall(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(message.body))
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.text
    action = form.request["PATH_INFO"]
    done = client.post(action, {"password1": "a whole new password", "password2": "a whole new password"}, follow=True)
    assert "Your password is changed" in done.text
    assert sign_in(Client(), sue.email) == 200
    assert sign_in(Client(), sue.email, "a whole new password") == 302
    assert "This link works no more" in Client().get(link, follow=True).text


def test_asking_for_an_unknown_address_looks_the_same(client: Client, sue: User) -> None:
    known, unknown = (
        client.post("/accounts/password/reset/", {"email": email}, follow=True).text
        for email in (sue.email, "no@example.com")
    )
    assert "Look at your e-mail" in known
    assert known == unknown


def test_one_changes_ones_password(client: Client, sue: User) -> None:
    client.force_login(sue)
    page = client.get("/accounts/password/change/").text
    assert "Password you have now" in page
    assert "<ul><li>Your password" in page, "the rules are a list, not its source"
    new = {"oldpassword": PASSWORD, "password1": "a whole new password", "password2": "a whole new password"}
    client.post("/accounts/password/change/", new)
    assert sign_in(Client(), sue.email, "a whole new password") == 302


def test_nobody_signs_themselves_up(client: Client, db: None) -> None:
    assert "Accounts are made by admins" in client.get("/accounts/signup/").text
    client.post("/accounts/signup/", {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(email="eve@example.com").exists()


def test_who_was_closed_out_is_told(client: Client, sue: User) -> None:
    User.objects.update(is_active=False)
    response = client.post(LOGIN, {"login": sue.email, "password": PASSWORD}, follow=True)
    assert "This account is closed" in response.text
    client.force_login(sue)
    assert client.get("/").status_code == 302


def test_the_account_page_says_what_ones_role_may_do(client: Client, otto: User) -> None:
    client.force_login(otto)
    page = client.get("/accounts/").text
    assert "Auditor" in page
    assert "You may read what is remembered" in page
    assert "You may not create subjects" in page


def test_a_fragment_asked_for_after_the_session_ended_sends_the_whole_page_to_sign_in(client: Client, db: None) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://testserver/?q=a&after=b"}
    response = client.get("/", headers=headers)
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2F%3Fq%3Da%26after%3Db"


def test_a_role_that_may_not_is_told_who_may(client: Client, otto: User) -> None:
    client.force_login(otto)
    response = client.get("/subjects/new/")
    assert response.status_code == 403
    assert "To create subjects, one has to be Support or Admin. Your role is Auditor." in response.text


def test_a_form_from_an_old_page_is_refused_kindly(sue: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sue)
    response = client.post("/subjects/new/", {"subject_id": "x"})
    assert response.status_code == 403
    assert "This page is out of date" in response.text


def test_a_broken_page_is_a_page_without_the_database(sue: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("out of order")

    client = Client(raise_request_exception=False)
    client.force_login(sue)
    monkeypatch.setattr("subjects.views.lists.subjects_page", broken)
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "default-src" in response.headers["Content-Security-Policy"]


def test_permissions_are_carried_by_the_view() -> None:
    view = requires(Permission.TEACH)(lambda request: None)  # type: ignore[arg-type,return-value]
    assert view.permission is Permission.TEACH  # type: ignore[attr-defined]


@pytest.mark.parametrize("cookie", ["", "Nowhere/Land", "../../etc/passwd", "x" * 500, "Europe"])
def test_a_forged_time_zone_is_ignored(cookie: str, client: Client, sue: User) -> None:
    client.force_login(sue)
    client.cookies["memory_ui_zone"] = cookie
    assert client.get("/").status_code == 200
