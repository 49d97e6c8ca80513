"""Toasts: said, seen, undone, closed by key and button, and gone after a while, in no one's way."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Flag, Subject
from tests.browser.conftest import Reader
from tests.browser.test_pages import check


@pytest.fixture
def block(site: str) -> Block:
    new = NewBlock("human", "Who it is.", "Name: Ida Roos\nLives in Delft", 200)
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [new])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def in_letta(block: Block) -> str:
    return agents().get_block(str(block.block_id)).value


def save(page: Page, text: str) -> None:
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill(text)
    page.get_by_label("Reason").fill("she said so")
    page.get_by_role("button", name="Save", exact=True).click()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_an_edit_is_said_and_undone_without_a_jump(width: int, scheme: str, block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"/subjects/{block.subject_id}/")
    expect(page.locator("#freshness")).to_contain_text("In step with Letta")
    save(page, "Name: Ida Roos")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Saved as revision 2.")
    assert page.locator("#toasts").get_attribute("role") == "status"
    assert page.evaluate("document.activeElement.closest('.toast')") is None, "the focus is not taken"
    box = toast.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900
    assert box["x"] >= 0 and box["x"] + box["width"] <= width  # noqa: PT018
    picture(page, f"toast-{width}-{scheme}")
    assert check(page, "a toast") == []
    where = f"(({{x, y, width}}) => [x, y, width])(document.getElementById('block-{block.pk}').getBoundingClientRect())"
    before = page.evaluate(where)
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_have_text("Put back as revision 3. Undo Close", use_inner_text=False)
    assert page.evaluate(where) == before
    assert in_letta(block) == "Name: Ida Roos\nLives in Delft"


def test_keys_and_time_close_it(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto(f"/subjects/{block.subject_id}/")
    page.clock.install()
    save(page, "Name: Ida Roos")
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    page.clock.run_for(10_500)
    expect(toast).to_be_visible()
    page.keyboard.press("Escape")
    expect(toast).to_have_count(0)
    page.get_by_role("link", name="Name: Ida Roos").click()
    page.get_by_role("button", name="Mark as wrong").click()
    expect(toast).to_contain_text("Marked as wrong. The next run is told.")
    toast.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    expect(toast).to_be_visible()  # while somebody is at it
    page.keyboard.press("Enter")
    expect(toast).to_contain_text("The mark was taken off.")
    assert not Flag.objects.filter(closed_at=None).exists()
    page.clock.run_for(30_000)
    expect(toast).to_be_visible()  # the focus went on to it
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(30_000)
    expect(toast).to_have_count(0)


def test_a_block_taken_off_is_put_back_and_a_passage_added_is_taken_away(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto(f"/blocks/{block.pk}/delete/")
    page.get_by_label("Reason").fill("not ours to keep")
    page.get_by_role("button", name="Delete the block").click()
    expect(page.locator(".toast")).to_contain_text("The block was taken off.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Added as revision 1.")
    again = block.subject.blocks.get(removed_at=None)
    assert (again.label, again.value) == ("human", block.value)
    page.goto(f"/subjects/{block.subject_id}/archive/")
    page.get_by_label("Text").fill("She has a cat.")
    page.get_by_role("button", name="Add passage").click()
    expect(page.locator(".toast")).to_contain_text("The passage was added.")
    expect(page.locator(".passages")).to_contain_text("She has a cat.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("The passage was deleted.")
    expect(page.locator(".passages")).to_have_count(0)


def test_without_javascript_it_is_a_notice_on_top_with_its_undo(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, java_script_enabled=False)
    page.goto(f"/blocks/{block.pk}/edit/")
    page.get_by_label("Value").fill("Name: Ida Roos")
    page.get_by_label("Reason").fill("she said so")
    page.get_by_role("button", name="Save", exact=True).click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Saved as revision 2.")
    picture(page, "toast-no-script")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("Put back as revision 3.")
    assert in_letta(block) == "Name: Ida Roos\nLives in Delft"
