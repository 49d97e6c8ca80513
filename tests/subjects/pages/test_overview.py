"""The overview: counted right, fast by not counting, drawn anew only when there is something new."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from memory_ui.models import Pulse
from subjects import learning
from subjects.bars import PERIODS, bars_of
from subjects.counting import count_runs
from subjects.letta import agents
from subjects.models import Run, RunHour, Subject
from subjects.overview import COUNTING, overview
from tests.subjects.pages.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return Subject.objects.create(subject_id="user_counted", last_learned_at=timezone.now())


def ended(subject: Subject, state: Run.State, *, ago: timedelta, took: float = 2.0, failure: str = "") -> Run:
    end = timezone.now() - ago
    position = subject.runs.count()
    return Run.objects.create(
        subject=subject, position=position, idempotency_key=str(position), source=Run.Source.TYPED, state=state,
        failure=failure, created_at=end - timedelta(seconds=took), ended_at=end,
    )  # fmt: skip


@pytest.fixture
def some_runs(subject: Subject) -> None:
    for hours in (0, 0, 3):
        ended(subject, Run.State.COMPLETED, ago=timedelta(hours=hours))
    ended(subject, Run.State.FAILED, ago=timedelta(hours=1), failure="The model did not answer.")
    ended(subject, Run.State.COMPLETED, ago=timedelta(days=10), took=20)
    count_runs()


def test_runs_are_counted_by_hour_outcome_and_reason(some_runs: None) -> None:
    day = overview(PERIODS["24h"])
    assert [(figure.state, figure.runs) for figure in day.outcomes] == [("completed", 3), ("failed", 1), ("cancelled", 0)]
    assert [(reason.name, reason.runs) for reason in day.reasons] == [("The model did not answer.", 1)]
    assert day.mean_seconds == pytest.approx(2.0, abs=0.01)
    assert day.usual_seconds == pytest.approx(2.0, abs=0.01)
    assert day.subjects_learned == 1
    assert day.bars[-1].total == day.tallest == 2
    month = overview(PERIODS["30d"])
    assert sum(bar.total for bar in month.bars) == 5
    assert month.mean_seconds == pytest.approx(6.5, abs=0.01)
    assert month.slowest == pytest.approx(20, abs=0.01)


def test_counting_again_changes_nothing_and_follows_what_changed(some_runs: None, subject: Subject) -> None:
    before = list(RunHour.objects.order_by("hour", "state").values_list("hour", "state", "runs", "seconds"))
    count_runs()
    assert list(RunHour.objects.order_by("hour", "state").values_list("hour", "state", "runs", "seconds")) == before
    ended(subject, Run.State.CANCELLED, ago=timedelta(0))
    count_runs()
    assert overview(PERIODS["24h"]).outcomes[-1].runs == 1


def test_a_run_that_is_learned_once_more_is_counted_as_ended_no_longer(some_runs: None, subject: Subject) -> None:
    for reason in ("The model did not answer.", ""):
        ended(subject, Run.State.FAILED, ago=timedelta(days=3), failure=reason)
    ended(subject, Run.State.CANCELLED, ago=timedelta(days=3))
    again = ended(subject, Run.State.FAILED, ago=timedelta(days=3), failure="x" * 400)
    kept = ended(subject, Run.State.FAILED, ago=timedelta(days=3), failure="x" * 400, took=5)
    RunHour.objects.all().delete()
    count_runs()
    before = overview(PERIODS["30d"])
    assert learning.retry(again)
    after = overview(PERIODS["30d"])
    assert (after.outcomes[1].runs, after.outcomes[2].runs) == (before.outcomes[1].runs - 1, 1)
    assert RunHour.objects.get(reason="x" * 300).seconds == pytest.approx(5, abs=0.01)
    assert learning.retry(kept)
    assert not RunHour.objects.filter(reason="x" * 300).exists()
    assert not learning.retry(kept)
    assert overview(PERIODS["30d"]).outcomes[1].runs == before.outcomes[1].runs - 2


def test_hours_that_nobody_counted_are_made_up_for(subject: Subject) -> None:
    ended(subject, Run.State.COMPLETED, ago=timedelta(hours=20))
    count_runs()
    RunHour.objects.all().delete()
    ended(subject, Run.State.COMPLETED, ago=timedelta(hours=5))
    count_runs()
    assert overview(PERIODS["24h"]).outcomes[0].runs == 2


def test_what_stands_still_is_named(subject: Subject) -> None:
    run = Run.objects.create(
        subject=subject,
        position=0,
        idempotency_key="0",
        source=Run.Source.TYPED,
        created_at=timezone.now() - timedelta(hours=1),
        queued_at=timezone.now() - timedelta(hours=1),
    )
    seen = overview(PERIODS["24h"])
    assert (seen.stuck, seen.stuck_count, seen.waiting) == ([run], 1, 1)


def test_the_page_costs_the_same_however_much_there_is(
    sue: User, sign_in: Callable[[User], Client], some_runs: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(sue)
    with django_assert_num_queries(14):
        page = client.get("/overview/?period=30d")
    assert page.status_code == 200
    assert "The model did not answer." in page.content.decode()


def test_an_empty_overview_says_what_will_be_here(sue: User, sign_in: Callable[[User], Client]) -> None:
    page = sign_in(sue).get("/overview/?period=nonsense").content.decode()
    assert "will be counted here" in page
    assert "No run failed" in page


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Asia/Kolkata", "America/St_Johns"])
def test_bars_are_whole_counted_hours_in_every_zone(zone: str) -> None:
    with timezone.override(zone):
        for moment in (datetime(2026, 10, 25, 0, 40, tzinfo=UTC), datetime(2026, 3, 29, 12, 10, tzinfo=UTC)):
            for period in PERIODS.values():
                bounds = period.bounds(moment)
                assert len(bounds) == period.steps + 1
                assert bounds == sorted(set(bounds))
                assert bounds[-2] <= moment < bounds[-1]
                assert all((bound.utcoffset(), bound.minute) == (timedelta(0), 0) for bound in bounds)


def test_one_failure_is_seen_beside_ten_thousand_runs() -> None:
    hour = datetime(2026, 3, 1, 12, tzinfo=UTC)
    counts = [(hour, Run.State.COMPLETED, 10_000, 20_000.0), (hour, Run.State.FAILED, 1, 5.0)]
    bar = bars_of(PERIODS["24h"], PERIODS["24h"].bounds(hour), counts)[-1]
    assert [(part.y, part.height) for part in bar.parts] == [("1.50", "98.50"), ("0.00", "1.50")]
    assert bar.parts[1].words == "12:00 to 13:00: 1 failed"
    assert (bar.when, bar.told) == ("12:00 to 13:00", "10,000 learned, 1 failed")


def test_it_is_drawn_anew_only_when_there_is_something_new(
    sue: User, sign_in: Callable[[User], Client], some_runs: None, subject: Subject
) -> None:
    client = sign_in(sue)
    page = client.get("/overview/").content.decode()
    assert "Runs were not counted yet" in page
    address = poll_of(page)
    same = client.get(address, headers=HTMX)
    assert (same.status_code, same.content) == (204, b"")

    pulse = Pulse.objects.create(task=COUNTING, ended_at=timezone.now() - timedelta(seconds=20), seconds=0.1)
    counted = client.get(address, headers=HTMX)
    assert "HX-Retarget" not in counted.headers
    assert len(counted.content) < 1_000
    assert "Runs counted <time" in counted.content.decode()
    address = poll_of(counted.content.decode())
    assert client.get(address, headers=HTMX).status_code == 204

    ended(subject, Run.State.FAILED, ago=timedelta(0), failure="The model said no.")
    count_runs()
    new = client.get(address, headers=HTMX)
    assert new.headers["HX-Retarget"] == "#counted"
    assert new.content.decode().lstrip().startswith('<div id="counted">')
    assert "The model said no." in new.content.decode()

    Pulse.objects.filter(pk=pulse.pk).update(failed=True)
    assert "Counting the runs failed" in client.get(poll_of(new.content.decode()), headers=HTMX).content.decode()


def poll_of(page: str) -> str:
    found = re.search(r'id="as-of" hx-get="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_connection_says_how_fast_letta_answers(sue: User, sign_in: Callable[[User], Client]) -> None:
    fragment = sign_in(sue).get("/overview/connection/", headers={"HX-Request": "true"}).content.decode()
    assert "Answers" in fragment
    assert "<html" not in fragment


@pytest.mark.enable_socket
def test_letta_down_is_said_in_words(sue: User, sign_in: Callable[[User], Client], settings: Settings) -> None:
    settings.LETTA_BASE_URL, settings.LETTA_TRANSPORT = "http://127.0.0.1:9", ""
    agents.cache_clear()
    page = sign_in(sue).get("/overview/connection/").content.decode()
    agents.cache_clear()
    assert "Does not answer" in page
    assert "our own copy" in page
