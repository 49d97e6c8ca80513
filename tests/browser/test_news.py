"""What somebody has open or is typing stays while a page goes on; and what was sent without an answer is said as it is."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from memory_sdk import NewBlock
from privacy import requesting
from privacy.models import Request
from subjects import delivery
from subjects.creation import create_subject
from subjects.flags import flag_line
from subjects.letta import agents
from subjects.models import Block, Flag, Revision, Run, Subject
from subjects.snapshots import mirror
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.subjects.pages.conftest import make_run

SOON = 15_000
"""milliseconds within which a page has asked again"""
VALUE = "Name: Ida Roos\nLives in Delft"


@pytest.fixture
def block(site: str) -> Block:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", VALUE, 200)])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def open_subject(page: Page, block: Block) -> None:
    page.goto(f"/subjects/{block.subject_id}/")
    expect(page.locator("#freshness")).to_contain_text("In step with Letta")


def learn(block: Block, value: str) -> None:
    """A run ends that changed the block: the page learns of it by its own polls."""
    agents().update_block(str(block.block_id), value=value)
    run = make_run(block.subject, Run.State.COMPLETED, ("user", "I moved."))
    mirror(block.subject, [agents().get_block(str(block.block_id))], Revision.Source.RUN, run)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_line_whose_origin_is_read_stays_open_until_the_news_is_asked_for(
    width: int, scheme: str, block: Block, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    open_subject(page, block)
    page.get_by_role("link", name="Lives in Delft").click()
    expect(page.locator(".origin")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    learn(block, VALUE.replace("Delft", "Gouda"))
    news = page.locator("#news")
    expect(news).to_contain_text("There is news here.", timeout=SOON)
    expect(page.locator(".origin")).to_be_visible()
    expect(page.get_by_role("link", name="Lives in Delft")).to_be_visible()
    picture(page, f"news-{width}-{scheme}")
    assert check(page, "news") == []
    news.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("link", name="Lives in Gouda")).to_be_visible()
    expect(page.locator(".origin")).to_have_count(0)
    expect(news).to_be_hidden()


def test_whoever_closes_the_line_gets_the_news_by_itself(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Name: Ida Roos").click()
    expect(page.locator(".origin")).to_be_visible()
    page.evaluate("htmx.trigger(document.body, 'memory-changed')")
    expect(page.locator("#news")).to_be_visible()
    Block.objects.update(value="Name: Ada")
    page.locator(".line.open").click()
    expect(page.locator("#news")).to_be_hidden()
    expect(page.get_by_role("link", name="Name: Ada")).to_be_visible()


def test_a_note_that_was_typed_stays_without_the_focus(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Lives in Delft").click()
    page.get_by_label("What is wrong with this line").fill("she moved again")
    page.evaluate("document.activeElement.blur()")
    learn(block, f"{VALUE}\nHas a cat")
    news = page.locator("#news")
    expect(news).to_contain_text("It is shown when you are done with what you are typing.", timeout=SOON)
    expect(news.get_by_role("button")).to_be_hidden()
    expect(page.get_by_label("What is wrong with this line")).to_have_value("she moved again")
    page.get_by_label("What is wrong with this line").fill("")
    page.evaluate("document.activeElement.blur()")
    news.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("link", name="Has a cat")).to_be_visible()


def start_edit(page: Page) -> None:
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill("Name: Ida")
    page.get_by_label("Reason").fill("she said so")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_save_that_was_not_sent_is_not_said_to_be_tried_again(
    width: int, scheme: str, block: Block, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    open_subject(page, block)
    start_edit(page)
    page.context.set_offline(True)
    save(page)
    lost = page.locator("#lost")
    expect(lost).to_contain_text("This was not sent: there is no connection. Nothing is sent again by itself.")
    expect(lost).to_contain_text("What you typed is still here.")
    assert "trying again" not in lost.inner_text()
    picture(page, f"unsent-{width}-{scheme}")
    assert check(page, "not sent") == []
    page.context.set_offline(False)
    with page.expect_response(lambda response: "/freshness/" in response.url):
        page.evaluate("htmx.trigger('#freshness', 'memory-changed')")
    expect(lost).to_contain_text("This was not sent")  # what is polled does not take the sentence away
    assert block.revisions.count() == 1
    lost.get_by_role("button", name="Send it again").click()
    expect(page.locator(".toast")).to_contain_text("Saved as revision 2.")
    expect(lost).to_be_hidden()
    reader.wrong.clear()  # Chromium reports what it could not load


def lose_answers(page: Page, address: str) -> None:
    """The next request to `address` arrives, and its answer does not."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(address, lose, times=1)


def test_a_save_whose_answer_was_lost_is_done_once(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    start_edit(page)
    lose_answers(page, f"**/blocks/{block.pk}/edit/")
    save(page)
    lost = page.locator("#lost")
    expect(lost).to_contain_text("it is not known whether this arrived")
    expect(lost).to_contain_text("Sent again, it is done only once.")
    expect(page.get_by_label("Value")).to_have_value("Name: Ida")
    assert block.revisions.count() == 2
    lost.get_by_role("button", name="Send it again").click()
    expect(page.locator("[data-editing]")).to_have_count(0)
    expect(lost).to_be_hidden()
    assert (block.revisions.count(), agents().get_block(str(block.block_id)).value) == (2, "Name: Ida")
    reader.wrong.clear()


def test_an_undo_whose_answer_was_lost_stays_to_be_sent_again(block: Block, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    open_subject(page, block)
    page.get_by_role("link", name="Lives in Delft").click()
    page.get_by_role("button", name="Mark as wrong").click()
    lose_answers(page, f"**/blocks/{block.pk}/unflag/")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    lost = page.locator("#lost")
    expect(lost).to_contain_text("it is not known whether this arrived")
    assert not Flag.objects.filter(closed_at=None).exists()
    lost.get_by_role("button", name="Send it again").click()
    expect(page.locator(".toast")).to_contain_text("The mark was taken off.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Marked as wrong.")
    assert Flag.objects.get().closed_at is None
    reader.wrong.clear()


def test_a_reason_typed_at_the_privacy_desk_stays_while_the_request_goes_on(
    block: Block, reader: Reader, petra: User
) -> None:
    filed = requesting.file("access", "user_ida", requesting.Filer(petra))
    page = reader.signed_in(petra)
    page.goto(f"/privacy/requests/{filed.pk}/")
    page.get_by_text("Take 60 days more").click()
    page.locator("#extend_ticket").fill("HELP-12")
    page.evaluate("document.activeElement.blur()")
    Request.objects.update(state=Request.State.WORKING, begun_at=timezone.now())
    expect(page.locator("#news")).to_contain_text("done with what you are typing", timeout=SOON)
    expect(page.locator("#extend_ticket")).to_have_value("HELP-12")
    page.locator("#extend_ticket").fill("")
    page.get_by_text("Take 60 days more").click()
    expect(page.get_by_role("heading", name="Being carried out")).to_be_visible(timeout=SOON)
    expect(page.locator("#news")).to_be_hidden()


def test_a_reader_is_not_disturbed_where_nothing_is_open(block: Block, reader: Reader, sue: User) -> None:
    flag_line(block, "Lives in Delft", by=sue)
    page = reader.signed_in(sue)
    open_subject(page, block)
    learn(block, VALUE.replace("Delft", "Gouda"))
    expect(page.get_by_role("link", name="Lives in Gouda")).to_be_visible(timeout=SOON)
    expect(page.locator("#news")).to_be_hidden()
