"""Every address, as a page and as a fragment, is open to those who may open it and to nobody else."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.roles import APPROVERS_MAY, MAY, Role
from tests.addresses import address, patterns
from tests.lasting import lasting
from tests.pages import ANYONE, PAGES
from tests.subjects.pages.conftest import HTMX, Story
from tests.told import PEOPLE, Told, tell

OF_ONE_PERSON = ("list-export-detail", "list-export-download", "export-download")
PEOPLE_IDS = [*Role, "support and approver"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


NAMES = sorted({str(entry.name) for route, entry in patterns(get_resolver()) if not route.startswith(("v1/", "api/"))})
OURS = [name for name in NAMES if name in PAGES and PAGES[name] != {"GET": ANYONE}]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Told]:
    """Told once for two thousand cases: making these rows takes longer than asking for a page."""
    yield from lasting(tell, django_db_blocker)


@pytest.fixture
def story(told: Told, db: None) -> Story:
    """The story as it was told, whatever the case before did to it."""
    return told.story


def test_every_address_says_who_may_open_it() -> None:
    assert sorted(PAGES) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_nobody_gets_no_further_than_signing_in(name: str, fragment: bool, story: Story) -> None:
    url = address(name, story)
    for method, permission in PAGES[name].items():
        response = Client(headers=HTMX if fragment else {}).generic(method, url)
        if permission is ANYONE:
            assert response.status_code in (200, 302)
        elif method == "POST":
            assert response.status_code == (200 if fragment else 401)
            assert "You are signed out." in response.text
        elif fragment:
            assert response.headers["HX-Redirect"].startswith("/accounts/login/?next=")
            assert not response.content
        else:
            assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={url}")


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize(("role", "approver"), PEOPLE, ids=PEOPLE_IDS)
def test_each_role_may_open_what_it_is_there_for(
    name: str, fragment: bool, role: Role, approver: bool, told: Told, story: Story
) -> None:
    client = Client(headers=HTMX if fragment else {})
    client.cookies[settings.SESSION_COOKIE_NAME] = told.sessions[role, approver]
    for method, permission in PAGES[name].items():
        assert permission is not None
        response = client.generic(method, address(name, story))
        if role in MAY[permission] or (approver and permission in APPROVERS_MAY):
            # A list that somebody else saved is not there for anybody but them; polling for one that is gone ends.
            expected = (404, 286) if name in OF_ONE_PERSON else (200, 204, 302, 422)
            assert response.status_code in expected, (method, response.status_code)
        else:
            assert response.status_code == 403
            assert f"To {permission.label}, one has to be " in response.text


@pytest.mark.parametrize("name", OURS)
def test_other_methods_are_refused(name: str, story: Story, adam: User, sign_in: Callable[[User], Client]) -> None:
    for client in (sign_in(adam), Client()):
        for method in METHODS:
            if method not in PAGES[name]:
                assert client.generic(method, address(name, story)).status_code == 405


@pytest.mark.parametrize("name", OURS)
def test_addresses_hold_no_personal_words(name: str, story: Story) -> None:
    url = address(name, story)
    assert story.subject.subject_id not in url
    assert "human" not in url


@pytest.mark.parametrize("name", [name for name in OURS if "GET" in PAGES[name]])
def test_pages_may_load_nothing_from_elsewhere(
    name: str, story: Story, adam: User, sign_in: Callable[[User], Client]
) -> None:
    response = sign_in(adam).get(address(name, story))
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
        text = response.text
        assert not re.search(r"<(script|style)\b(?![^>]*\bsrc=)|\sstyle=|\son\w+=|javascript:|https?://", text)
        assert response.headers["Cache-Control"] == "private"
        assert "HX-Request" in response.headers["Vary"]
