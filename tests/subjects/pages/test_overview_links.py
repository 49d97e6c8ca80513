"""Every figure, bar and reason of the overview leads to exactly the runs that it counted."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from accounts.models import User
from memory_ui.keyset import PAGE_SIZE
from subjects.counting import count_runs
from subjects.models import REASON, Run, Subject

pytestmark = pytest.mark.django_db

LONG = "The model did not answer, " * 12
CUT_AT_A_SPACE = "x" * (REASON - 1) + " and what follows"
TWO_LINES = "The model said:\nno & <never>."


@pytest.fixture
def client(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


@pytest.fixture
def a_month() -> None:
    """Runs of every outcome, near and far, some of them given long before they ended."""
    now, day, hour = timezone.now(), timedelta(days=1), timedelta(hours=1)
    subject = Subject.objects.create(subject_id="user_counted", last_learned_at=now)
    Subject.objects.create(subject_id="user_before", last_learned_at=now - 40 * day)
    position = count()

    def run(state: Run.State, given: timedelta, ended: timedelta | None, failure: str = "", **fields: object) -> None:
        place = next(position)
        Run.objects.create(
            subject=subject, position=place, idempotency_key=str(place), source="typed", state=state, failure=failure,
            created_at=now - given, ended_at=None if ended is None else now - ended, **{"queued_at": now - given, **fields},
        )  # fmt: skip

    for minutes in range(PAGE_SIZE + 5):
        run(Run.State.COMPLETED, 3 * hour, 2 * hour - timedelta(seconds=minutes))
    for ago in (timedelta(0), 5 * hour, 22 * hour, 25 * hour, 3 * day, 28 * day, 33 * day):
        run(Run.State.COMPLETED, ago + timedelta(seconds=2), ago)
        run(Run.State.CANCELLED, ago + day, ago, "Cancelled before it was sent.")
        run(Run.State.FAILED, ago + 30 * hour, ago, "The model did not answer.")
    for failure in (LONG, f"{LONG} and then some", CUT_AT_A_SPACE, TWO_LINES, "", "", " "):
        run(Run.State.FAILED, 30 * hour, timedelta(minutes=1), failure)
    for number in range(9):
        run(Run.State.FAILED, hour, timedelta(minutes=1), f"The model did not answer: {number}.")
    for _ in range(7):
        run(Run.State.QUEUED, 2 * hour, None, "Letta is away.")
    run(Run.State.LEARNING, 2 * hour, None, queued_at=now)  # given again just now
    run(Run.State.QUEUED, timedelta(0), None)
    count_runs()


def rows_at(client: Client, address: str) -> int:
    """How many rows a list has on all its pages."""
    rows, after = 0, ""
    while True:
        page = client.get(f"{address}&after={after}" if after else address)
        assert (page.status_code, page.context["form"].errors) == (200, {})
        found = page.context["page"] if address.startswith("/runs/") else page.context["found"].page
        rows += len(found.rows)
        after = found.after
        if not after:
            return rows


def figure_of(link: Any) -> int:
    """The number of rows that a link promises, in its own words or, for a reason, beside them."""
    said = link.text_content()
    told = re.findall(r"([\d,]+) (?:learned|failed|cancelled)", said) or re.findall(r"^\s*([\d,]+)(?: in all)?\s*$", said)
    return sum(int(number.replace(",", "")) for number in told or [link.getparent().find("b").text])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("period", ["24h", "30d"])
def test_every_link_opens_what_it_counted(client: Client, a_month: None, period: str, zone: str) -> None:
    client.cookies["memory_ui_zone"] = zone
    page = html.fromstring(client.get(f"/overview/?period={period}").content)
    links = [link for link in page.get_element_by_id("counted").iter("a") if "?" in link.get("href")]
    found = {link.get("href"): (figure_of(link), rows_at(client, link.get("href"))) for link in links}
    assert {address: numbers for address, numbers in found.items() if numbers[0] != numbers[1]} == {}
    kinds = {
        name: sum(name in (link.get("id") or "") for link in links) for name in ("runs-", "subjects-", "bar-", "delay-")
    }
    assert kinds == {"runs-": 5, "subjects-": 1, "bar-": kinds["bar-"], "delay-": kinds["delay-"]}
    assert kinds["bar-"] >= 4
    reasons = [link for link in links if "reason=" in link.get("href")]
    assert len(reasons) == 15
    assert {"No reason was given."} < {link.text_content() for link in reasons}
    assert len([link for link in links if link.getparent().tag == "svg"]) > kinds["bar-"]
    assert len([link for link in links if link.getparent().tag == "td"]) > kinds["bar-"]


def test_runs_that_stand_still_are_named_longest_first(client: Client, a_month: None) -> None:
    page = html.fromstring(client.get("/overview/").content)
    named = [link.get("href") for link in page.iter("a") if re.fullmatch("/runs/[0-9a-f-]+/", link.get("href"))]
    assert len(named) == 5
    assert client.get(named[0]).status_code == 200
    listed = client.get("/runs/?state=stuck").context["page"].rows
    assert [f"/runs/{run.pk}/" for run in listed[:5]] == named
    assert len(listed) == 7


def test_no_address_holds_what_letta_said(client: Client, a_month: None) -> None:
    page = html.fromstring(client.get("/overview/").content)
    assert not [link for link in page.iter("a") if "model" in link.get("href")]
