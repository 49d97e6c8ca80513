"""Every address: who may open it, as a page and as a fragment. An address without a line here fails."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.roles import APPROVERS_MAY, MAY, Permission, Role
from privacy.models import Batch
from privacy.requesting import Filer, file
from tests.addresses import address, patterns
from tests.conftest import person
from tests.lasting import lasting
from tests.schemas.conftest import written_draft, written_template
from tests.subjects.pages.conftest import HTMX, Story, tell_story

ANYONE = None

READ: dict[str, Permission | None] = {"GET": Permission.READ_MEMORY}
PAGES: dict[str, dict[str, Permission | None]] = {
    "up": {"GET": ANYONE},
    "subject-list": READ,
    "search-detail": READ,
    "list-export-create": {"POST": Permission.READ_MEMORY},
    "list-export-detail": READ,
    "list-export-download": READ,
    "subject-create": {"GET": Permission.CREATE_SUBJECT, "POST": Permission.CREATE_SUBJECT},
    "subject-detail": READ,
    "subject-retry": {"POST": Permission.CREATE_SUBJECT},
    "overview-detail": READ,
    "connection-detail": READ,
    "sync-detail": READ,
    "run-browse": READ,
    "run-list": READ,
    "run-detail": READ,
    "run-retry": {"POST": Permission.TEACH},
    "run-cancel": {"POST": Permission.TEACH},
    "message-list": READ,
    "revision-list": READ,
    "revision-compare": READ,
    "timeline-detail": READ,
    "activity-detail": READ,
    "prompt-detail": READ,
    "freshness-detail": READ,
    "passage-list": READ,
    "passage-create": {"POST": Permission.CORRECT},
    "passage-delete": {"POST": Permission.CORRECT},
    "block-detail": READ,
    "block-create": {"GET": Permission.CORRECT, "POST": Permission.CORRECT},
    "block-edit": {"GET": Permission.CORRECT, "POST": Permission.CORRECT},
    "block-delete": {"GET": Permission.CORRECT, "POST": Permission.CORRECT},
    "block-restore": {"GET": Permission.CORRECT, "POST": Permission.CORRECT},
    "line-flag": {"POST": Permission.CORRECT},
    "line-unflag": {"POST": Permission.CORRECT},
    "conversation-create": {"GET": Permission.TEACH, "POST": Permission.TEACH},
    "conversation-preview": {"GET": Permission.TEACH, "POST": Permission.TEACH},
    "conversation-learn": {"GET": Permission.TEACH, "POST": Permission.TEACH},
    "account-detail": READ,
    "settings-detail": {"GET": Permission.MANAGE_SETTINGS},
    "person-list": {"GET": Permission.MANAGE_SETTINGS},
    "person-detail": {"GET": Permission.MANAGE_SETTINGS, "POST": Permission.MANAGE_SETTINGS},
    "person-deactivate": {"GET": Permission.MANAGE_SETTINGS, "POST": Permission.MANAGE_SETTINGS},
    "person-reactivate": {"POST": Permission.MANAGE_SETTINGS},
    "invitation-list": {"GET": Permission.MANAGE_SETTINGS},
    "invitation-create": {"GET": Permission.MANAGE_SETTINGS, "POST": Permission.MANAGE_SETTINGS},
    "invitation-renew": {"POST": Permission.MANAGE_SETTINGS},
    "invitation-revoke": {"POST": Permission.MANAGE_SETTINGS},
    "invitation-accept": {"GET": ANYONE},
    "letta-detail": {"GET": Permission.MANAGE_SETTINGS},
    "capability-detail": {"GET": Permission.MANAGE_SETTINGS},
    "learning-test-create": {"POST": Permission.MANAGE_SETTINGS},
    "learning-test-detail": {"GET": Permission.MANAGE_SETTINGS},
    "background-detail": {"GET": Permission.MANAGE_SETTINGS},
    "key-list": {"GET": Permission.MANAGE_SETTINGS},
    "key-create": {"GET": Permission.MANAGE_SETTINGS, "POST": Permission.MANAGE_SETTINGS},
    "key-revoke": {"GET": Permission.MANAGE_SETTINGS, "POST": Permission.MANAGE_SETTINGS},
    "entry-list": {"GET": Permission.READ_AUDIT},
    "entry-export": {"GET": Permission.READ_AUDIT},
    "verification-detail": {"GET": Permission.READ_AUDIT},
    "verification-create": {"POST": Permission.READ_AUDIT},
    "why-detail": {"GET": Permission.READ_MEMORY, "POST": Permission.READ_MEMORY},
    "why-search": {"GET": Permission.READ_MEMORY, "POST": Permission.READ_MEMORY},
    "document-create": {"GET": Permission.TEACH, "POST": Permission.TEACH},
    "document-detail": READ,
    "document-learn": {"POST": Permission.TEACH},
    "document-retry": {"POST": Permission.TEACH},
    "document-discard": {"POST": Permission.TEACH},
    "tidy-create": {"POST": Permission.TEACH},
    "tidy-list": READ,
    "tidy-many": {"POST": Permission.TEACH},
    "tidy-detail": READ,
    "tidy-decide": {"POST": Permission.CORRECT},
    "tidy-dismiss": {"POST": Permission.TEACH},
    "tidy-undo": {"POST": Permission.CORRECT},
    "tidy-again": {"POST": Permission.TEACH},
    # The privacy desk
    "request-list": {"GET": Permission.READ_REQUESTS},
    "request-find": {"GET": Permission.READ_REQUESTS, "POST": Permission.READ_REQUESTS},
    "export-download": {"GET": Permission.HANDLE_REQUESTS},
    "inventory-detail": {"GET": Permission.READ_REQUESTS},
    "receipt-list": {"GET": Permission.READ_REQUESTS},
    "receipt-detail": {"GET": Permission.READ_REQUESTS},
    "receipt-download": {"GET": Permission.READ_REQUESTS},
    "receipt-verify": {"GET": Permission.READ_REQUESTS, "POST": Permission.READ_REQUESTS},
    "orphan-list": {"GET": Permission.READ_REQUESTS},
    "orphan-detail": {"GET": Permission.HANDLE_REQUESTS},
    "orphan-decide": {"POST": Permission.HANDLE_REQUESTS},
    "scan-create": {"POST": Permission.HANDLE_REQUESTS},
    "rule-list": {"GET": Permission.READ_REQUESTS},
    "rule-create": {"POST": Permission.HANDLE_REQUESTS},
    "rule-detail": {"GET": Permission.READ_REQUESTS},
    "rule-start": {"POST": Permission.READ_REQUESTS},
    "rule-stop": {"POST": Permission.HANDLE_REQUESTS},
    "reappearance-list": {"GET": Permission.READ_REQUESTS},
    "reappearance-erase": {"POST": Permission.HANDLE_REQUESTS},
    "reappearance-let-in": {"POST": Permission.HANDLE_REQUESTS},
    "request-create": {"GET": Permission.HANDLE_REQUESTS, "POST": Permission.HANDLE_REQUESTS},
    "request-detail": {"GET": Permission.READ_REQUESTS},
    "request-confirm": {"POST": Permission.HANDLE_REQUESTS},
    "request-refuse": {"POST": Permission.HANDLE_REQUESTS},
    "request-withdraw": {"POST": Permission.HANDLE_REQUESTS},
    "request-hold": {"POST": Permission.HANDLE_REQUESTS},
    "request-release": {"POST": Permission.HANDLE_REQUESTS},
    "request-extend": {"POST": Permission.HANDLE_REQUESTS},
    "request-assign": {"POST": Permission.HANDLE_REQUESTS},
    "request-retry": {"POST": Permission.HANDLE_REQUESTS},
    "request-lift": {"POST": Permission.HANDLE_REQUESTS},
    "note-create": {"POST": Permission.HANDLE_REQUESTS},
    "batch-confirm": {"POST": Permission.HANDLE_REQUESTS},
    "batch-withdraw": {"POST": Permission.HANDLE_REQUESTS},
    "request-approve": {"POST": Permission.APPROVE_ERASURE},
    "batch-create": {"GET": Permission.HANDLE_REQUESTS, "POST": Permission.HANDLE_REQUESTS},
    "batch-detail": {"GET": Permission.READ_REQUESTS},
    "batch-approve": {"POST": Permission.APPROVE_ERASURE},
    "template-list": READ,
    "template-create": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "template-import": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "template-format": READ,
    "template-detail": READ,
    "template-edit": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "template-publish": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "draft-discard": {"POST": Permission.MANAGE_TEMPLATES},
    "template-duplicate": {"POST": Permission.MANAGE_TEMPLATES},
    "template-archive": {"POST": Permission.MANAGE_TEMPLATES},
    "template-default": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-list": READ,
    "rollout-create": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "rollout-detail": READ,
    "rollout-begin": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-pace": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-pause": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-resume": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-cancel": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-retry": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-undo": {"POST": Permission.MANAGE_TEMPLATES},
    "rollout-item-list": READ,
    "rollout-download": READ,
    "version-compare": READ,
    "version-export": READ,
    "version-detail": READ,
    "drift-detail": READ,
    "standing-list": READ,
    "shared-block-list": READ,
    "shared-block-create": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "shared-block-adopt": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "shared-block-detail": READ,
    "holder-list": READ,
    "shared-block-edit": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "shared-block-restore": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "shared-block-archive": {"POST": Permission.MANAGE_TEMPLATES},
    "distribution-create": {"GET": Permission.MANAGE_TEMPLATES, "POST": Permission.MANAGE_TEMPLATES},
    "distribution-detail": READ,
    "distribution-steer": {"POST": Permission.MANAGE_TEMPLATES},
    # Signing in: allauth's own rules, held in tests/accounts.
    "account_login": {"GET": ANYONE},
    "account_logout": {"GET": ANYONE},
    "account_inactive": {"GET": ANYONE},
    "account_signup": {"GET": ANYONE},
    "account_reauthenticate": {"GET": ANYONE},
    "account_change_password": {"GET": ANYONE},
    "account_set_password": {"GET": ANYONE},
    "account_reset_password": {"GET": ANYONE},
    "account_reset_password_done": {"GET": ANYONE},
    "account_reset_password_from_key": {"GET": ANYONE},
    "account_reset_password_from_key_done": {"GET": ANYONE},
    "account_email": {"GET": ANYONE},
}
OF_ONE_PERSON = ("list-export-detail", "list-export-download", "export-download")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Every role, and the mark "approver" on a role that may nothing of the kind by itself.
PEOPLE = [*((role, False) for role in Role), (Role.SUPPORT, True)]
PEOPLE_IDS = [*Role, "support and approver"]


NAMES = sorted({str(entry.name) for route, entry in patterns(get_resolver()) if not route.startswith(("v1/", "api/"))})
OURS = [name for name in NAMES if name in PAGES and PAGES[name] != {"GET": ANYONE}]


@dataclass(frozen=True)
class Told:
    """What there is for every case."""

    story: Story
    sessions: dict[tuple[Role, bool], str]
    """the cookie of somebody of this role, approver or not, who is signed in"""


def tell() -> Told:
    story = tell_story()
    batch = Batch.objects.create(kind="erasure", lines_expected=1, filed=1, state=Batch.State.FILED)
    file("erasure", story.subject.subject_id, Filer(person("Pia", Role.PRIVACY_OFFICER)), batch=batch, confirmed=True)
    written_draft(written_template("Care", [{"label": "human"}]), {"label": "human"}, {"label": "wishes"})
    sessions = {}
    for role, approver in PEOPLE:
        client = Client()
        email = f"{role}{'-approver' * approver}@example.com"
        client.force_login(User.objects.create(email=email, role=role, is_approver=approver))
        sessions[role, approver] = client.cookies[settings.SESSION_COOKIE_NAME].value
    person("Adam", Role.ADMIN)
    return Told(story, sessions)


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
