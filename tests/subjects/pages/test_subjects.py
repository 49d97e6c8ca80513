"""The subject list, a new subject, and the page of one."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects.models import Block, Revision, Run, Subject
from tests.subjects.pages.conftest import HTMX, Story, make_block, make_run, make_subject, see_a_worker

EVIL = "<img src=x onerror=alert(1)>"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;"


def many(number: int) -> None:
    start = timezone.now() - timedelta(days=1)
    Subject.objects.bulk_create(
        Subject(subject_id=f"user_{place:04d}", created_at=start + timedelta(seconds=place)) for place in range(number)
    )


def ids(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('/">')[1:] if part.startswith(("user_", "User_", "team_"))]


# The list


def test_the_empty_list_offers_the_first_step(support: Client, auditor: Client) -> None:
    page = support.get("/").text
    assert "Nobody is remembered yet" in page
    assert "import_conversations FILE" in page
    assert 'href="/subjects/new/"' in page
    assert 'href="/subjects/new/"' not in auditor.get("/").text


def test_the_list_pages_there_and_back_and_misses_nobody(support: Client) -> None:
    many(60)
    page, seen = support.get("/"), []
    assert "60 subjects" in page.text
    assert "← Newer" not in page.text
    while True:
        found = page.context["found"]
        seen += [row.subject.subject_id for row in found.rows]
        if found.page.after is None:
            break
        page = support.get("/", {"after": found.page.after})
    assert seen == [f"user_{place:04d}" for place in range(59, -1, -1)]
    back = support.get("/", {"before": found.page.before})
    assert [row.subject.subject_id for row in back.context["found"].rows] == seen[25:50]
    first = support.get("/", {"before": back.context["found"].page.before})
    assert [row.subject.subject_id for row in first.context["found"].rows] == seen[:25]
    assert first.context["found"].page.before is None


@pytest.mark.parametrize("cursor", ["", "nonsense", "00000000-0000-4000-8000-000000000000", "0" * 400])
def test_a_cursor_that_leads_nowhere_is_the_first_page(cursor: str, support: Client) -> None:
    many(3)
    for name in ("after", "before"):
        assert len(support.get("/", {name: cursor}).context["found"].rows) == 3


def test_search_is_by_the_start_of_the_id_the_exact_one_first(support: Client) -> None:
    for subject_id in ("user_sarah", "user_sar", "User_Sara", "user_bob", "sarah", "user%"):
        make_subject(subject_id)
    page = support.get("/", {"q": " user_SAR "})
    assert [row.subject.subject_id for row in page.context["found"].rows] == ["user_sar", "User_Sara", "user_sarah"]
    assert "3 subjects" in page.text
    assert [row.subject.subject_id for row in support.get("/", {"q": "user%"}).context["found"].rows] == ["user%"]
    assert "No id begins with “zz”" in support.get("/", {"q": "zz"}).text


def test_search_pages_too(support: Client) -> None:
    many(60)
    first = support.get("/", {"q": "user_"})
    second = support.get("/", {"q": "user_", "after": first.context["found"].page.after})
    assert [row.subject.subject_id for row in second.context["found"].rows] == [f"user_{n:04d}" for n in range(25, 50)]
    assert f"?q=user_&amp;after={second.context['found'].page.after}" in second.text


def test_search_finds_a_whole_agent_id(support: Client, story: Story) -> None:
    page = support.get("/", {"q": story.subject.agent_id or ""})
    assert [row.subject for row in page.context["found"].rows] == [story.subject]


def test_the_number_of_queries_of_the_list_stays_the_same(
    support: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(60)
    for subject in Subject.objects.all():
        make_block(subject, "human", "x")
        make_run(subject, Run.State.COMPLETED, ("user", "x"))
    # session, person, audit, subjects, how many (as estimated, then counted), blocks, last runs, opened lately
    page = support.get("/")
    with django_assert_num_queries(9):
        page = support.get("/")
    after = page.context["found"].page.after
    with django_assert_num_queries(9):  # and the row that the cursor names
        support.get("/", {"after": after})
    with django_assert_num_queries(7):
        support.get("/", {"q": "user_"})


def test_a_line_says_what_is_known_of_the_subject(support: Client, story: Story) -> None:
    make_subject("team_new", kind="subject", agent_id=None, setup_error="Letta did not answer.")
    page = support.get("/").text
    assert "human, summary" in page
    assert "Learning" in page
    assert "No agent yet" in page


# The page of one


def test_the_page_shows_what_is_remembered_and_why(support: Client, story: Story) -> None:
    page = support.get(f"/subjects/{story.subject.pk}/").text
    assert re.findall(r'<a class="line"[^>]*>([^<]*)</a>', page)[:2] == ["Name: Sarah", "Lives in Utrecht"]
    assert "About human." in page
    assert "28 of 1,000 characters" in page
    assert f'Changed by <a href="/runs/{story.learned.pk}/">a run</a>' in page
    assert f'data-copy="{story.subject.agent_id}"' in page
    assert "<del>Leiden</del>" in page
    assert '<ins class="instead">Utrecht</ins>' in page
    assert "The model did not answer. The messages are kept." in page
    assert "offline learner: rules, no model" in page


@pytest.mark.parametrize(("size", "colour"), [(79, ""), (80, "amber"), (94, "amber"), (95, "red"), (101, "red")])
def test_the_meter_warns(size: int, colour: str, support: Client, story: Story) -> None:
    make_block(story.subject, "plan", "x" * size, limit=100)
    page = support.get(f"/subjects/{story.subject.pk}/").text
    assert f'<span class="mono{" " + colour if colour else ""}">{size} of 100 characters' in page
    assert f'max="100" low="80" high="95" optimum="0" value="{size}"' in page
    assert ("over the limit" in page) == (size > 100)


def test_the_number_of_queries_does_not_grow_with_what_there_is(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/subjects/{story.subject.pk}/"
    # session, person, shared blocks in arrears, subject, audit, runs, their messages, their changes, blocks, their last
    # changes and flags; a tidy-up that is ready; that it was opened; what other apps say of it
    with django_assert_num_queries(14):
        support.get(url)
    for place in range(5):
        run = make_run(story.subject, Run.State.COMPLETED, ("user", "x"), ("user", "y"))
        make_block(story.subject, f"block{place}", "", "x", runs=(None, run))
    with django_assert_num_queries(14):
        support.get(url)
    with django_assert_num_queries(9):  # a fragment is no new reading
        support.get(url, headers=HTMX)


def test_the_fragment_brings_memory_facts_and_agent(support: Client, story: Story) -> None:
    fragment = support.get(f"/subjects/{story.subject.pk}/", headers=HTMX).text
    assert "<html" not in fragment
    assert 'id="memory"' in fragment
    assert 'id="facts" hx-swap-oob="true"' in fragment
    assert 'id="agent" hx-swap-oob="true"' in fragment
    assert 'id="runs"' not in fragment


def test_a_subject_without_its_agent_asks_until_it_is_there(support: Client) -> None:
    subject = make_subject("team_oslo", agent_id=None)
    url = f"/subjects/{subject.pk}/"
    page = support.get(url)
    assert "is being created" in page.text
    assert "every 1s" in page.text
    seen = page.context["seen"]
    assert support.get(url, {"seen": seen}, headers=HTMX).status_code == 204
    see_a_worker(240)
    Subject.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    said = support.get(url, {"seen": seen}, headers=HTMX).text
    assert "Waiting for a worker: none has been seen for 4 minutes." in said
    Subject.objects.update(setup_error="Letta did not answer within 10 seconds.")
    said = support.get(url, {"seen": seen}, headers=HTMX).text
    assert "could not be created yet: Letta did not answer within 10 seconds." in said
    Subject.objects.update(setup_error="", agent_id="agent-1")
    there = support.get(url, {"seen": seen}, headers=HTMX).text
    assert "every 1s" not in there
    assert 'data-copy="agent-1"' in there


def test_a_refused_agent_is_said_and_tried_again(support: Client, auditor: Client) -> None:
    subject = make_subject("team_oslo", agent_id=None, setup_refused=True, setup_error="Unknown model.")
    url = f"/subjects/{subject.pk}/"
    assert "Letta refused to create the agent of this subject: Unknown model." in support.get(url).text
    assert "Try again" not in auditor.get(url).text
    assert support.post(f"{url}retry/")["Location"] == url
    subject.refresh_from_db()
    assert not subject.setup_refused
    assert subject.wake_at is not None


def test_blocks_that_were_taken_off_are_not_shown(support: Client, story: Story) -> None:
    Block.objects.filter(pk=story.summary.pk).update(removed_at=timezone.now())
    page = support.get(f"/subjects/{story.subject.pk}/").text
    assert "1 block</b>" in page
    assert "Sarah moved." not in page


def test_who_may_not_teach_sees_no_buttons_for_it(auditor: Client, story: Story) -> None:
    page = auditor.get(f"/subjects/{story.subject.pk}/").text
    assert "Add conversation" not in page
    assert "Try again" not in page
    assert "Cancel" not in page


def test_memory_is_text_wherever_it_is_shown(support: Client, story: Story) -> None:
    subject = Subject.objects.create(subject_id=EVIL, kind="user", setup_error=EVIL, duplicate_agent_ids=[])
    run = make_run(subject, Run.State.FAILED, ("user", EVIL), failure=EVIL)
    block = make_block(subject, EVIL, "plain", f"{EVIL} {EVIL}", runs=(None, run))
    Block.objects.update(description=EVIL)
    Revision.objects.update(reason=EVIL, source="edit")
    page = f"/subjects/{subject.pk}/"
    urls = ["/", "/?q=%3Cimg", page, f"{page}messages/", f"{page}runs/", f"{page}learn/"]
    for url in (*urls, f"/runs/{run.pk}/", f"/blocks/{block.pk}/history/"):
        page = support.get(url).text
        assert EVIL not in page, url
        assert ESCAPED in page, url


def test_an_unknown_subject_is_a_page_that_says_so(support: Client, sign_in: Callable[[User], Client]) -> None:
    response = support.get(f"/subjects/{uuid.uuid4()}/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
