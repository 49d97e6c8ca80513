"""The card of the sync with Letta in the browser: readable in both themes and widths, and no poll takes the focus away."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from subjects.models import SyncState
from tests.browser.conftest import Reader
from tests.browser.test_freshness import picture
from tests.browser.test_pages import check
from tests.subjects.pages.conftest import make_subject
from tests.subjects.pages.test_sync_report import failing

AGENTS = [f"agent-00000000-0000-4000-8000-00000000000{number}" for number in range(4)]


@pytest.fixture
def trouble(transactional_db: None) -> Iterator[SyncState]:
    """A sync that fails in the middle of a round, has left agents out, and two subjects with several agents."""
    state = failing()
    reason = "Its tags and name do not say which subject it belongs to."
    state.left_out = [(agent_id, reason, timezone.now().isoformat()) for agent_id in AGENTS]
    state.round_started_at = timezone.now() - timedelta(minutes=9)
    state.round_listed_at = state.round_finished_at = None
    state.agents_seen = 3_000
    state.save()
    make_subject("user_two", duplicate_agent_ids=AGENTS[:1])
    make_subject("user_three_with_a_long_name_of_many_words", duplicate_agent_ids=AGENTS[1:])
    yield state
    SyncState.objects.all().delete()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_trouble_can_be_read_everywhere(width: int, scheme: str, trouble: SyncState, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam, viewport={"width": width, "height": 1000}, color_scheme=scheme)
    wrong: list[str] = []
    for url in ("/overview/", "/overview/connection/", "/overview/sync/", "/settings/background/", "/?doubled=on"):
        page.goto(url)
        where = "#main" if url in ("/overview/", "/?doubled=on") else "#sync"
        expect(page.locator(where)).to_contain_text("agent")
        wrong += check(page, url)
        picture(page, f"sync-{width}-{scheme}-{url.strip('/?=').replace('/', '-')}")
    assert wrong == []


def test_a_poll_brings_the_news_and_leaves_the_focus(trouble: SyncState, reader: Reader, sue: User) -> None:
    page = reader.signed_in(sue)
    page.clock.install()
    page.goto("/overview/")
    page.get_by_role("link", name="See the sync").click()
    expect(page.locator("#sync")).to_contain_text("3,000 agents of about 12,345 seen")
    page.locator("#sync-doubled").focus()
    SyncState.objects.update(agents_seen=3_100)
    page.clock.run_for(11_000)
    expect(page.locator("#sync")).to_contain_text("3,100 agents of about 12,345 seen")
    expect(page.locator("#sync-doubled")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="user_two")).to_be_visible()
