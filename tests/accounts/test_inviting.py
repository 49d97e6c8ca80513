"""By invitation only: a link that leads in once, for a week, and says in words why it does not."""

import io
import logging
import re
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import inviting
from accounts.models import Invitation, User
from accounts.roles import Role
from audit.actions import Action
from audit.models import Entry

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
NEW = "/settings/invitations/new/"
GOOD = {"name": "Nina New", "password": "a long and odd sentence"}


def invite_by_page(client: Client, **given: str) -> str:
    """Invite somebody by a link; returns its path."""
    response = client.post(NEW, {"email": "nina@example.com", "role": "support", "way": "link", **given})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = re.search(r"http://testserver(/accounts/invitations/[^<]+/)<", response.text)
    assert found, "the page shows no link"
    return found[1]


def test_by_a_link_one_makes_ones_account_and_signs_in(adam: User, sign_in: SignIn, client: Client) -> None:
    link = invite_by_page(sign_in(adam), email="Nina@Example.com", role="privacy", is_approver="on")
    page = client.get(link)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "Privacy officer" in page.text
    response = client.post(link, GOOD)
    assert response["Location"] == "/accounts/login/"
    assert "Your account is ready" in client.get("/accounts/login/").text
    nina = User.objects.get(email="nina@example.com")
    assert (nina.name, nina.role, nina.is_approver) == ("Nina New", Role.PRIVACY_OFFICER, True)
    client.post("/accounts/login/", {"login": "nina@example.com", "password": GOOD["password"]})
    assert "Nina New" in client.get("/").text
    invited, accepted = Entry.objects.order_by("id")
    assert (invited.action, invited.actor) == (Action.INVITED_PERSON, adam.pk)
    assert (accepted.action, accepted.actor) == (Action.ACCEPTED_INVITATION, nina.pk)
    assert accepted.detail == {"invitation": invited.detail["invitation"], "role": "privacy", "approver": True}


def test_the_link_is_stored_nowhere(adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    token = invite_by_page(client).removeprefix("/accounts/invitations/").strip("/")
    secret = token.split(".")[1]
    invitation = Invitation.objects.get()
    assert secret not in invitation.digest
    assert secret not in str(dict(client.session))
    for path in ("/settings/people/", "/settings/invitations/"):
        assert secret not in client.get(path).text


def refused(client: Client, link: str) -> str:
    """What a link says that does not lead in, asked and tried."""
    asked, tried = client.get(link), client.post(link, GOOD)
    assert asked.status_code == tried.status_code == 410
    assert "This link does not lead in" in asked.text
    assert not User.objects.filter(name=GOOD["name"]).exclude(email="nina@example.com").exists()
    return asked.text


def test_a_used_link(adam: User, sign_in: SignIn, client: Client) -> None:
    link = invite_by_page(sign_in(adam))
    assert client.post(link, GOOD).status_code == 302
    assert "was used already" in refused(client, link)
    assert User.objects.filter(email="nina@example.com").count() == 1


def test_an_expired_link(adam: User, sign_in: SignIn, client: Client) -> None:
    link = invite_by_page(sign_in(adam))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "good for seven days, and they are over" in refused(client, link)
    assert not User.objects.filter(email="nina@example.com").exists()


def test_a_link_is_good_for_seven_days(adam: User, sign_in: SignIn) -> None:
    invite_by_page(sign_in(adam))
    [invitation] = Invitation.objects.all()
    assert abs(invitation.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)


def test_a_withdrawn_link(adam: User, sign_in: SignIn, client: Client) -> None:
    admin = sign_in(adam)
    link = invite_by_page(admin)
    [invitation] = Invitation.objects.all()
    assert admin.post(f"/settings/invitations/{invitation.pk}/revoke/").status_code == 302
    assert "withdrawn" in refused(client, link)
    # Again, it is done and recorded once; and nothing brings it back.
    admin.post(f"/settings/invitations/{invitation.pk}/revoke/")
    assert Entry.objects.filter(action=Action.WITHDREW_INVITATION).count() == 1
    response = admin.post(f"/settings/invitations/{invitation.pk}/renew/", follow=True)
    assert "That invitation is over" in response.text


def test_a_newer_link_takes_the_place_of_the_one_before(adam: User, sign_in: SignIn, client: Client) -> None:
    admin = sign_in(adam)
    old = invite_by_page(admin)
    [invitation] = Invitation.objects.all()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    response = admin.post(f"/settings/invitations/{invitation.pk}/renew/", {"way": "link"})
    assert "no-store" in response["Cache-Control"]
    new = re.search(r"http://testserver(/accounts/invitations/[^<]+/)<", response.text)
    assert new
    assert "newer link" in refused(client, old)
    assert client.post(new[1], GOOD).status_code == 302


@pytest.mark.parametrize("change", ["cut", "flip", "another", "nonsense"])
def test_a_link_that_was_changed(adam: User, sign_in: SignIn, client: Client, change: str) -> None:
    link = invite_by_page(sign_in(adam)).rstrip("/")
    links = {"cut": link[:-3], "flip": link[:-1] + ("a" if link[-1] != "a" else "b"), "nonsense": "/accounts/invitations/x"}
    links["another"] = re.sub("[0-9a-f]{32}", "0" * 32, link)
    assert "The link is not whole" in refused(client, links[change] + "/")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"password": "short"}, "at least 10 characters"),
        ({"password": "1234567890"}, "too common"),
        ({"password": "nina@example.com"}, "too similar to the email"),
        ({"password": ""}, "This field is required"),
        ({"name": "  "}, "This field is required"),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"name": "Nina\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_bad_name_or_password(adam: User, sign_in: SignIn, client: Client, given: dict[str, str], sentence: str) -> None:
    link = invite_by_page(sign_in(adam))
    response = client.post(link, {**GOOD, **given})
    assert response.status_code == 422
    assert sentence in response.text
    assert f'value="{given.get("password", GOOD["password"])}"' not in response.text
    assert not User.objects.filter(email="nina@example.com").exists()


def test_no_link_stands_in_the_log(adam: User, sign_in: SignIn, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    [console] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    out = io.StringIO()
    monkeypatch.setattr(console, "stream", out)
    link = invite_by_page(sign_in(adam))
    client.post(link, {"name": "", "password": ""})
    client.get(link.replace(".", "x"))
    client.get("/accounts/password/reset/key/secret_of_a_link/")
    assert "Unprocessable Entity: /accounts/invitations/…/" in out.getvalue()
    assert "Not Found: /accounts/password/reset/key/…/" in out.getvalue()
    assert link.split(".")[1] not in out.getvalue()
    assert "secret_of_a_link" not in out.getvalue()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"email": "not an address"}, "Enter a valid email address."),
        ({"email": ""}, "This field is required"),
        ({"email": "SUE@example.com"}, "There is an account with this address already."),
        ({"email": "x@example.com", "role": "boss"}, "Select a valid choice."),
    ],
)
def test_who_cannot_be_invited(adam: User, sue: User, sign_in: SignIn, given: dict[str, str], sentence: str) -> None:
    response = sign_in(adam).post(NEW, {"role": "support", "way": "link", **given})
    assert response.status_code == 422
    assert sentence in response.text
    assert not Invitation.objects.exists()


def test_a_deactivated_person_is_reactivated_not_invited(adam: User, sue: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=sue.pk).update(is_active=False)
    response = sign_in(adam).post(NEW, {"email": sue.email, "role": "support"})
    assert "It is deactivated: open it and reactivate it." in response.text


def test_an_address_is_invited_once_until_the_link_ran_out(adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    invite_by_page(client)
    response = client.post(NEW, {"email": "NINA@example.com", "role": "admin"})
    assert response.status_code == 422
    assert "is invited already" in response.text
    Invitation.objects.update(expires_at=timezone.now())
    invite_by_page(client, role="auditor")
    assert [one.state for one in Invitation.objects.order_by("created_at")] == ["Withdrawn", "Waiting"]


def test_an_account_that_came_another_way(adam: User, sign_in: SignIn, client: Client) -> None:
    link = invite_by_page(sign_in(adam))
    User.objects.create_user("nina@example.com")
    response = client.post(link, GOOD)
    assert response.status_code == 410
    assert "There is an account with this address already. Sign in with it." in response.text


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_used_twice_at_once_makes_one_account(adam: User) -> None:
    _, token = inviting.invite("nina@example.com", Role.SUPPORT, by=adam)
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def accept() -> None:
        try:
            ready.wait()
            inviting.accept(token, "Nina", GOOD["password"])
            outcomes.append("")
        except inviting.BadLink as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = sorted(outcomes)
    assert first == ""
    assert "used already" in second
    assert User.objects.filter(email="nina@example.com").count() == 1


def test_without_mail_the_page_says_so(adam: User, sign_in: SignIn) -> None:
    text = sign_in(adam).get(NEW).text
    assert "E-mail is not set up here (EMAIL_URL)" in text
    assert "Send the invitation" not in text
    response = sign_in(adam).post(NEW, {"email": "nina@example.com", "role": "support", "way": "mail"})
    assert "Hand over this link" in response.text
    assert mail.outbox == []


def test_with_mail_it_is_sent_and_the_link_not_shown(
    adam: User, sign_in: SignIn, client: Client, settings: Settings
) -> None:
    settings.EMAIL_IS_SET_UP, settings.PUBLIC_URL = True, "https://memory.example.com"
    admin = sign_in(adam)
    response = admin.post(NEW, {"email": "nina@example.com", "role": "support", "way": "mail"})
    assert response["Location"] == "/settings/people/"
    [letter] = mail.outbox
    assert letter.to == ["nina@example.com"]
    link = re.search(r"https://memory\.example\.com(/accounts/invitations/\S+/)", str(letter.body))
    assert link
    assert Invitation.objects.get().sent_at is not None
    assert link[1] not in admin.get("/settings/people/").text
    assert client.get(link[1]).status_code == 200
    admin.post(f"/settings/invitations/{Invitation.objects.get().pk}/renew/", {"way": "mail"})
    assert len(mail.outbox) == 2
    assert client.get(link[1]).status_code == 410


class Broken(EmailBackend):
    """A mail server that is not there."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("nina@example.com is not to be told")


def test_a_letter_that_cannot_be_sent_leaves_the_link(adam: User, sign_in: SignIn, settings: Settings) -> None:
    settings.EMAIL_IS_SET_UP, settings.EMAIL_BACKEND = True, f"{__name__}.Broken"
    response = sign_in(adam).post(NEW, {"email": "nina@example.com", "role": "support", "way": "mail"})
    assert "The e-mail could not be sent" in response.text
    assert "is not to be told" not in response.text
    assert "/accounts/invitations/" in response.text
    assert Invitation.objects.get().sent_at is None
