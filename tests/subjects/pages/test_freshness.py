"""How fresh a page is: checked with Letta again and again while somebody looks, however many do, and said with the time."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from memory_ui.locks import exclusively
from subjects.freshness import AGAIN, AT_ONCE, mark_of
from subjects.letta import agents
from subjects.models import Run, Subject
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.pages.conftest import HTMX, Story, make_run, make_subject
from tests.subjects.pages.test_glance import ida, letta

__all__ = ["ida"]  # the fixture

LONG_AGO = AGAIN + timedelta(seconds=5)


def asked(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def known(subject: Subject, asked_ago: timedelta) -> dict[str, int]:
    """What a page asks with that was told so long ago."""
    return {"mark": mark_of(subject), "asked": asked(timezone.now() - asked_ago)}


def last_read(subject: Subject, ago: timedelta) -> None:
    Subject.objects.filter(pk=subject.pk).update(mirrored_at=timezone.now() - ago)


@pytest.fixture
def old(ida: Subject) -> Subject:
    """Read from Letta longer ago than a page that stands open accepts."""
    last_read(ida, LONG_AGO)
    return ida


@pytest.fixture
def everybody_asks() -> Iterator[None]:
    """As many pages as may ask at the same time are doing so."""
    taken, over = Event(), Event()

    def ask() -> None:
        with ExitStack() as held:
            assert all(held.enter_context(exclusively(f"freshness:{turn}")) for turn in range(AT_ONCE))
            taken.set()
            over.wait(30)
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    assert taken.wait(10)
    yield
    over.set()
    thread.join()


class TestAgain:
    pytestmark = letta

    def test_a_page_that_was_told_lately_asks_nobody(self, old: Subject, support: Client, proxy: FaultyProxy) -> None:
        before = len(proxy.seen)
        page = support.get(f"/subjects/{old.pk}/freshness/", known(old, AGAIN - timedelta(seconds=20)), headers=HTMX)
        assert (page.status_code, page.content) == (204, b"")
        assert len(proxy.seen) == before

    def test_after_a_while_letta_is_asked_and_the_time_is_new(
        self, old: Subject, support: Client, proxy: FaultyProxy
    ) -> None:
        before = len(proxy.seen)
        page = support.get(f"/subjects/{old.pk}/freshness/", known(old, LONG_AGO), headers=HTMX)
        assert len(proxy.seen) == before + 1
        assert '<span role="status">In step with Letta.</span>' in page.text
        assert re.search(r"Checked <time [^>]*>just now</time>", page.text)
        assert '<p class="facts" id="facts" hx-swap-oob="true">' in page.text
        assert "memory-changed" not in page.headers.get("HX-Trigger-After-Settle", "")
        assert len(page.content) < 1024
        again = re.search(r"mark=(\d+)&amp;asked=(\d+)", page.text)
        assert again
        told = {"mark": again[1], "asked": again[2]}
        assert support.get(f"/subjects/{old.pk}/freshness/", told, headers=HTMX).status_code == 204

    def test_what_somebody_else_has_just_read_is_not_asked_for_again(
        self, ida: Subject, support: Client, proxy: FaultyProxy
    ) -> None:
        last_read(ida, timedelta(seconds=40))
        before = len(proxy.seen)
        page = support.get(f"/subjects/{ida.pk}/freshness/", known(ida, LONG_AGO), headers=HTMX)
        assert len(proxy.seen) == before
        assert re.search(r"In step with Letta.</span>\s*Checked <time [^>]*>4\d seconds ago", page.text)

    def test_when_enough_pages_are_asking_the_others_come_later(
        self, old: Subject, support: Client, proxy: FaultyProxy, everybody_asks: None
    ) -> None:
        before = len(proxy.seen)
        url = f"/subjects/{old.pk}/freshness/"
        assert support.get(url, known(old, LONG_AGO), headers=HTMX).status_code == 204
        assert len(proxy.seen) == before
        assert "In step with Letta." in support.get(url, headers=HTMX).text, "a page that is opened need not wait"

    def test_what_others_changed_meanwhile_is_shown(self, old: Subject, support: Client) -> None:
        human = old.blocks.get(label="human")
        assert human.block_id is not None
        agents().update_block(human.block_id, value="Written while somebody looked on")
        page = support.get(f"/subjects/{old.pk}/freshness/", known(old, LONG_AGO), headers=HTMX)
        assert "Letta had changed 1 block since" in page.text
        assert "memory-changed" in page.headers["HX-Trigger-After-Settle"]
        assert f"mark={mark_of(old)}&" in page.text

    def test_letta_down_is_said_with_the_time_of_the_last_good_check(
        self, old: Subject, support: Client, proxy: FaultyProxy
    ) -> None:
        url = f"/subjects/{old.pk}/freshness/"
        proxy.faults.append(Fault("GET", "/v1/agents", "error_500", 1))
        page = support.get(url, known(old, LONG_AGO), headers=HTMX)
        assert 'class="note warning"' in page.text
        assert re.search(r"Asked <time [^>]*>just now</time>; last read from Letta <time [^>]*>2 minutes ago", page.text)
        assert support.get(url, known(old, timedelta(seconds=30)), headers=HTMX).status_code == 204
        assert "In step with Letta." in support.get(url, known(old, LONG_AGO), headers=HTMX).text

    def test_an_agent_that_goes_while_somebody_looks_is_said_in_the_memory_too(self, old: Subject, support: Client) -> None:
        assert old.agent_id is not None
        agents().delete_agent(old.agent_id)
        url = f"/subjects/{old.pk}/freshness/"
        page = support.get(url, known(old, LONG_AGO), headers=HTMX)
        assert "Letta no longer has this subject’s agent." in page.text
        assert "memory-changed" in page.headers["HX-Trigger-After-Settle"]
        again = support.get(url, known(old, LONG_AGO), headers=HTMX)
        assert "memory-changed" not in again.headers.get("HX-Trigger-After-Settle", "")

    def test_a_frozen_subject_is_not_compared(self, old: Subject, support: Client, proxy: FaultyProxy) -> None:
        Subject.objects.filter(pk=old.pk).update(frozen_at=timezone.now(), frozen_for=Subject.FrozenFor.RESTRICTION)
        before = len(proxy.seen)
        page = support.get(f"/subjects/{old.pk}/freshness/", known(old, LONG_AGO), headers=HTMX)
        assert (page.status_code, len(proxy.seen)) == (204, before)

    def test_a_correction_made_here_says_when_it_was_in_step(
        self, old: Subject, support: Client, proxy: FaultyProxy
    ) -> None:
        human = old.blocks.get(label="human")
        place = HTMX | {"HX-Current-URL": f"http://testserver/subjects/{old.pk}/"}
        change = {"value": "Ida", "description": human.description, "limit": human.limit, "reason": "she said so"}
        base = human.revisions.latest("number").number
        card = support.post(f"/blocks/{human.pk}/edit/", change | {"base": base}, headers=place).text
        assert re.search(r'<div class="facts" id="freshness" hx-swap-oob="true" [^>]*mark=\d+&amp;asked=\d+"', card)
        assert re.search(r"Saved, and in step with Letta.</span>\s*Checked <time [^>]*>just now", card)
        told = re.search(r"mark=(\d+)&amp;asked=(\d+)", card)
        assert told
        before = len(proxy.seen)
        again = support.get(f"/subjects/{old.pk}/freshness/", {"mark": told[1], "asked": told[2]}, headers=HTMX)
        assert (again.status_code, len(proxy.seen)) == (204, before), "its own edit is no news to the page"

    def test_during_a_run_nobody_is_asked(self, old: Subject, support: Client, proxy: FaultyProxy) -> None:
        make_run(old, Run.State.LEARNING, ("user", "x"))
        before = len(proxy.seen)
        page = support.get(f"/subjects/{old.pk}/freshness/", known(old, LONG_AGO), headers=HTMX)
        assert "A run is under way" in page.text
        assert len(proxy.seen) == before


@pytest.mark.parametrize("mark", ["x", "-1", "9" * 40, "-under-way", "٣"])
@pytest.mark.parametrize("told", ["", "x", "9" * 40, "999999999999999999"])
def test_what_no_page_would_ask_with_is_a_change(mark: str, told: str, support: Client, story: Story) -> None:
    page = support.get(f"/subjects/{story.subject.pk}/freshness/", {"mark": mark, "asked": told}, headers=HTMX)
    assert "It changed a moment ago." in page.text


def test_the_memory_says_once_when_it_was_read(support: Client) -> None:
    subject = make_subject("user_ada", mirrored_at=timezone.now() - timedelta(hours=3))
    page = support.get(f"/subjects/{subject.pk}/").text
    assert page.count("Read from Letta <time") == 1
    assert "Blocks read from" not in page


@pytest.mark.parametrize("tab", ["timeline/", "messages/", "prompt/", "activity/", "runs/"])
def test_the_other_tabs_say_how_old_our_copy_is(tab: str, support: Client) -> None:
    subject = make_subject("user_ada", mirrored_at=timezone.now() - timedelta(hours=3))
    url = f"/subjects/{subject.pk}/{tab}"
    page = support.get(url).text
    assert re.search(r"Blocks read from Letta <time [^>]*>3 hours ago</time>\.", page)
    Subject.objects.update(look_at=timezone.now())
    assert "3 hours ago</time>; something newer is still to be read." in support.get(url).text
    Subject.objects.update(mirrored_at=None)
    assert "locks read from" not in support.get(url).text


def test_so_does_the_page_of_a_block(support: Client, story: Story) -> None:
    Subject.objects.update(mirrored_at=timezone.now() - timedelta(days=1, hours=2))
    assert "Blocks read from Letta <time" in support.get(f"/blocks/{story.human.pk}/").text
