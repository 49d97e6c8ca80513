"""The timeline: one stream of runs and other changes, newest first, nothing twice and nothing left out between pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects.models import Revision, Run, Subject
from subjects.timeline import Entry, Place, stream_of
from tests.subjects.pages.conftest import Story, make_block, make_run, make_subject

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def busy(db: None) -> Subject:
    """Sixty runs and sixty changes of three blocks; every third moment has one of each."""
    subject = make_subject("user_ada")
    blocks = [make_block(subject, f"block{place}", *(f"word{n}" for n in range(20))) for place in range(3)]
    changes = Revision.objects.filter(block__in=blocks).order_by("number", "block__label")
    for place, revision in enumerate(changes):
        Revision.objects.filter(pk=revision.pk).update(created_at=START + timedelta(hours=2 * (place // 2)))
    for place in range(60):
        run = make_run(subject, Run.State.COMPLETED, ("user", f"said {place}"))
        Run.objects.filter(pk=run.pk).update(created_at=START + timedelta(hours=3 * (place // 3)))
    make_block(make_subject("user_other"), "human", "not hers")
    return subject


def keys(rows: list[Entry]) -> list[str]:
    return [str(entry.place) for entry in rows]


def test_every_entry_stands_once_and_in_order_down_and_up_again(busy: Subject) -> None:
    everything = sorted(
        [Place(run.created_at, "r", run.position) for run in busy.runs.all()]
        + [Place(one.created_at, "c", one.pk) for one in Revision.objects.filter(block__subject=busy)],
        reverse=True,
    )
    down, page = [], stream_of(busy)
    assert page.before is None
    while True:
        down += keys(page.rows)
        if page.after is None:
            break
        page = stream_of(busy, after=Place.read(page.after))
    assert down == [str(place) for place in everything]
    up: list[str] = []
    while page.before is not None:
        up = keys(page.rows) + up
        page = stream_of(busy, before=Place.read(page.before))
    assert (keys(page.rows) + up)[-len(everything) :][:20] == down[:20]
    assert set(keys(page.rows) + up) == set(down)


def test_the_page_takes_the_same_queries_however_much_there_is(
    support: Client, story: Story, busy: Subject, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # session, person, shared blocks in arrears, subject, audit, runs, its blocks, their changes; runs, their messages, what
    # those changed; changes
    for subject in (story.subject, busy):
        with django_assert_num_queries(13):
            support.get(f"/subjects/{subject.pk}/timeline/")


def test_a_run_stands_with_what_it_read_and_changed_and_an_edit_with_its_reason(
    support: Client, story: Story, sue: User
) -> None:
    Revision.objects.create(
        block=story.human, number=4, value="Name: Sarah", limit=50, description="About human.", source="edit",
        reason="She asked.", editor=sue,
    )  # fmt: skip
    page = support.get(f"/subjects/{story.subject.pk}/timeline/").text
    assert page.index("<q>She asked.</q>") < page.index("I moved to Utrecht")
    assert '<del>Leiden</del><ins class="instead">Utrecht</ins>' in page
    assert page.count("Lives in Utrecht") == page.count("<del>\nLives in Utrecht</del>"), (
        "the run's change stands in its card"
    )
    assert "Noted." in page
    assert f'href="/blocks/{story.human.pk}/"' in page
    assert f'href="/subjects/{story.subject.pk}/runs/"' in page


@pytest.mark.parametrize("place", ["x", "1~c~", "1~c~x", "1~r~1", "9" * 40 + "~c~1", "1~c~" + "9" * 19, "~~", "1~z~1"])
def test_a_hand_made_place_is_the_first_page_or_an_empty_one(place: str, support: Client, story: Story) -> None:
    assert support.get(f"/subjects/{story.subject.pk}/timeline/", {"after": place}).status_code == 200
    assert support.get(f"/subjects/{story.subject.pk}/timeline/", {"before": place}).status_code == 200


def test_an_empty_timeline_says_what_will_be_there(support: Client) -> None:
    assert "Nothing has happened yet" in support.get(f"/subjects/{make_subject('user_ada').pk}/timeline/").text


def test_the_stream_is_read_off_its_indexes(busy: Subject) -> None:
    now = timezone.now()
    other = make_subject("user_loud")
    block = make_block(other, "human", "x")
    Revision.objects.bulk_create(
        Revision(block=block, number=n, value="x", limit=5, source="outside", created_at=now) for n in range(2, 3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_revision")
        cursor.execute(
            "explain select id, created_at from subjects_revision where block_id = %s and run_id is null"
            " and created_at <= now() order by created_at desc, id desc limit 21",
            [block.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "subjects_revision_timeline" in plan
    assert "Sort" not in plan
