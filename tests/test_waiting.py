"""What pages say they wait for: nothing in the first ten seconds, then a worker, those before, or what Letta said."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from memory_ui import waiting
from memory_ui.locks import exclusively
from memory_ui.models import Pulse
from memory_ui.waiting import Wait, Workers, waiting_for
from memory_ui.words import soon
from subjects.models import Subject

pytestmark = pytest.mark.django_db


def seen(seconds: float) -> None:
    """A worker was last seen so long ago."""
    Pulse.objects.update_or_create(
        task="subjects.tasks.sweep",
        defaults={"ended_at": timezone.now() - timedelta(seconds=seconds), "seconds": 0.1},
    )


def test_in_the_first_ten_seconds_nothing_is_asked_or_said(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert not waiting_for(timezone.now() - timedelta(seconds=9), doing="Letta is at it.", lock="one")


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        (None, "none has been seen yet"),
        (31, "none has been seen for more than 30 seconds"),
        (65, "none has been seen for 1 minute"),
        (4 * 60 + 1, "none has been seen for 4 minutes"),
        (3 * 3600, "none has been seen for 3 hours"),
        (50 * 3600, "none has been seen for 2 days"),
    ],
)
def test_a_worker_that_is_missing_is_told_before_all_else(silence: float | None, said: str) -> None:
    if silence:
        seen(silence)
    since = timezone.now() - timedelta(minutes=5)
    wait = waiting_for(since, reason=lambda: "Waiting for the run before it.", doing="Letta is still reading.")
    assert wait == Wait(f"Waiting for a worker: {said}.")


def test_where_workers_are_it_says_what_they_wait_for_or_who_comes_first() -> None:
    seen(5)
    since = timezone.now() - timedelta(minutes=5)
    assert waiting_for(since, doing="Letta is at it.").text == "Letta is at it."
    assert waiting_for(since, doing="Letta is at it.", reason=lambda: "Behind a run.").text == "Behind a run."
    assert waiting_for(since, doing="Letta is at it.", lock="one").text == "Waiting for a free worker."
    Subject.objects.bulk_create(Subject(subject_id=f"user_{number}") for number in range(3))
    before = Subject.objects.all()
    assert waiting_for(since, before=before).text == "Waiting for a free worker, behind 3 others."
    only = before.filter(subject_id="user_1")
    assert waiting_for(since, before=only).text == "Waiting for a free worker, behind 1 other."


def test_more_than_are_counted_are_not_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen(5)
    monkeypatch.setattr(waiting, "MOST_COUNTED", 2)
    Subject.objects.bulk_create(Subject(subject_id=f"user_{number}") for number in range(3))
    said = waiting_for(timezone.now() - timedelta(minutes=5), before=Subject.objects.all()).text
    assert said == "Waiting for a free worker, behind more than 2 others."


@pytest.mark.django_db(transaction=True)
def test_who_has_it_in_hand_is_told_by_the_lock(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    seen(5)
    since = timezone.now() - timedelta(minutes=5)
    with exclusively("one"):
        assert waiting_for(since, doing="Letta is at it.", lock="one").text == "Letta is at it."
        assert waiting_for(since, doing="Letta is at it.", lock="two").text == "Waiting for a free worker."
        with django_assert_num_queries(2):  # the pulse, and all locks
            workers = Workers(["one", "two"])
            said = [waiting_for(since, doing="Letta is at it.", lock=lock, workers=workers).text for lock in ("one", "two")]
    assert said == ["Letta is at it.", "Waiting for a free worker."]


def test_what_letta_said_is_told_at_once_with_the_next_try() -> None:
    now = timezone.now()
    again = now + timedelta(seconds=20)
    assert waiting_for(now, trouble="Letta does not answer.", again=again) == Wait("Letta does not answer.", again)
    assert waiting_for(now, trouble="Letta does not answer.").text == "Letta does not answer. It is tried again by itself."


def test_a_try_that_nobody_makes_is_not_promised() -> None:
    seen(240)
    now = timezone.now()
    wait = waiting_for(now, trouble="Letta does not answer.", again=now - timedelta(seconds=100))
    assert wait.text == "Letta does not answer. It is tried again by a worker: none has been seen for 4 minutes."
    assert wait.again is None


@pytest.mark.parametrize(
    ("seconds", "said"), [(-9, "any moment now"), (20.5, "in 20 seconds"), (119.5, "in 119 seconds"), (150, "in 2 minutes")]
)
def test_when_it_is_tried_again_is_said_in_words(seconds: float, said: str) -> None:
    assert f">{said}<" in soon(timezone.now() + timedelta(seconds=seconds))
    assert 'data-time="soon"' in soon(timezone.now())
