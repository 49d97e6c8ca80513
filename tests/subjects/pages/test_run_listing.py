"""The runs of all subjects: each filter finds what it says, in its order, by an index and in as many queries as ever."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from accounts.models import User
from memory_ui.keyset import Cursor
from subjects.counting import count_runs
from subjects.models import Run, Subject
from subjects.reasons import digest_of
from subjects.run_listing import WantedRuns, runs_page
from tests.lasting import lasting
from tests.subjects.pages.conftest import make_run, make_subject

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = "The model did not answer."


@pytest.fixture
def client(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


def tell() -> list[Run]:
    """3,000 runs of 300 subjects, a minute apart, which took half an hour; of ten one failed, of a hundred one waits."""
    subjects = Subject.objects.bulk_create(Subject(subject_id=f"User_{place}") for place in range(300))

    def run(place: int) -> Run:
        state = Run.State.FAILED if place % 10 == 0 else Run.State.QUEUED if place % 100 == 1 else Run.State.COMPLETED
        given = NOW + timedelta(minutes=place)
        return Run(
            subject=subjects[place % 300], position=place, idempotency_key=str(place), source=Run.Source.TYPED, state=state,
            failure=SAID if place % 100 == 0 else f"No. {place % 7}" if place % 10 == 0 else "",
            created_at=given, queued_at=given, ended_at=None if place % 100 == 1 else given + timedelta(minutes=30),
        )  # fmt: skip

    runs = Run.objects.bulk_create(run(place) for place in range(3_000))
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_run; analyze subjects_subject")
    return runs


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Run]]:
    yield from lasting(tell, django_db_blocker)


HOUR = timedelta(hours=1)
FILTERS = {
    "failed, ended": (WantedRuns(state="failed", ended_since=NOW + 5 * HOUR, ended_until=NOW + 20 * HOUR), "ended_state"),
    "all, ended": (WantedRuns(ended_since=NOW + 5 * HOUR, ended_until=NOW + 30 * HOUR), "ended_newest"),
    "reason": (WantedRuns(reason=digest_of(SAID)), "failed_reason"),
    "reason, ended": (WantedRuns(state="failed", reason=digest_of(SAID), ended_since=NOW + 5 * HOUR), "failed_reason"),
    "no reason": (WantedRuns(reason=digest_of("")), "failed_reason"),
    "open": (WantedRuns(state="open"), "waiting"),
    "stuck": (WantedRuns(state="stuck"), "waiting"),
    "subject": (WantedRuns(subject="uSER_10"), ""),
    "state": (WantedRuns(state="failed"), "state"),
    "all": (WantedRuns(), "newest"),
}


def fits(run: Run, wanted: WantedRuns) -> bool:
    states = Run.OPEN if wanted.state in ("open", "stuck") else (wanted.state or run.state,)
    if run.state not in states or (wanted.subject and run.subject.subject_id.lower() != wanted.subject.lower()):
        return False
    if wanted.reason and (run.state, digest_of(run.failure)) != ("failed", wanted.reason):
        return False
    since, until = wanted.ended_since, wanted.ended_until
    if not since and not until:
        return True
    return bool(run.ended_at and (not since or run.ended_at >= since) and (not until or run.ended_at < until))


def place_of(run: Run, wanted: WantedRuns) -> tuple[datetime | None, UUID]:
    return (run.ended_at if wanted.by_end else run.created_at), run.pk


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_is_paged_by_its_index(name: str, told: list[Run], db: None) -> None:
    wanted, index = FILTERS[name]
    expected = [run for run in told if fits(run, wanted)]
    expected.sort(key=lambda run: place_of(run, wanted), reverse=wanted.state != "stuck")
    found: list[Run] = []
    cursor = Cursor()
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            page = runs_page(wanted, cursor)
        found += page.rows
        cursor = Cursor(page.after)
        if not page.after:
            break
    assert [run.pk for run in found] == [run.pk for run in expected[:75]]
    with connection.cursor() as sql:
        sql.execute("set local enable_seqscan = off")
        sql.execute("explain " + asked.captured_queries[-1]["sql"])
        plan = "\n".join(row[0] for row in sql.fetchall())
    assert (f"subjects_run_{index}" if index else "Index Cond: (subject_id = ") in plan
    assert not index or "->  Sort" not in plan


@pytest.mark.parametrize(
    "query", ["", "state=failed", "state=stuck", "reason=none", "ended_since=2026-03-01T12:00Z&state=failed", "source=typed"]
)
def test_a_page_costs_the_same_whatever_is_chosen(
    query: str, client: Client, told: list[Run], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        page = client.get(f"/runs/?{query}")
    assert page.status_code == 200


def test_the_subject_is_looked_up_once_in_any_letter_case(
    client: Client, told: list[Run], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        page = client.get("/runs/?subject=USER_10")
    assert {run.subject.subject_id for run in page.context["page"].rows} == {"User_10"}
    assert len(page.context["page"].rows) == 10
    twin = make_subject("user_10")
    make_run(twin, Run.State.COMPLETED)
    assert len(client.get("/runs/?subject=USER_10").context["page"].rows) == 11
    nobody = client.get("/runs/?subject=User_1000").content.decode()
    assert "No run fits" in nobody
    assert "The id has to be whole." in nobody


def test_every_page_is_as_many_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    subject = make_subject("user_many")
    runs = [make_run(subject, Run.State.COMPLETED, age=age) for age in range(60)]
    seen: list[str] = []
    address = "/runs/?subject=user_many"
    while address:
        with django_assert_num_queries(5 if "after" not in address else 6):
            page = client.get(address)
        seen += [str(run.pk) for run in page.context["page"].rows]
        after = page.context["page"].after
        address = f"/runs/?subject=user_many&after={after}" if after else ""
    assert seen == [str(run.pk) for run in runs]


def test_a_filter_that_is_nonsense_is_said_at_its_field(client: Client) -> None:
    page = client.get("/runs/?since=tomorrow&state=odd").content.decode()
    assert "Enter a valid date/time." in page
    assert "odd is not one of the available choices" in page
    assert "Only failed runs have one" in client.get("/runs/?state=completed&reason=anything").content.decode()


def test_reasons_are_offered_and_one_that_is_chosen_stays(client: Client) -> None:
    subject, words = make_subject("user_failed"), "The model was asleep & away."
    make_run(subject, Run.State.FAILED, failure=words)
    make_run(subject, Run.State.FAILED, failure="Another.")
    count_runs()
    assert f'<option value="{digest_of(words)}">{escape(words)}</option>' in client.get("/runs/").content.decode()
    by_words = client.get("/runs/", {"reason": words})
    assert f'<option value="{digest_of(words)}" selected>' in by_words.content.decode()
    assert [run.failure for run in by_words.context["page"].rows] == [words]
    unknown = client.get("/runs/", {"reason": digest_of("Nobody said this.")}).content.decode()
    assert "selected>the one in the address</option>" in unknown
    assert "No run fits" in unknown


def test_a_moment_of_a_link_is_shown_in_the_readers_zone(client: Client) -> None:
    client.cookies["memory_ui_zone"] = "America/New_York"
    page = client.get("/runs/?ended_since=2026-07-01T12:00Z").content.decode()
    assert 'value="2026-07-01T08:00"' in page
    assert client.get("/runs/?ended_since=2026-07-01T08:00").context["wanted"].ended_since == datetime(
        2026, 7, 1, 12, tzinfo=UTC
    )
    assert timezone.get_current_timezone_name() == "UTC"
