"""The desk in a browser: find a customer, understand a line, correct it, meet a conflict, merge, put it back."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.editing import remove_block
from subjects.freezing import freeze
from subjects.letta import agents
from subjects.models import Block, Revision, Run, Subject
from subjects.snapshots import mirror
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.subjects.pages.conftest import make_run

GOES_ON_AT_ONCE = """
document.addEventListener('htmx:afterSwap', () => setTimeout(() => document.querySelector('#memory [name=limit]')?.focus()))
"""
"""Somebody quick: at the limit the moment the answer is there."""
VALUE = "Name: Ida Roos\nLives in Delft\nLikes tea"


@pytest.fixture
def block(site: str) -> Block:
    """Ida's block, whose second line a run brought."""
    new = NewBlock("human", "Who it is.", VALUE.replace("Delft", "Leiden"), 200)
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [new])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    turns = (("user", "I moved, I live in Delft now."), ("assistant", "Noted."), ("user", "Is my lamp there?"))
    run = make_run(subject, Run.State.COMPLETED, *turns)
    block = subject.blocks.get()
    write(block, VALUE)
    mirror(subject, [agents().get_block(str(block.block_id))], Revision.Source.RUN, run)
    block.refresh_from_db()
    return block


def write(block: Block, value: str) -> None:
    """Another program writes the block in Letta."""
    agents().update_block(str(block.block_id), value=value)


def in_letta(block: Block) -> str:
    return agents().get_block(str(block.block_id)).value


def find(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("user_i")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="user_ida").first.click()
    expect(page.get_by_role("heading", name="user_ida")).to_be_visible()


def open_subject(page: Page, block: Block) -> None:
    page.goto(f"/subjects/{block.subject_id}/")


@pytest.mark.parametrize("width", [1440, 390])
def test_find_understand_correct_conflict_merge_restore(width: int, block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900})
    find(page)
    expect(page.locator("#freshness")).to_contain_text("In step with Letta")

    page.get_by_role("link", name="Lives in Delft").click()
    origin = page.locator(".origin")
    expect(origin).to_contain_text("Changed by a run")
    expect(origin.locator("mark")).to_have_text(["Delft"])
    expect(origin).to_contain_text("with 2 other messages")

    page.get_by_role("link", name="Edit human").click()
    value = page.get_by_label("Value")
    expect(value).to_have_value(VALUE)
    value.fill(VALUE.replace("Delft", "Gouda") + "\nHas a cat 🙂")
    expect(page.locator("[data-counter]")).to_have_text(f"{len(VALUE) + 12} of 200 characters")
    page.get_by_label("Reason").fill("she said so")
    write(block, VALUE.replace("Delft", "Breda"))
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Both changed this")).to_be_visible()
    merged = page.get_by_label("The merged text")
    expect(merged).to_have_value("Name: Ida Roos\nLives in Breda\nLives in Gouda\nLikes tea\nHas a cat 🙂")
    page.get_by_label("Yours", exact=True).check()
    expect(merged).to_have_value(VALUE.replace("Delft", "Gouda") + "\nHas a cat 🙂")
    page.get_by_role("button", name="Save the merged text").click()
    expect(page.get_by_text("Saved as revision 4.")).to_be_visible()
    assert in_letta(block) == VALUE.replace("Delft", "Gouda") + "\nHas a cat 🙂"

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Put back as revision 5.")).to_be_visible()
    assert in_letta(block) == VALUE.replace("Delft", "Breda")

    page.locator("#memory").get_by_role("link", name="History").click()
    page.locator("#revision-2").get_by_role("link", name="restore").click()
    expect(page.locator(".diff ins")).to_have_text("Delft")
    page.get_by_label("Reason").fill("it was right before")
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_text("Put back as revision 6.")).to_be_visible()
    assert in_letta(block) == VALUE
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_text("it was right before")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_same_without_javascript(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, java_script_enabled=False)
    open_subject(page, block)
    page.get_by_role("link", name="Ask Letta whether this is its latest").click()
    expect(page.get_by_text("In step with Letta.")).to_be_visible()
    page.get_by_role("link", name="Lives in Delft").click()
    expect(page.locator(".origin mark", has_text="Delft")).to_be_visible()
    page.get_by_label("What is wrong with this line").fill("she moved again")
    page.get_by_role("button", name="Mark as wrong").click()
    expect(page.locator(".origin")).to_contain_text("Marked as wrong by Sue")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill(VALUE.replace("Delft", "Gouda"))
    page.get_by_label("Reason").fill("she said so")
    write(block, VALUE.replace("Delft", "Breda"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Yours", exact=True).check()
    page.get_by_role("button", name="Put the choices into the form").click()
    expect(page.get_by_label("The merged text")).to_have_value(VALUE.replace("Delft", "Gouda"))
    page.get_by_role("button", name="Save the merged text").click()
    expect(page.get_by_text("Saved as revision 4.")).to_be_visible()
    assert in_letta(block) == VALUE.replace("Delft", "Gouda")
    assert block.flags.get().closed_at is not None, "the line that was marked is gone"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Put back as revision 5.")).to_be_visible()
    assert in_letta(block) == VALUE.replace("Delft", "Breda")


def test_a_refresh_does_not_take_away_what_is_being_typed(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    expect(page.locator("#freshness")).to_contain_text("In step")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("half a sen")
    page.evaluate("htmx.trigger(document.body, 'memory-changed')")
    page.wait_for_timeout(500)
    expect(page.get_by_label("Value")).to_have_value("half a sen")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("link", name="Lives in Delft")).to_be_visible()


def test_the_keyboard_goes_on_where_the_page_goes_on(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    edit = page.get_by_role("link", name="Edit human")
    edit.press("Enter")
    expect(page.get_by_label("Value")).to_be_focused()
    page.get_by_role("link", name="Cancel").press("Enter")
    expect(edit).to_be_focused()
    edit.press("Enter")
    page.get_by_label("Value").fill("x" * 201)
    page.get_by_label("Reason").fill("she said so")
    page.get_by_label("Reason").press("Enter")
    expect(page.get_by_text("201 characters are 1 more than the limit of 200.")).to_be_visible()
    expect(page.get_by_label("Value")).to_be_focused()
    page.get_by_label("Value").fill(VALUE.replace("Delft", "Gouda"))
    write(block, VALUE.replace("Delft", "Breda"))
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Merge two changes of human")).to_be_focused()
    page.get_by_label("Both, theirs first").press("ArrowLeft")
    expect(page.get_by_label("The merged text")).to_have_value(VALUE.replace("Delft", "Gouda"))
    expect(page.get_by_label("Yours", exact=True)).to_be_focused()
    page.get_by_role("button", name="Save the merged text").press("Enter")
    expect(page.get_by_text("Saved as revision 4.")).to_be_visible()
    expect(edit).to_be_focused()


def test_too_much_is_counted_while_typing_and_refused_with_the_number(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("🙂" * 201)
    expect(page.locator("[data-counter]")).to_have_text("201 of 200 characters, 1 over the limit")
    page.get_by_label("Reason").fill("x")
    page.evaluate(GOES_ON_AT_ONCE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("201 characters are 1 more than the limit of 200.")).to_be_visible()
    page.wait_for_timeout(100)
    expect(page.get_by_label("Limit")).to_be_focused()
    page.get_by_label("Limit").fill("201")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as revision 3.")).to_be_visible()


def test_a_new_block_is_counted_while_typing_and_coloured_as_its_meter_will_be(
    block: Block, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue)
    page.goto(f"/subjects/{block.subject_id}/blocks/new/")
    counter, value = page.locator("[data-counter]"), page.get_by_label("Starting value")
    expect(counter).to_have_text("0 of 5,000 characters")
    page.get_by_label("Limit").fill("20")
    for typed, said, colour in (
        ("🙂" * 15, "15 of 20 characters", ""),
        ("a\nb" + "🙂" * 13, "16 of 20 characters", "amber"),
        ("x" * 19, "19 of 20 characters", "red"),
        ("x" * 21, "21 of 20 characters, 1 over the limit", "red"),
    ):
        value.fill(typed)
        expect(counter).to_have_text(said)
        expect(counter).to_have_class(colour)
    page.get_by_label("Limit").fill("")
    expect(counter).to_have_text("21 characters")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_desk_at_work_is_accessible_and_fits(scheme: str, width: int, block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[str] = []
    open_subject(page, block)
    page.get_by_role("link", name="Lives in Delft").click()
    expect(page.locator(".origin")).to_be_visible()
    wrong += check(page, "a line in place")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida")
    wrong += check(page, "editing in place")
    page.get_by_label("Reason").fill("x")
    write(block, "Name: Kim")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Both changed this").first).to_be_visible()
    wrong += check(page, "merging in place")
    assert wrong == []


def test_the_prompt_is_copied_with_one_click(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/subjects/{block.subject_id}/prompt/")
    page.get_by_role("button", name="copy all").click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f'<human description="Who it is.">\n{VALUE}\n</human>'


def test_taken_off_in_the_middle_what_was_typed_stays_and_is_added_anew(
    block: Block, reader: Reader, sue: User, otto: User
) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida")
    page.get_by_label("Reason").fill("she said so")
    remove_block(block, base=2, reason="a mistake", by=otto)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="What you typed for human")).to_be_focused()
    expect(page.get_by_role("alert").filter(has_text="Removed by Otto")).to_be_visible()
    page.evaluate("htmx.trigger(document.body, 'memory-changed')")
    page.wait_for_timeout(300)
    expect(page.get_by_label("Value")).to_have_value("Name: Ida")
    page.get_by_role("button", name="Add it again with this text").click()
    expect(page.get_by_text("Added as revision 1.")).to_be_visible()
    assert in_letta(block.subject.blocks.get(removed_at=None)) == "Name: Ida"


def test_frozen_in_the_middle_what_was_typed_stays_and_the_page_is_not_loaded_anew(
    block: Block, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Lives in Delft").click()
    page.get_by_label("What is wrong with this line").fill("she moved again")
    freeze(block.subject, Subject.FrozenFor.RESTRICTION)
    page.get_by_role("button", name="Mark as wrong").click()
    expect(page.locator("#toasts")).to_contain_text("This memory is frozen")
    expect(page.get_by_label("What is wrong with this line")).to_have_value("she moved again")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida")
    page.get_by_label("Reason").fill("she said so")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="What you typed is kept here")).to_be_visible()
    expect(page.get_by_label("Value")).to_have_value("Name: Ida")


def test_letta_gone_in_the_middle_keeps_what_was_typed(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida")
    page.get_by_label("Reason").fill("she said so")
    agents().delete_agent(str(block.subject.agent_id))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("Letta no longer has this block"))).to_be_visible()
    expect(page.get_by_label("Value")).to_have_value("Name: Ida")
    page.reload()
    expect(page.locator("#freshness")).to_contain_text("Letta no longer has this subject’s agent")
