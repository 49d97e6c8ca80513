"""The overview and the runs as people watch them: a bar opens, what is open stays so, and a phone is told why."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from memory_ui.models import Pulse
from subjects.counting import count_runs
from subjects.models import Run
from subjects.overview import COUNTING
from tests.browser.conftest import Reader
from tests.subjects.pages.conftest import Story, make_run, tell_story

PHONE = {"width": 390, "height": 844}
WHY = "The model did not answer. The messages are kept."


@pytest.fixture
def story(transactional_db: None) -> Story:
    story = tell_story()
    count_runs()
    return story


def test_a_part_of_a_bar_opens_its_runs_and_so_does_the_bar(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto("/overview/")
    page.locator(".chart svg a", has=page.locator("rect.failed")).click()
    expect(page.locator(".list tbody tr")).to_have_count(1)
    expect(page.locator(".list tbody tr")).to_contain_text(WHY)
    expect(page.get_by_label("Ended from")).not_to_have_value("")
    page.get_by_role("link", name="Failed", exact=True).click()
    expect(page).to_have_url(re.compile(f"/runs/{story.failed.pk}/$"))

    page.goto("/overview/")
    bar = page.get_by_role("link", name=re.compile("^[0-9]{2}:00 to [0-9]{2}:00: 1 learned, 1 failed$"))
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".list tbody tr")).to_have_count(2)


def polled(page: Page) -> int:
    """What the overview answers when it asks whether anything is new."""
    with page.expect_response(lambda response: "seen=" in response.url) as caught:
        page.evaluate("htmx.trigger('#as-of', 'poll')")
    return caught.value.status


def test_what_is_open_stays_open_when_it_is_drawn_anew(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto("/overview/")
    page.locator("#as-of").evaluate("one => { one.setAttribute('hx-trigger', 'poll'); htmx.process(one.parentElement) }")
    page.get_by_text("The same in numbers").click()
    assert polled(page) == 204
    make_run(story.subject, Run.State.FAILED, ("user", "Hello?"), failure="The model said no.")
    count_runs()
    Pulse.objects.create(task=COUNTING, ended_at=timezone.now(), seconds=0.1)
    assert polled(page) == 200
    expect(page.get_by_role("link", name="The model said no.")).to_be_visible()
    expect(page.get_by_role("cell", name="2", exact=True)).to_be_visible()
    expect(page.locator("#as-of")).to_contain_text("Runs counted")
    assert page.locator("#counted").count() == 1


def test_a_phone_is_told_why_runs_and_tidy_ups_failed(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue, viewport=PHONE)
    page.goto("/runs/?state=failed")
    expect(page.get_by_role("cell", name=WHY)).to_be_visible()
    story.tidy.failure, story.tidy.state = "Letta refused it.", "failed"
    story.tidy.save()
    page.goto("/tidies/")
    expect(page.get_by_text("Letta refused it.")).to_be_visible()
