"""Drift and shared blocks in a browser: from a number to whom it counts, and an edit for all made with the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schemas.models import SharedBlock, Template
from subjects.models import Block
from tests.browser.conftest import Reader
from tests.schemas.drifted import written_drift
from tests.schemas.shared import written_shared
from tests.subjects.pages.conftest import make_block, make_subject


@pytest.fixture
def care(transactional_db: None) -> Template:
    """Three subjects, two of which differ."""
    return written_drift("Care")


@pytest.fixture
def shared(transactional_db: None, adam: User) -> SharedBlock:
    shared = written_shared(
        "Be kind.", "Be kind.\nNever promise a date.", "Be kind.\nNever promise a date, and never a discount.", by=adam,
        subjects=2,
    )  # fmt: skip
    for name in ("dov", "eva"):
        block = make_block(make_subject(f"user_{name}"), shared.label, shared.value, limit=500)
        Block.objects.filter(pk=block.pk).update(
            block_id=shared.block_id, description=shared.description, read_only=shared.read_only
        )
    return shared


def test_from_a_number_to_its_subjects_and_on_to_a_rollout(care: Template, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam)
    page.goto(f"/templates/{care.pk}/")
    page.get_by_role("link", name="Drift").click()
    row(page, "Missing block").get_by_role("link", name="1").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("user_bob")
    page.get_by_role("link", name="Roll out version 2 to them").click()
    expect(page.locator("h1")).to_contain_text("ollout")


def test_an_edit_for_all_asks_for_the_number_first(shared: SharedBlock, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam)
    page.goto(f"/templates/shared/{shared.pk}/edit/")
    expect(page.get_by_label("Change it for 2 subjects")).not_to_be_checked()
    page.get_by_label("Value").press("End")
    page.get_by_label("Reason").fill("Legal asked.")
    page.get_by_label("Reason").press("Enter")
    # The browser itself holds the form back.
    expect(page.locator("h1")).to_have_text("Edit policies")
    assert page.get_by_label("Change it for 2 subjects").evaluate("box => box.validity.valueMissing")


def row(page: Page, name: str) -> Page:
    return page.get_by_role("row", name=name).first  # type: ignore[return-value]
