"""How fresh a page is, in the browser: the time goes on counting, nothing moves, and a page nobody sees asks nobody."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from subjects.models import Block, Subject
from tests.browser.conftest import Letta, Reader
from tests.browser.test_desk import block
from tests.browser.test_pages import check

__all__ = ["block"]  # the fixture

IN_SIGHT = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""
PLACE = "JSON.stringify(document.querySelector('.tabs').getBoundingClientRect())"


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def asked_for(page: Page) -> list[str]:
    """Grows with every question for freshness of this page."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if "/freshness/" in request.url else None)
    return seen


def test_a_page_out_of_sight_asks_nobody_and_one_that_comes_back_asks_at_once(
    block: Block, reader: Reader, sue: User
) -> None:
    page = reader.signed_in(sue)
    page.clock.install()
    seen = asked_for(page)
    page.goto(f"/subjects/{block.subject_id}/")
    page.clock.run_for(1_000)
    expect(page.locator("#freshness")).to_contain_text("In step with Letta.")
    with page.expect_response("**/freshness/?mark=*") as poll:
        page.clock.run_for(11_000)
    assert poll.value.status == 204
    page.evaluate(IN_SIGHT, True)
    before = len(seen)
    page.clock.run_for(65_000)
    expect(page.locator("#freshness time")).to_have_text("1 minute ago")
    page.wait_for_timeout(300)
    assert len(seen) == before
    with page.expect_response("**/freshness/?mark=*"):
        page.evaluate(IN_SIGHT, False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 700, 390])
def test_nothing_moves_when_letta_is_asked_and_time_passes(
    width: int, scheme: str, block: Block, reader: Reader, letta: Letta, sue: User
) -> None:
    subject = Subject.objects.filter(pk=block.subject_id)
    subject.update(mirrored_at=timezone.now() - timedelta(hours=13), last_learned_at=timezone.now() - timedelta(days=3))
    page = reader.signed_in(sue, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.clock.install()
    page.add_init_script(f"({IN_SIGHT})(true)")  # so that it waits with asking
    page.goto(f"/subjects/{block.subject_id}/")
    expect(page.locator("#freshness")).to_contain_text("Read from Letta 13 hours ago.")
    where = page.evaluate(PLACE)
    picture(page, f"fresh-{width}-{scheme}-before")
    page.evaluate(IN_SIGHT, False)
    expect(page.locator("#freshness")).to_contain_text("In step with Letta.")
    assert page.evaluate(PLACE) == where
    picture(page, f"fresh-{width}-{scheme}")
    page.clock.run_for(58_000)
    expect(page.locator("#freshness time")).to_contain_text("seconds ago")
    assert page.evaluate(PLACE) == where
    assert check(page, "fresh") == []

    letta.down()
    subject.update(mirrored_at=timezone.now() - timedelta(hours=13))
    page.reload()
    page.evaluate(IN_SIGHT, False)
    expect(page.locator("#freshness")).to_contain_text("last read from Letta 13 hours ago")
    picture(page, f"fresh-{width}-{scheme}-down")
    assert check(page, "letta is down") == []
    for tab in ("timeline", "messages", "archive", "activity", "prompt", "runs"):
        page.goto(f"/subjects/{block.subject_id}/{tab}/")
        expect(page.get_by_text("Blocks read from Letta 13 hours ago")).to_be_visible()
        picture(page, f"fresh-{width}-{scheme}-{tab}")
    page.goto(f"/blocks/{block.pk}/")
    picture(page, f"fresh-{width}-{scheme}-block")
