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
    assert f'href="/runs/{talkative.runs.get().pk}/?turn=119#turn-119"' in first.text


def test_the_log_is_filtered_by_role_and_days(support: Client, talkative: Subject) -> None:
    url = f"/subjects/{talkative.pk}/messages/"
    users = support.get(url, {"role": "user"})
    assert said(users)[:3] == [118, 116, 114]
    assert f"?role=user&amp;after={users.context['page'].after}" in users.text
    assert said(support.get(url, {"role": "user", "after": users.context["page"].after}))[0] == 18
    assert said(support.get(url, {"since": "2026-03-02", "until": "2026-03-02"})) == list(range(47, 23, -1))
    assert "No message fits" in support.get(url, {"role": "tool"}).text


def test_the_log_is_filtered_by_words(
    support: Client, talkative: Subject, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/subjects/{talkative.pk}/messages/"
    make_run(make_subject("user_bob"), Run.State.COMPLETED, ("user", "said 007 as well"))
    # as ever, and a transaction with its time limit
    with django_assert_num_queries(10):
        page = support.get(url, {"text": "SAID 007"})
    assert said(page) == [7]
    assert "<mark>said</mark> <mark>007</mark>" in page.text
    users = support.get(url, {"text": "said", "role": "user"})
    assert said(users)[:2] == [118, 116]
    assert f"?text=said&amp;role=user&amp;after={users.context['page'].after}" in users.text
    assert said(support.get(url, {"text": "said", "role": "user", "after": users.context["page"].after}))[0] == 18
    assert said(support.get(url, {"text": "007 sai"})) == [7], "the last word may be cut short"
    assert said(support.get(url, {"text": "said", "since": "2026-03-02", "until": "2026-03-02"}))[0] == 47


@pytest.mark.parametrize("text", ["needle", "said needle", "?!", '"007 said"'])
def test_words_that_nobody_said(text: str, support: Client, talkative: Subject) -> None:
    page = support.get(f"/subjects/{talkative.pk}/messages/", {"text": text})
    assert "No message fits" in page.text
    assert said(page) == []


@pytest.mark.usefixtures("impatient")
def test_looking_that_takes_too_long_is_said(support: Client, talkative: Subject) -> None:
    page = support.get(f"/subjects/{talkative.pk}/messages/", {"text": "said"})
    assert "took too long" in page.text
    assert "No message fits" not in page.text


def test_a_long_message_is_shortened_and_a_link_leads_to_all_of_it(support: Client) -> None:
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.COMPLETED, ("user", "short"), ("user", "long words " * 1000 + "the end"))
    page = support.get(f"/subjects/{subject.pk}/messages/").text
    address = f"/runs/{run.pk}/?turn=1#turn-1"
    assert f'<a class="small" href="{address}">Show all 11,007 characters</a>' in page
    assert "the end" not in page
    assert len(page) < 20_000
    assert "the end" not in support.get(f"/runs/{run.pk}/").text
    assert "the end" in support.get(f"/runs/{run.pk}/", {"turn": 1}).text


def test_what_a_run_was_given_is_paged_in_the_order_it_was_said(
    support: Client, talkative: Subject, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/runs/{talkative.runs.get().pk}/"
    with django_assert_num_queries(8):
        first = support.get(url)
    second = support.get(url, {"after": first.context["page"].after})
    third = support.get(url, {"after": second.context["page"].after})
    assert said(first) + said(second) + said(third) == list(range(120))
    assert "Messages 51 to 100 of 120." in second.text
    assert said(support.get(url, {"before": second.context["page"].before})) == said(first)


def test_a_link_leads_to_a_message_of_a_run_and_what_is_around_it(support: Client, talkative: Subject) -> None:
    url = f"/runs/{talkative.runs.get().pk}/"
    page = support.get(url, {"turn": 70})
    assert said(page) == list(range(68, 118))
    assert 'id="turn-70"' in page.text
    assert said(support.get(url, {"turn": 1}))[0] == 0
    assert said(support.get(url, {"turn": 999}))[0] == 0, "from the start, when there is none so far on"
    Message.objects.filter(position__lt=60).delete()
    assert said(support.get(url, {"turn": 3}))[0] == 60, "or the first that is still there"
    for odd in ("-1", "soon", "9" * 30, ""):
        assert said(support.get(url, {"turn": odd}))[0] == 60


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
    assert 'Description</span><del>About human</del><ins class="instead">New words</ins>.' in page
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
