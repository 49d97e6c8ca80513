"""Every page there is, with much in it and with nothing: axe finds nothing, and none is wider than the screen."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import MAY, Role
from tests.addresses import words_of
from tests.browser.conftest import Reader, Windows, session_of
from tests.browser.house import House, furnished
from tests.browser.sweep import looked_at
from tests.pages import PAGES

FILE, ELSEWHERE = "a file to download", "sends on to another page"
NOT_SWEPT = {
    "up": "a word for load balancers",
    "list-export-download": FILE,
    "entry-export": FILE,
    "export-download": FILE,
    "receipt-download": FILE,
    "rollout-download": FILE,
    "template-format": FILE,
    "version-export": FILE,
    "account_email": ELSEWHERE,
    "account_set_password": ELSEWHERE,
    "settings-detail": ELSEWHERE,
    "freshness-detail": "a line of the subject page, which asks for it when it is there",
    "conversation-preview": "what a form answers: test_pages looks at it",
    "conversation-learn": "what a form answers: it leads to the run",
}
"""Addresses that answer no page of their own, each with the reason."""
SWEPT = sorted(name for name, methods in PAGES.items() if "GET" in methods and name not in NOT_SWEPT)
SIGNED_IN = ("account_change_password", "account_logout", "account_reauthenticate")
"""of allauth's pages, those for people who are signed in"""


def reader_of(name: str) -> Role | None:
    """Who looks at it: the admin, where admins may; a privacy officer otherwise; nobody, where anybody may."""
    permission = PAGES[name]["GET"]
    if permission is None:
        return Role.ADMIN if name in SIGNED_IN else None
    return next(role for role in (Role.ADMIN, Role.PRIVACY_OFFICER) if role in MAY[permission])


@pytest.fixture
def house(site: str) -> House:
    return furnished()


def test_every_page_is_swept_or_says_why_not() -> None:
    """What a new address of PAGES needs: nothing if it answers a page, otherwise a line in NOT_SWEPT."""
    asked = {name for name, methods in PAGES.items() if "GET" in methods}
    assert set(NOT_SWEPT) <= asked, "no longer there"
    assert set(SWEPT) | set(NOT_SWEPT) == asked


def test_every_page_with_much_in_it_is_accessible_and_fits(house: House, reader: Reader) -> None:
    windows = Windows(reader, house.told.sessions)
    wrong = []
    for name in SWEPT:
        for place, address in enumerate(house.addresses[name]):
            wrong += looked_at(windows.of(reader_of(name)), f"{name}-{place}" if place else name, address)
    assert not wrong, "\n".join(wrong)


def test_every_list_with_nothing_in_it_is_accessible_and_fits(site: str, reader: Reader, adam: User, petra: User) -> None:
    """The pages that one can open before anything is there."""
    windows = Windows(reader, {(Role(person.role), False): session_of(person) for person in (adam, petra)})
    wrong = []
    for name in SWEPT:
        if list(PAGES[name]) == ["GET"] and PAGES[name]["GET"] and not words_of(name):
            wrong += looked_at(windows.of(reader_of(name)), f"{name}-empty", reverse(name))
    assert not wrong, "\n".join(wrong)
