"""How the sync with Letta goes, where people look: failing and why, how far it is, who is left out and who is doubled."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from memory_ui.locks import exclusively
from subjects.models import Run, Subject, SyncState
from subjects.sync_report import look
from tests.subjects.pages.conftest import HTMX, make_run, make_subject

pytestmark = pytest.mark.django_db

WHY = "Letta did not answer within 10 seconds."


def synced(**fields: object) -> SyncState:
    """A sync that is in order: its last pass began half a minute ago and succeeded, its last round is over."""
    now = timezone.now()
    state = SyncState.load()
    usual = {
        "started_at": now - timedelta(seconds=30),
        "succeeded_at": now - timedelta(seconds=20),
        "round_started_at": now - timedelta(hours=2),
        "round_listed_at": now - timedelta(hours=1),
        "round_finished_at": now - timedelta(hours=1),
        "agents_seen": 12_345,
        "agents_expected": 12_345,
    }
    for name, value in (usual | fields).items():
        setattr(state, name, value)
    state.save()
    return state


def failing() -> SyncState:
    now = timezone.now()
    return synced(error=WHY, failing_since=now - timedelta(days=3), succeeded_at=now - timedelta(days=3, minutes=1))


@pytest.fixture
def under_way() -> Iterator[None]:
    """A pass is running."""
    taken, over = Event(), Event()

    def go() -> None:
        with exclusively("sync") as mine:
            assert mine
            taken.set()
            over.wait(30)
        connection.close()

    thread = Thread(target=go)
    thread.start()
    assert taken.wait(10)
    yield
    over.set()
    thread.join()


def card(client: Client) -> str:
    """What the card says, without the tags."""
    page = client.get("/overview/sync/", headers=HTMX)
    assert page.text.lstrip().startswith("<section")
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def test_before_the_first_pass_it_says_so(support: Client) -> None:
    said = card(support)
    assert "Last pass none yet" in said
    assert "Last one that succeeded none yet" in said
    assert "Round over all agents none yet" in said
    assert "See the sync" not in support.get("/overview/").text


def test_all_is_well(support: Client) -> None:
    synced()
    said = card(support)
    assert "begun 30 seconds ago" in said
    assert "12,345 agents seen, ended 1 hour ago" in said
    assert "Subjects with doubled agents none" in said
    assert "failed" not in said
    assert "See the sync" not in support.get("/overview/").text


def test_a_sync_that_fails_for_days_does_not_look_well_because_a_run_was_learned(support: Client) -> None:
    failing()
    make_run(make_subject("user_ada"), Run.State.COMPLETED)
    for url in ("/overview/", "/overview/sync/"):
        page = support.get(url).text
        assert re.search(r"first failed <time [^>]*>3 days ago</time> and has not succeeded since: " + re.escape(WHY), page)
    connection_card = " ".join(re.sub(r"<[^>]*>", " ", support.get("/overview/connection/", headers=HTMX).text).split())
    assert "Last sync that succeeded 3 days ago , failing since" in connection_card
    assert "Last run learned just now" in connection_card


def test_a_sync_that_does_not_begin_any_more_is_told(support: Client) -> None:
    synced(started_at=timezone.now() - timedelta(minutes=6))
    assert "One begins within a minute while the background work runs." in card(support)
    assert "No sync with Letta has begun since" in support.get("/overview/").text


@pytest.mark.django_db(transaction=True)
def test_one_long_pass_stands_not_still(support: Client, under_way: None) -> None:
    synced(started_at=timezone.now() - timedelta(hours=3))
    said = card(support)
    assert "under way, begun 3 hours ago" in said
    assert "No pass has begun" not in said


def test_the_round_says_how_far_it_is(support: Client) -> None:
    synced(
        round_started_at=timezone.now() - timedelta(minutes=4),
        round_listed_at=None,
        round_finished_at=None,
        agents_seen=3_000,
    )
    assert "3,000 agents of about 12,345 seen, begun 4 minutes ago" in card(support)
    assert '<progress value="24" max="100"' in support.get("/overview/sync/").text
    synced(round_listed_at=None, round_finished_at=None, agents_seen=100, agents_expected=0)
    assert "100 agents seen, begun 2 hours ago" in card(support)
    assert "<progress" not in support.get("/overview/sync/").text
    synced(round_finished_at=None)
    assert "all 12,345 agents seen; asking for subjects whose agent was not among them" in card(support)


def test_agents_left_out_are_named_with_the_reason(support: Client) -> None:
    at = timezone.now() - timedelta(minutes=9)
    synced(
        left_out=[
            ("agent-1", "It has no name.", at.isoformat()),
            ("agent-2", "<b>Too long.</b>", timezone.now().isoformat()),
        ]
    )
    page = support.get("/overview/connection/").text
    assert page.index('data-copy="agent-2"') < page.index('data-copy="agent-1"')
    assert "&lt;b&gt;Too long.&lt;/b&gt;" in page
    assert "Agents left out 2" in card(support)


def test_doubled_agents_are_counted_and_lead_to_their_subjects(support: Client) -> None:
    synced()
    make_subject("user_one")
    make_subject("user_two", duplicate_agent_ids=["agent-2", "agent-3"])
    for url in ("/overview/", "/overview/sync/", "/overview/connection/"):
        assert 'href="/?doubled=on"' in support.get(url).text
    assert "1 subject</a>\n      has more than one agent in Letta." in support.get("/overview/").text
    found = support.get("/?doubled=on").text
    assert "user_two" in found
    assert ">3 agents</span>" in found
    assert "user_one" not in found.split("<main", 1)[1].split('aria-label="Lately', 1)[0]
    assert '<input type="hidden" name="doubled" value="on"' in found
    saved = support.post("/lists/", {"doubled": "on"}).content.decode()
    assert [line.split(",")[0] for line in saved.splitlines()[1:]] == ["user_two"]


def test_doubled_agents_are_found_along_their_index(support: Client) -> None:
    Subject.objects.bulk_create(Subject(subject_id=f"user_{number}") for number in range(3_000))
    Subject.objects.filter(subject_id__in=["user_3", "user_4"]).update(duplicate_agent_ids=["agent-2"])
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_subject")
    with CaptureQueriesContext(connection) as asked:
        support.get("/?doubled=on")
        look()
    listed = [query["sql"] for query in asked.captured_queries if "duplicate_agent_ids = " in query["sql"].replace('"', "")]
    assert len(listed) == 2, "the list, and the number"
    for sql in listed:
        with connection.cursor() as cursor:
            cursor.execute("explain " + sql)
            assert "subjects_subject_duplicates" in "\n".join(row[0] for row in cursor.fetchall())


def test_polls_of_what_did_not_change_are_empty(support: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    synced()
    page = support.get("/overview/sync/").text
    asked = re.search(r'hx-get="(/overview/sync/\?seen=\w+)"', page)
    assert asked
    with django_assert_num_queries(6):  # session, person, state, whether a pass runs, waiting, doubled
        unchanged = support.get(asked[1], headers=HTMX)
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    SyncState.objects.update(agents_seen=12_346)
    assert "12,346 agents" in support.get(asked[1], headers=HTMX).text


def test_the_background_page_brings_the_card(adam: User, sign_in: Callable[[User], Client]) -> None:
    assert 'hx-get="/overview/sync/" hx-trigger="load"' in sign_in(adam).get("/settings/background/").text


@pytest.mark.parametrize(("number", "words"), [(1, "1 subject id has"), (2, "2 subject ids have")])
@pytest.mark.django_db(transaction=True)
def test_the_command_names_the_number(number: int, words: str) -> None:
    for place in range(number):
        make_subject(f"user_{place}", duplicate_agent_ids=["agent-2"], agent_id=None)
    out = StringIO()
    call_command("sync_subjects", stdout=out)
    assert f"{words} more than one agent in Letta." in out.getvalue()
