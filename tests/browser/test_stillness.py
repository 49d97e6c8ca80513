"""Nothing jumps while pages ask for news, and Back shows a page without asking for it."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from subjects.letta import agents
from subjects.models import Block, Revision, Run, Subject
from tests.browser.conftest import Letta, Reader
from tests.browser.house import in_letta
from tests.subjects.pages.conftest import Story, tell_story

MOST = 0.02
"""layout shift: the share of the screen that moved, times how far; 0.1 is where people begin to notice"""
WATCH = """
window.shifts = []
new PerformanceObserver(list => list.getEntries().forEach(one => window.shifts.push(one.value)))
  .observe({type: 'layout-shift', buffered: true})
"""


@pytest.fixture
def story(site: str) -> Story:
    """A subject with an agent, and a run that Letta is at work on."""
    story = tell_story()
    in_letta(story)
    Subject.objects.filter(pk=story.subject.pk).update(mirrored_at=timezone.now())
    return story


def moved(page: Page) -> float:
    """How much of the page moved since it was opened."""
    page.wait_for_timeout(300)  # what moved is told with the next picture
    return float(page.evaluate("window.shifts.reduce((sum, shift) => sum + shift, 0)"))


def end(story: Story) -> None:
    """The run ends as one does that learned something."""
    run, human = story.learning, story.human
    value = f"{human.value}\nAsked about cat flaps"
    agents().update_block(str(human.block_id), value=value)
    Revision.objects.create(
        block=human, number=4, value=value, description=human.description, limit=human.limit, source="run", run=run
    )
    Block.objects.filter(pk=human.pk).update(value=value)
    Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED, ended_at=timezone.now())


@pytest.mark.parametrize("width", [1440, 390])
def test_a_subject_page_stays_where_it_is_while_a_run_ends_and_when_letta_is_down(
    width: int, story: Story, reader: Reader, sue: User, letta: Letta
) -> None:
    page = reader.signed_in(sue, viewport={"width": width, "height": 900})
    page.add_init_script(WATCH)
    page.goto(f"/subjects/{story.subject.pk}/")
    expect(page.locator("#freshness")).to_contain_text("A run is under way")
    page.wait_for_timeout(2_500)
    assert moved(page) < MOST, "while it polls"
    end(story)
    expect(page.locator(f"#run-{story.learning.pk}")).to_contain_text("Learned")
    expect(page.locator("#memory")).to_contain_text("Asked about cat flaps")
    assert moved(page) < MOST, "at the end of the run"
    letta.down()
    page.reload()
    expect(page.locator("#freshness")).to_contain_text("What is shown is our copy", timeout=15_000)
    assert moved(page) < MOST, "with Letta down"


def test_a_run_stays_where_it_is_until_it_ends(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.add_init_script(WATCH)
    page.goto(f"/runs/{story.learning.pk}/")
    page.wait_for_timeout(2_500)
    end(story)
    expect(page.locator(f"#run-{story.learning.pk}")).to_contain_text("Learned")
    assert moved(page) < MOST


def test_the_overview_stays_where_it_is_while_it_asks_whether_letta_answers(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.clock.install()
    page.add_init_script(WATCH)
    page.goto("/overview/")
    expect(page.get_by_text("Answers", exact=True)).to_be_visible()
    with page.expect_response("**/overview/connection/"):
        page.clock.run_for(30_500)
    assert moved(page) < MOST


def test_back_shows_the_list_from_the_browsers_cache(story: Story, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.goto("/?kind=user")
    page.get_by_role("link", name="user_sarah", exact=True).first.click()
    expect(page.get_by_role("heading", name="user_sarah")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Subjects")).to_be_visible()
    [shown] = page.evaluate("performance.getEntriesByType('navigation').map(({type, transferSize}) => [type, transferSize])")
    assert shown == ["back_forward", 0]
    assert page.url.endswith("/?kind=user")
