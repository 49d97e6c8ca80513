"""The overview and the runs of all subjects: counted right, clickable to the runs behind, fast by not counting."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from subjects.counting import count_runs
from subjects.letta import agents
from subjects.models import Run, RunHour, Subject
from subjects.overview import PERIODS, overview

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
    assert [(state, runs) for state, _, runs in day.outcomes] == [("completed", 3), ("failed", 1), ("cancelled", 0)]
    assert [(reason.text, reason.runs) for reason in day.reasons] == [("The model did not answer.", 1)]
    assert day.mean_seconds == pytest.approx(2.0, abs=0.01)
    assert day.usual_seconds == pytest.approx(2.0, abs=0.01)
    assert day.subjects_learned == 1
    assert day.bars[-1].total == day.tallest == 2
    month = overview(PERIODS["30d"])
    assert sum(bar.total for bar in month.bars) == 5


def test_counting_again_changes_nothing_and_follows_what_changed(some_runs: None, subject: Subject) -> None:
    before = list(RunHour.objects.order_by("hour", "state").values_list("hour", "state", "runs", "seconds"))
    count_runs()
    assert list(RunHour.objects.order_by("hour", "state").values_list("hour", "state", "runs", "seconds")) == before
    ended(subject, Run.State.CANCELLED, ago=timedelta(0))
    count_runs()
    assert overview(PERIODS["24h"]).outcomes[-1][2] == 1


def test_hours_that_nobody_counted_are_made_up_for(subject: Subject) -> None:
    ended(subject, Run.State.COMPLETED, ago=timedelta(hours=20))
    count_runs()
    RunHour.objects.all().delete()
    ended(subject, Run.State.COMPLETED, ago=timedelta(hours=5))
    count_runs()
    assert overview(PERIODS["24h"]).outcomes[0][2] == 2


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


def test_a_bar_leads_to_its_runs(sue: User, sign_in: Callable[[User], Client], some_runs: None) -> None:
    client = sign_in(sue)
    page = client.get("/runs/?state=failed&reason=The+model+did+not+answer.").content.decode()
    assert page.count('class="dot failed"') == 1
    assert client.get("/runs/?state=completed").content.decode().count('class="dot completed"') == 4
    assert "No run fits" in client.get("/runs/?state=cancelled").content.decode()


def test_a_filter_that_is_nonsense_is_said_at_its_field(sue: User, sign_in: Callable[[User], Client]) -> None:
    page = sign_in(sue).get("/runs/?since=tomorrow&state=odd").content.decode()
    assert "Enter a valid date/time." in page
    assert "odd is not one of the available choices" in page


def test_the_runs_page_is_paged_by_key(
    sue: User, sign_in: Callable[[User], Client], subject: Subject, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    runs = [ended(subject, Run.State.COMPLETED, ago=timedelta(minutes=minutes)) for minutes in range(60)]
    client = sign_in(sue)
    seen: list[str] = []
    address = "/runs/"
    while address:
        with django_assert_num_queries(3 if "after" not in address else 4):
            page = client.get(address)
        rows = page.context["page"]
        seen += [str(run.pk) for run in rows.rows]
        address = f"/runs/?after={rows.after}" if rows.after else ""
    assert seen == [str(run.pk) for run in runs]


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
