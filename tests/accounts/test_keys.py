"""API keys by the page: shown once, told apart by name, gone at once."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.bearer import key_of
from accounts.models import ApiKey, Scope, User
from audit.actions import Action
from audit.models import Entry

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
NEW = "/settings/keys/new/"


def make(client: Client, name: str = "support-bot", scopes: tuple[str, ...] = ("read", "learn")) -> str:
    response = client.post(NEW, {"name": name, "scopes": scopes})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = re.search(r'<code id="key">(mui-[\w-]{43})</code>', response.text)
    assert found, "the page shows no key"
    return found[1]


def test_a_key_is_shown_once_and_works_until_it_is_revoked(adam: User, sign_in: SignIn, client: Client) -> None:
    admin = sign_in(adam)
    key = make(admin)
    row = ApiKey.objects.get()
    assert (row.scopes, row.created_by) == (["read", "learn"], adam)
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/agents/", headers=headers).status_code == 200
    assert client.delete(f"/v1/agents/agent-{uuid4()}", headers=headers).json() == {
        "detail": "This API key lacks the scope manage (create, change and delete agents and blocks)."
        " An admin can make one that has it."
    }
    page = admin.get("/settings/keys/").text
    assert key not in page
    assert key[:12] in page
    assert "just now" in page
    assert "Revoke support-bot?" in admin.get(f"/settings/keys/{row.pk}/revoke/").text
    assert admin.post(f"/settings/keys/{row.pk}/revoke/").status_code == 302
    assert client.get("/v1/agents/", headers=headers).status_code == 401
    assert "revoked" in admin.get("/settings/keys/").text
    made, revoked = Entry.objects.order_by("id")
    assert (made.action, made.actor, made.detail["key"]) == (Action.MADE_KEY, adam.pk, str(row.pk))
    assert {name: made.detail[name] for name in Scope.values} == {
        "read": True, "learn": True, "manage": False, "privacy": False,
    }  # fmt: skip
    assert (revoked.action, revoked.detail) == (Action.REVOKED_KEY, {"key": str(row.pk)})
    # Again, nothing more happens.
    first = ApiKey.objects.get().revoked_at
    admin.post(f"/settings/keys/{row.pk}/revoke/")
    assert ApiKey.objects.get().revoked_at == first
    assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "bot"}, "a key without scopes opens nothing"),
        ({"name": "bot", "scopes": ["read", "everything"]}, "Select a valid choice"),
        ({"name": "", "scopes": ["read"]}, "This field is required"),
        ({"name": "b" * 101, "scopes": ["read"]}, "at most 100 characters"),
        ({"name": "b\x00t", "scopes": ["read"]}, "Null characters are not allowed"),
        ({"name": "Support-Bot", "scopes": ["read"]}, "Was this page sent twice?"),
    ],
)
def test_what_is_no_key(adam: User, sign_in: SignIn, given: dict[str, object], sentence: str) -> None:
    client = sign_in(adam)
    make(client)
    response = client.post(NEW, given)
    assert response.status_code == 422
    assert sentence in response.text
    assert ApiKey.objects.count() == 1


def test_the_name_of_a_revoked_key_is_free_again(adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    make(client)
    client.post(f"/settings/keys/{ApiKey.objects.get().pk}/revoke/")
    make(client)


def test_the_list_costs_the_same_however_many(
    adam: User, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        ApiKey.issue(f"key-{number:02}", adam)
    client = sign_in(adam)
    with django_assert_num_queries(3):  # session, person, keys
        text = client.get("/settings/keys/").text
    assert "key-39" in text
    assert "key-14" not in text
    assert "key-14" in client.get(f"/settings/keys/?after={ApiKey.objects.get(name='key-15').pk}").text


def test_an_empty_page_offers_the_first_step(adam: User, sign_in: SignIn) -> None:
    assert "No keys yet" in sign_in(adam).get("/settings/keys/").text


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer wrong", "Bearer a\x00b"])
def test_no_key_is_no_key(header: str) -> None:
    assert key_of(RequestFactory().get("/", headers={"Authorization": header})) is None


def test_a_live_key_is_found_in_a_request(adam: User) -> None:
    row, key = ApiKey.issue("portal", adam, [Scope.PRIVACY])
    request = RequestFactory().get("/", headers={"Authorization": f"bearer {key}"})
    found = key_of(request)
    assert found == row
    assert found.may(Scope.PRIVACY)
    assert not found.may(Scope.READ)
    row.revoke()
    assert key_of(request) is None
