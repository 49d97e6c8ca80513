"""Pages that somebody is at work on: accessible, not wider than the screen, and in step with clock and connection."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import Reader
from tests.subjects.pages.conftest import Story, tell_story


@pytest.fixture
def story(transactional_db: None) -> Story:
    return tell_story()


def check(page: Page, where: str) -> list[str]:
    """What is wrong with the page as it stands: axe's findings, and anything that makes it scroll sideways."""
    wrong = [f"{where}: {found['id']}: {found['nodes'][0]['html']}" for found in Axe().run(page).response["violations"]]
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return wrong if width[0] <= width[1] else [*wrong, f"{where}: {width[0]} pixels wide on a screen of {width[1]}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_forms_that_were_filled_are_accessible_and_fit(
    scheme: str, width: int, story: Story, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.goto(f"/subjects/{story.subject.pk}/learn/")
    page.get_by_text("Paste", exact=True).click()
    page.get_by_label("Conversation").fill("user: hello\nassistant:\nuser: there")
    wrong += check(page, "paste")
    page.locator("button.go", has_text="Preview").click()
    wrong += check(page, "preview")
    page.goto("/subjects/new/")
    page.get_by_text("A team, a project").click()
    page.get_by_role("button", name="Add another block").click()
    expect(page.get_by_label("Label")).to_have_count(2)
    page.get_by_label("Id", exact=True).fill("a/b")
    page.get_by_role("button", name="Create subject").click()
    wrong += check(page, "refused form")
    assert wrong == []


def test_pages_that_say_no_are_accessible_too(story: Story, reader: Reader, otto: User) -> None:
    page = reader.signed_in(otto)
    wrong = []
    for url in ("/subjects/new/", "/nowhere/"):
        page.goto(url)
        wrong += check(page, url)
    assert wrong == []
    reader.wrong.clear()  # Chromium reports the 403 and the 404


def test_static_files_are_kept_by_the_browser(reader: Reader) -> None:
    page = reader.window()
    with page.expect_response("**/app.*.css") as caught:
        page.goto("/accounts/login/")
    assert "immutable" in caught.value.headers["cache-control"]


def test_times_go_on_counting_in_the_words_of_the_server(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, timezone_id="Asia/Tokyo")
    page.goto(f"/subjects/{story.subject.pk}/")
    time = page.locator("#facts time").first
    expect(time).to_have_text("just now")
    expect(time).to_have_text("7 seconds ago", timeout=10_000)
    page.reload()
    assert " JST" in (page.locator("#facts time").first.get_attribute("title") or "")


def test_a_lost_connection_is_said_and_found_again(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto(f"/subjects/{story.subject.pk}/")
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_contain_text("No connection to memory_ui")
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    reader.wrong.clear()  # Chromium reports what it could not load


def test_the_agents_id_is_copied(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/subjects/{story.subject.pk}/")
    page.get_by_role("button", name="Copy the agent id").click()
    expect(page.locator("#agent")).to_contain_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == story.subject.agent_id
