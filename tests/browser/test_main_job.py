"""The main job, in a browser: sign in, create, add a conversation, watch the run, read the diff, reload, still there."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from subjects.models import Message, Run, Subject
from tests.browser.conftest import Reader
from tests.conftest import PASSWORD, Worker
from tests.subjects.pages.conftest import make_run

SLOW = 30_000  # milliseconds; another test run may share the machine


def create_user(page: Page, subject_id: str) -> None:
    page.get_by_role("link", name="New subject").first.click()
    page.get_by_label("Id", exact=True).fill(subject_id)
    page.get_by_role("button", name="Create subject").click()
    expect(page.get_by_role("heading", name=subject_id)).to_be_visible()


def say(page: Page, *turns: str) -> None:
    """Type turns, look at the preview, and confirm."""
    page.get_by_role("link", name="Add conversation").first.click()
    for number, text in enumerate(turns, 1):
        if number > 2:
            page.get_by_role("button", name="Add another message").click()
        page.get_by_label(f"Message {number}", exact=True).fill(text)
    page.locator("button.go", has_text="Preview").click()
    expect(page.get_by_role("heading", name=re.compile(rf"^{len(turns)} messages? to learn from"))).to_be_visible()
    page.get_by_role("button", name="Learn from it").click()


def expect_learned(page: Page) -> None:
    newest = page.locator(".run").first
    expect(newest.get_by_text("Learned", exact=True)).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("width", [1440, 390])
def test_from_signing_in_to_a_learned_memory(width: int, reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900})
    create_user(page, "user_mira")
    expect(page.get_by_text("offline learner: rules, no model")).to_be_visible()
    say(page, "Hi, my name is Mira Patel and I moved to Utrecht.", "Noted!", "Also, I like cats.")
    expect_learned(page)
    first_run = page.locator(".run").first
    expect(first_run.locator("ins").first).to_contain_text("Mira Patel")
    memory = page.locator("#memory")
    expect(memory).to_contain_text("Name: Mira Patel")  # the block beside the run followed by itself
    expect(memory).to_contain_text("Utrecht")
    expect(page.locator("#facts")).to_contain_text("last learned")
    say(page, "I moved again, I live in Leiden now.", "Thanks, I changed it.")
    expect_learned(page)
    diff = page.locator(".run").first.locator(".diff", has_text="human")
    expect(diff.locator("del")).to_contain_text("Utrecht")
    expect(diff.locator("ins").first).to_contain_text("Leiden")
    page.reload()
    expect(page.locator("#memory")).to_contain_text("Leiden")
    expect(page.locator(".run").first.locator("ins").first).to_contain_text("Leiden")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Messages").click()
    expect(page.get_by_text("I moved again, I live in Leiden now.")).to_be_visible()
    assert Run.objects.count() == 2


def test_the_same_without_javascript(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue, java_script_enabled=False)
    create_user(page, "user_mira")
    say(page, "Hi, my name is Mira Patel and I moved to Utrecht.", "Noted!", "I like cats.")
    expect_learned(page)  # the page reloads itself while a run is open
    expect(page.locator("#memory")).to_contain_text("Name: Mira Patel")
    expect(page.locator(".run").first.locator("ins").first).to_contain_text("Mira Patel")
    assert list(Message.objects.values_list("role", flat=True)) == ["user", "assistant", "user"]


def test_two_tabs_stay_in_step(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    other = page.context.new_page()
    other.goto(page.url)
    say(page, "My name is Mira Patel.", "Hello Mira.")
    expect_learned(page)
    expect_learned(other)
    expect(other.locator("#memory")).to_contain_text("Name: Mira Patel")
    expect(other.locator("#facts")).to_contain_text("last learned")


def test_a_failed_run_is_read_and_tried_again(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    expect(page.locator("#agent [data-copy]")).to_be_visible()
    failed = make_run(
        Subject.objects.get(), Run.State.FAILED, ("user", "My name is Mira Patel."), failure="The model did not answer."
    )
    page.reload()
    card = page.locator(f"#run-{failed.pk}")
    expect(card).to_contain_text("The model did not answer.")
    card.get_by_role("button", name="Try again").click()
    expect(card.get_by_text("Learned", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.locator("#memory")).to_contain_text("Name: Mira Patel")
    assert Message.objects.count() == 1


def test_pressed_twice_and_gone_back_it_is_learned_once(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    page.get_by_role("link", name="Add conversation").first.click()
    page.get_by_label("Message 1", exact=True).fill("My name is Mira Patel.")
    page.locator("button.go", has_text="Preview").click()
    page.get_by_role("button", name="Learn from it").dblclick()
    expect_learned(page)
    page.go_back()
    page.get_by_role("button", name="Learn from it").click()
    expect_learned(page)
    assert Run.objects.count() == 1


def test_back_shows_the_page_and_not_a_fragment_of_it(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    say(page, "My name is Mira Patel.")
    expect_learned(page)
    page.locator("#memory").get_by_role("link", name="History").first.click()
    expect(page.get_by_role("heading", name="History of human")).to_be_visible()
    page.go_back()
    expect(page.locator(".bar")).to_be_visible()
    expect(page.locator("#memory")).to_contain_text("Name: Mira Patel")
    page.go_forward()
    expect(page.get_by_role("heading", name="History of human")).to_be_visible()


def test_the_keyboard_is_enough(reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.window()
    page.goto("/accounts/login/")
    tab_to(page, "input[name=login]")
    page.keyboard.type(sue.email)
    tab_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Subjects")).to_be_visible()
    press_at(page, "a:text('New subject')")
    tab_to(page, "input[name=subject_id]")
    page.keyboard.type("user_mira")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="user_mira")).to_be_visible()
    press_at(page, "a.go:text('Add conversation')")
    tab_to(page, "textarea[name=turns-0-content]")
    page.keyboard.type("My name is Mira Patel.")
    press_at(page, "button:text('Add another message')")
    expect(page.get_by_label("Message 3", exact=True)).to_be_focused()
    press_at(page, "button.go:text('Preview')")
    press_at(page, "button:text('Learn from it')")
    expect_learned(page)
    page.keyboard.press("/")
    page.keyboard.type("USER_m")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="user_mira")).to_be_visible()
    press_at(page, ".menu summary")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; it must be reachable."""
    wanted = page.locator(selector).first
    expect(wanted).to_be_visible()
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with Tab")


def press_at(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")
