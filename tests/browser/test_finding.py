"""Finding a customer: from any page by the keyboard, to the place where it was said; and the list saved as CSV."""

from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import User
from subjects.models import Subject
from tests.browser.conftest import Reader
from tests.conftest import Worker
from tests.subjects.pages.conftest import Story, make_block, make_subject, tell_story


@pytest.fixture
def story(transactional_db: None) -> Story:
    story = tell_story()
    make_block(make_subject("team_oslo", kind="subject"), "plan", "Sell cat flaps in Utrecht, " + "and elsewhere " * 60)
    make_subject("user_" + "very_long_" * 19)
    return story


def test_a_list_is_saved_at_once_or_by_the_worker(story: Story, reader: Reader, sue: User, worker: Worker) -> None:
    page = reader.signed_in(sue)
    Subject.objects.bulk_create(Subject(subject_id=f"user_{number:04d}") for number in range(1200))
    page.goto("/?kind=user")
    for _ in range(2):
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as CSV").click()
        assert len(Path(download.value.path()).read_text().splitlines()) == 3
    page.goto("/")
    page.get_by_role("button", name="Save as CSV").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 1204


def test_from_any_page_to_where_it_was_said(story: Story, reader: Reader, sue: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    page = reader.signed_in(sue)
    page.goto("/runs/")
    page.keyboard.press("/")
    page.keyboard.type("lives utr")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("Lives")
    page.get_by_role("link", name="block human").click()
    expect(page).to_have_url(f"{reader.site}/subjects/{story.subject.pk}/#block-{story.human.pk}")
    page.goto("/")
    expect(page.get_by_role("navigation", name="Opened lately")).to_contain_text("user_sarah")
