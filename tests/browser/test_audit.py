"""The audit log in a browser: accessible in light and dark, wide and narrow; verified while one looks."""

import os
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from audit import checking
from audit.actions import Action, Reason
from audit.models import Entry
from audit.recording import record
from audit.sealing import seal_entries
from subjects.models import Subject
from tests.audit.conftest import triggers_off
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.subjects.pages.conftest import tell_story


@pytest.fixture
def subject(transactional_db: None, sue: User) -> Subject:
    story = tell_story()
    subject = story.subject
    for action in (Action.LOOKED_AT_MEMORY, Action.TAUGHT, Action.CORRECTED_BLOCK, Action.LOOKED_AT_PROMPT):
        run = story.learned.pk if action == Action.TAUGHT else None
        record(
            action, by=sue, subject=subject.pk, run=run, reason=Reason.COMPLAINT, ticket="HELP-204", detail={"revision": 3}
        )
    record(Action.LOOKED_AT_MEMORY, by=sue, subject=uuid.uuid4())
    record(Action.SIGNED_RECEIPT, by=None, subject=uuid.uuid4())
    seal_entries()
    return subject


def _shot(page: Page, name: str) -> None:
    """A picture of the page, when a folder for them is named: to be looked at by a person."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_broken_log_is_accessible_and_fits(
    scheme: str, width: int, subject: Subject, reader: Reader, petra: User, sue: User
) -> None:
    with triggers_off():
        Entry.objects.filter(action=Action.TAUGHT).update(ticket="HELP-205")
    checking.advance(str(checking.start_verification(petra).pk))
    page = reader.signed_in(petra, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto("/audit/verify/")
    _shot(page, f"verify-{scheme}-{width}")
    assert check(page, "an entry that was changed") == []


def test_from_a_subject_to_the_log_and_its_verification(subject: Subject, reader: Reader, petra: User) -> None:
    page = reader.signed_in(petra)
    page.goto(f"/subjects/{subject.pk}/")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("row", name="Sue corrected a block")).to_be_visible()
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page.get_by_text("looked at the memory")).to_have_count(0)
    page.get_by_role("link", name="The same in the audit log").click()
    expect(page.get_by_label("Subject", exact=True)).to_have_value(str(subject.pk))
    page.get_by_role("link", name="Verify").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("Running")).to_be_visible()
    checking.advance(checking.due()[0])
    expect(page.get_by_role("heading", name="Intact")).to_be_visible()
