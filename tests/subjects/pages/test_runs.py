"""The card of a run: what it says in each state, how it is polled, trying again and cancelling."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from subjects.models import Run, Subject
from tests.subjects.pages.conftest import HTMX, Story, make_block, make_run, make_subject, see_a_worker


def poll_of(page: str, run: Run) -> str | None:
    """The address a run's card asks, as the browser would; None when it does not ask."""
    [card] = re.findall(rf'<article class="run" id="run-{run.pk}"([^>]*)>', page)
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every \d+s"', card)
    return found[1] if found else None


def test_an_open_run_is_polled_and_answers_little_while_nothing_is_new(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    poll = poll_of(support.get(f"/subjects/{story.subject.pk}/").text, story.learning)
    assert poll is not None
    with django_assert_num_queries(3):  # session, person, run
        response = support.get(poll, headers=HTMX)
    assert response.status_code == 204
    assert response.content == b""
    assert sum(len(name) + len(value) + 4 for name, value in response.headers.items()) < 900


def test_each_new_state_comes_as_the_same_card_and_the_last_stops_the_polling(support: Client) -> None:
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.QUEUED, ("user", "I moved to Utrecht"), age=1)
    poll = poll_of(support.get(f"/runs/{run.pk}/").text, run)
    for state, steps in (("queued", 1), ("learning", 3)):
        Run.objects.update(state=state, attempt=steps)
        response = support.get(poll or "", headers=HTMX)
        assert "<html" not in response.text
        assert response.text.count('class="reached"') == steps
        assert "HX-Trigger" not in response.headers
        poll = poll_of(response.text, run)
    Run.objects.update(state="completed", ended_at=timezone.now())
    make_block(subject, "human", "", "Lives in Utrecht", runs=(None, run))
    response = support.get(poll or "", headers=HTMX)
    assert "<ins>Lives in Utrecht</ins>" in response.text
    assert "1 block changed." in response.text
    assert poll_of(response.text, run) is None
    assert response.headers["HX-Trigger-After-Settle"] == '{"memory-changed": {}}'


def test_a_run_that_was_erased_ends_the_polling(support: Client) -> None:
    assert support.get(f"/runs/{uuid.uuid4()}/", headers=HTMX).status_code == 286
    assert support.get(f"/runs/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("state", "age", "fields", "said"),
    [
        ("queued", 5, {}, None),
        ("queued", 11, {}, "Waiting for a free worker."),
        ("sending", 11, {}, "Letta has not confirmed the messages yet."),
        ("learning", 11, {}, "Letta is still reading."),
        ("queued", 1, {"failure": "Letta did not answer within 10 seconds."}, "Letta did not answer within 10 seconds."),
        ("learning", 1, {"cancel_requested": True}, "It stops at the agent&#39;s next step."),
    ],
)
def test_after_ten_seconds_the_card_says_what_it_waits_for(
    state: Run.State, age: float, fields: dict[str, object], said: str | None, support: Client
) -> None:
    see_a_worker()
    run = make_run(make_subject("user_ada"), state, ("user", "x"), age=age, **fields)
    card = support.get(f"/runs/{run.pk}/", headers=HTMX).text
    assert ('<p class="why">' in card) == (said is not None)
    assert (said or "") in card


def test_a_run_behind_another_or_without_an_agent_says_so(support: Client, story: Story) -> None:
    see_a_worker()
    behind = make_run(story.subject, Run.State.QUEUED, ("user", "x"))
    assert "Waiting for the run before it" in support.get(f"/runs/{behind.pk}/").text
    Subject.objects.update(agent_id=None)
    assert "Waiting for the subject&#39;s agent to be created" in support.get(f"/runs/{behind.pk}/").text


def test_what_a_run_waits_for_is_told_by_workers_others_and_letta(
    support: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("user_otto", "user_mira"):
        make_run(make_subject(name), Run.State.QUEUED, age=400)
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.QUEUED, ("user", "x"), age=300)
    url = f"/runs/{run.pk}/"
    see_a_worker(240)
    assert "Waiting for a worker: none has been seen for 4 minutes." in support.get(url, headers=HTMX).text
    see_a_worker()
    card = support.get(url, headers=HTMX).text
    assert "Waiting for a free worker, behind 2 others." in card
    with django_assert_num_queries(7):  # session, person, run; the pulse, the run before it, the lock, those before
        assert support.get(poll_of(card, run) or "", headers=HTMX).status_code == 204
    Run.objects.update(failure="Letta cannot be reached.")
    Subject.objects.update(wake_at=timezone.now() + timedelta(seconds=30))  # the sweep looks 5 seconds after the try
    card = support.get(url, headers=HTMX).text
    assert re.search(r"Letta cannot be reached. The messages are kept. It is tried again <time[^>]*>in 2\d seconds<", card)
    assert support.get(poll_of(card, run) or "", headers=HTMX).status_code == 204


def test_waiting_long_is_polled_less_often(support: Client) -> None:
    subject = make_subject("user_ada")
    pages = [
        support.get(f"/runs/{make_run(subject, Run.State.LEARNING, age=age).pk}/", headers=HTMX).text for age in (1, 40, 400)
    ]
    assert [re.findall(r"every (\d+)s", page) for page in pages] == [["1"], ["2"], ["5"]]


def test_a_failed_run_is_tried_again(support: Client, story: Story) -> None:
    card = support.get(f"/runs/{story.failed.pk}/").text
    assert "The model did not answer. The messages are kept." in card
    assert "Try again" in card
    url = f"/runs/{story.failed.pk}/retry/"
    assert support.post(url)["Location"] == f"/runs/{story.failed.pk}/"
    story.failed.refresh_from_db()
    assert (story.failed.state, story.failed.attempt, story.failed.failure) == ("queued", 1, "")
    again = support.post(url, headers=HTMX)  # pressed twice: it is queued already
    assert poll_of(again.text, story.failed) is not None
    story.failed.refresh_from_db()
    assert story.failed.attempt == 1


def test_an_open_run_is_cancelled(support: Client, story: Story) -> None:
    card = support.post(f"/runs/{story.learning.pk}/cancel/", headers=HTMX).text
    assert "Cancelling" in card
    assert f'action="/runs/{story.learning.pk}/cancel/"' not in card
    queued = make_run(story.subject, Run.State.QUEUED, ("user", "x"))
    card = support.post(f"/runs/{queued.pk}/cancel/", headers=HTMX).text
    assert "Cancelled before it was sent." in card
    assert "Learn it after all" in card


def test_the_page_of_a_run_has_everything_it_was_given(support: Client, story: Story) -> None:
    page = support.get(f"/runs/{story.learned.pk}/").text
    assert "I moved to Utrecht" in page
    assert "Noted." in page
    assert "<del>Leiden</del>" in page
    assert "2 messages</b> typed in" in page


def test_a_run_that_learned_nothing_says_so(support: Client, story: Story) -> None:
    run = make_run(story.subject, Run.State.COMPLETED, ("user", "hello"))
    assert "Nothing in it was new: no block changed." in support.get(f"/runs/{run.pk}/").text


def test_the_runs_beside_the_memory_are_fetched_when_one_is_added_or_retried(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = support.get(f"/subjects/{story.subject.pk}/").text
    [poll] = re.findall(r'id="runs" hx-get="([^"]+)"', page)
    assert support.get(poll, headers=HTMX).status_code == 204
    Run.objects.filter(pk=story.learning.pk).update(state="completed", ended_at=timezone.now())
    assert support.get(poll, headers=HTMX).status_code == 204  # its own card tells that
    make_run(story.subject, Run.State.COMPLETED, ("user", "from another tab"))
    response = support.get(poll, headers=HTMX)
    assert "from another tab" in response.text
    assert response.headers["HX-Trigger-After-Settle"] == '{"memory-changed": {}}'


def test_all_runs_are_paged(support: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    subject = make_subject("user_ada")
    for place in range(20):
        make_run(subject, Run.State.COMPLETED, ("user", f"said {place}"))
    assert "All runs" in support.get(f"/subjects/{subject.pk}/").text
    url = f"/subjects/{subject.pk}/runs/"
    # session, person, shared blocks in arrears, subject, audit, runs, messages, changes
    with django_assert_num_queries(9):
        first = support.get(url)
    assert [f"said {n}\n" in first.text for n in (19, 5, 4)] == [True, True, False]
    second = support.get(url, {"after": first.context["page"].after})
    assert [f"said {n}\n" in second.text for n in (5, 4, 0)] == [False, True, True]
    assert second.context["page"].after is None


def test_the_steps_and_times_of_a_finished_run_stand_still(support: Client, story: Story) -> None:
    Run.objects.filter(pk=story.learned.pk).update(ended_at=timezone.now() - timedelta(days=3))
    page = support.get(f"/runs/{story.learned.pk}/", headers=HTMX).text
    assert "3 days ago" in page
    assert "hx-trigger" not in page
