"""The message log of a subject, and the history of a block."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects.models import Message, Revision, Run, Subject
from tests.subjects.pages.conftest import Story, make_block, make_run, make_subject


@pytest.fixture
def talkative(db: None) -> Subject:
    """120 messages, roles by turns, one an hour from 1 March 2026, 00:30 UTC."""
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.COMPLETED, *((("user", "assistant")[n % 2], f"said {n:03d}") for n in range(120)))
    for message in run.messages.all():
        then = datetime(2026, 3, 1, 0, 30, tzinfo=UTC) + timedelta(hours=message.position)
        Message.objects.filter(pk=message.pk).update(created_at=then)
    return subject


def said(response: object) -> list[int]:
    return [int(message.content[-3:]) for message in response.context["page"].rows]  # type: ignore[attr-defined]


def test_the_log_is_newest_first_and_paged(
    support: Client, talkative: Subject, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/subjects/{talkative.pk}/messages/"
    # session, person, shared blocks in arrears, subject, audit, messages with their runs
    with django_assert_num_queries(7):
        first = support.get(url)
    second = support.get(url, {"after": first.context["page"].after})
    third = support.get(url, {"after": second.context["page"].after})
    assert said(first) + said(second) + said(third) == list(range(119, -1, -1))
    assert third.context["page"].after is None
    assert f'href="/runs/{talkative.runs.get().pk}/"' in first.text


def test_the_log_is_filtered_by_role_and_days(support: Client, talkative: Subject) -> None:
    url = f"/subjects/{talkative.pk}/messages/"
    users = support.get(url, {"role": "user"})
    assert said(users)[:3] == [118, 116, 114]
    assert f"?role=user&amp;after={users.context['page'].after}" in users.text
    assert said(support.get(url, {"role": "user", "after": users.context["page"].after}))[0] == 18
    assert said(support.get(url, {"since": "2026-03-02", "until": "2026-03-02"})) == list(range(47, 23, -1))
    assert "No message fits" in support.get(url, {"role": "tool"}).text


def test_days_are_the_readers(support: Client, talkative: Subject) -> None:
    support.cookies["memory_ui_zone"] = "Europe%2FAmsterdam"
    page = support.get(f"/subjects/{talkative.pk}/messages/", {"since": "2026-03-02", "until": "2026-03-02"})
    assert said(page) == list(range(46, 22, -1))
    assert 'title="2026-03-02 00:30:00 CET"' in page.text


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"role": "wizard"}, "Select a valid choice"),
        ({"since": "yesterday"}, "Enter a valid date"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This day is before the first one."),
    ],
)
def test_a_filter_that_cannot_be_is_said(
    parameters: dict[str, str], message: str, support: Client, talkative: Subject
) -> None:
    assert message in support.get(f"/subjects/{talkative.pk}/messages/", parameters).text


def test_an_empty_log_says_what_will_be_there(support: Client) -> None:
    subject = make_subject("user_ada")
    assert "No messages yet" in support.get(f"/subjects/{subject.pk}/messages/").text


def test_the_history_says_word_by_word_what_changed_and_by_whom(support: Client, story: Story, adam: User) -> None:
    Revision.objects.create(
        block=story.human, number=4, value="Name: Sarah", description="New words.", limit=50, source="edit", editor=adam,
        reason="She asked us to.",
    )  # fmt: skip
    page = support.get(f"/blocks/{story.human.pk}/history/").text
    assert "History of human" in page
    assert "<del>\nLives in Utrecht</del>" in page
    assert "Edited by Adam" in page
    assert "<q>She asked us to.</q>" in page
    assert "Limit changed from 1,000 to 50 characters." in page
    assert "The description changed." in page
    assert "Changed outside memory_ui" in page
    assert "Empty at the start." in page
    assert page.index("Edited by Adam") < page.index("Changed by") < page.index("Changed outside")


def test_a_long_history_is_paged_and_no_change_falls_between_pages(
    support: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    block = make_block(make_subject("user_ada"), "human", *(f"word{n}" for n in range(45)))
    url = f"/blocks/{block.pk}/history/"
    # session, person, shared blocks in arrears, block, audit, revisions, the newest
    with django_assert_num_queries(8):
        first = support.get(url)
    second = support.get(url, {"after": first.context["page"].after})
    third = support.get(url, {"after": second.context["page"].after})
    numbers = [change.revision.number for page in (first, second, third) for change in page.context["changes"]]
    assert numbers == list(range(45, 0, -1))
    assert '<del>word24</del><ins class="instead">word25</ins>' in first.text + second.text
