"""Signed out in the middle of typing: nothing typed is lost, on the page or on the way."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.models import User
from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.models import Block, Run, Subject
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.browser.test_toasts import in_letta, picture
from tests.conftest import PASSWORD

POLLED = 15_000
"""milliseconds; a page asks every five seconds, and learns by that who is signed in"""


@pytest.fixture
def block(site: str) -> Block:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida Roos", 200)])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def sign_in_in(tab: Page, person: User) -> None:
    tab.get_by_label("E-mail").fill(person.email)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_an_edit_waits_for_its_writer_to_sign_in(width: int, scheme: str, block: Block, reader: Reader, sue: User) -> None:
    reader.expected = (*reader.expected, "401", "403")
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    address = f"/subjects/{block.subject_id}/"
    page.goto(address)
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida Roos\nMoved to Breda")
    page.get_by_label("Reason").fill("she said so")
    Session.objects.all().delete()
    lost = page.locator("#lost")
    expect(lost).to_have_text("You are signed out. What you typed is still here. Sign in (another tab)", timeout=POLLED)
    picture(page, f"signed-out-{width}-{scheme}")
    assert check(page, "signed out") == []
    page.get_by_role("button", name="Save", exact=True).click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("What you typed stays on this page until you leave it.")
    picture(page, f"signed-out-toast-{width}-{scheme}")
    assert check(page, "signed out, sent") == []
    with page.expect_popup() as opened:
        toast.get_by_role("link", name="Sign in (another tab)").click()
    sign_in_in(opened.value, sue)
    opened.value.close()
    page.keyboard.press("Escape")  # on a phone it lies over the button
    expect(toast).to_have_count(0)
    expect(lost).to_be_hidden(timeout=POLLED)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast).to_contain_text("You have signed in since this page was opened, as Sue.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast).to_contain_text("Saved as revision 2.")
    assert in_letta(block) == "Name: Ida Roos\nMoved to Breda"
    assert page.url.endswith(address)


def test_a_form_that_came_back_waits_as_well(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto(f"/subjects/{block.subject_id}/")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("x" * 201)
    page.get_by_label("Reason").fill("she said so")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    Session.objects.all().delete()
    expect(page.locator("#lost")).to_contain_text("What you typed is still here.", timeout=POLLED)
    expect(page.get_by_label("Value")).to_have_value("x" * 201)


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
def test_a_conversation_comes_back_to_be_sent_again(scripted: bool, block: Block, reader: Reader, sue: User) -> None:
    reader.expected = (*reader.expected, "401", "403")
    page = reader.signed_in(sue, java_script_enabled=scripted)
    page.goto(f"/subjects/{block.subject_id}/learn/")
    page.get_by_label("Message 1", exact=True).fill("I have moved to\nBreda & work from there.")
    Session.objects.all().delete()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    page.get_by_text("What you typed", exact=True).click()
    expect(page.get_by_text("I have moved to\nBreda & work from there.")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in (another tab)").click()
    sign_in_in(opened.value, sue)
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("as Sue.")).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    page.get_by_role("button", name="Learn from it").click()
    page.wait_for_url(f"**/subjects/{block.subject_id}/**")
    said = Run.objects.get().messages.get()
    assert said.content == "I have moved to\nBreda & work from there."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_what_was_not_sent(width: int, scheme: str, block: Block, reader: Reader, sue: User) -> None:
    reader.expected = (*reader.expected, "401")
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"/subjects/{block.subject_id}/learn/")
    page.get_by_label("Message 1", exact=True).fill("I have moved to Breda. " * 40)
    Session.objects.all().delete()
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("What you typed", exact=True).click()
    picture(page, f"unsent-{width}-{scheme}")
    assert check(page, "not sent yet") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
