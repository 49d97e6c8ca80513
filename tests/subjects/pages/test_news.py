"""What an open page learns by itself: changes made elsewhere, a tidy-up that is ready, how long a retried run waits."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from subjects import learning
from subjects.bars import PERIODS
from subjects.freshness import mark_of
from subjects.models import Revision, Run, Tidy
from subjects.overview import overview
from tests.subjects.pages.conftest import HTMX, Story, make_run


def test_a_change_made_elsewhere_reaches_a_page_that_is_open(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/subjects/{story.subject.pk}/freshness/"
    mark = mark_of(story.subject)
    with django_assert_num_queries(5):  # session, person, shared blocks in arrears, subject, mark
        unchanged = support.get(url, {"mark": mark}, headers=HTMX)
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    Revision.objects.create(block=story.summary, number=2, value="Sarah has moved.", limit=1000, source="outside")
    page = support.get(url, {"mark": mark}, headers=HTMX)
    assert "memory-changed" in page["HX-Trigger-After-Settle"]
    assert f"mark={mark_of(story.subject)}" in page.text
    assert support.get(url, {"mark": mark_of(story.subject)}, headers=HTMX).status_code == 204


def test_a_tidy_up_that_is_ready_is_announced(support: Client, story: Story) -> None:
    address = f'href="/tidies/{story.tidy.pk}/"'
    assert address in support.get(f"/subjects/{story.subject.pk}/").text
    Tidy.objects.update(state=Tidy.State.DISMISSED)
    assert address not in support.get(f"/subjects/{story.subject.pk}/").text


def test_auditors_find_what_was_tidied_up(auditor: Client, story: Story) -> None:
    page = auditor.get("/").text
    assert 'href="/tidies/"' in page
    assert 'type="checkbox" class="tick"' not in page


def test_a_retried_run_waits_since_the_retry(support: Client, story: Story) -> None:
    make_run(story.subject, Run.State.QUEUED, age=90_000)
    failed = make_run(story.subject, Run.State.FAILED, age=90_000)
    assert overview(PERIODS["24h"]).stuck_count == 1
    assert learning.retry(failed)
    failed.refresh_from_db()
    assert timezone.now() - failed.queued_at < timedelta(seconds=5)
    assert overview(PERIODS["24h"]).stuck_count == 1
    card = support.get(f"/runs/{failed.pk}/").text
    assert ">1 d" not in card
    assert 'data-time="elapsed">25 h<' not in card
