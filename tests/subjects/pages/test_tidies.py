"""The pages of tidying up: full and as fragments, what is out of date, and with hostile text."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects import tidying
from subjects.models import Proposal, Run, Tidy
from tests.subjects.pages.conftest import HTMX, Story, make_block, make_run, make_subject, make_tidy, see_a_worker

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"


def test_asked_for_on_the_subjects_page(support: Client, story: Story, sue: User) -> None:
    assert (
        reverse("tidy-create", args=[story.subject.pk])
        in support.get(reverse("subject-detail", args=[story.subject.pk])).text
    )
    tidying.dismiss(story.tidy)
    page = support.post(reverse("tidy-create", args=[story.subject.pk]), follow=True)
    assert "Queued" in page.text
    assert 'hx-trigger="every 1s"' in page.text
    assert Tidy.objects.get(state=Tidy.State.QUEUED).created_by == sue


def test_without_an_agent_it_says_why_not(support: Client) -> None:
    subject = make_subject("team_oslo", agent_id=None)
    page = support.post(reverse("tidy-create", args=[subject.pk]), follow=True)
    assert "Letta has no agent for this subject" in page.text


def test_progress_is_shown_while_it_reads(support: Client, story: Story) -> None:
    Tidy.objects.update(state=Tidy.State.WORKING, characters=95_000, characters_read=40_000, part=2)
    page = support.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert "Reading part 3 of about 5: 40,000 of 95,000 characters read." in page.text
    Tidy.objects.update(failure="Letta cannot be reached.")
    page = support.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert "Letta cannot be reached. It is tried again by itself." in page.text


def test_after_ten_seconds_page_and_list_say_what_it_waits_for(support: Client, story: Story) -> None:
    see_a_worker(240)
    tidying.dismiss(story.tidy)
    now = timezone.now()
    older, tidy = (
        make_tidy(make_subject(name), Tidy.State.QUEUED, created_at=now - timedelta(seconds=age), wake_at=now)
        for name, age in (("user_otto", 400), ("user_ada", 300))
    )
    url, all_of_them = reverse("tidy-detail", args=[tidy.pk]), reverse("tidy-list")
    missing = "Waiting for a worker: none has been seen for 4 minutes."
    assert missing in support.get(url).text
    assert support.get(all_of_them).text.count(missing) == 2
    see_a_worker()
    assert "Waiting for a free worker, behind 1 other." in support.get(url).text
    make_run(tidy.subject, Run.State.LEARNING)
    learns = "Waiting for the subject&#39;s runs to end"
    assert learns in support.get(url).text
    assert support.get(all_of_them).text.count(learns) == 1
    Tidy.objects.filter(pk=older.pk).update(failure="Letta cannot be reached.", wake_at=now + timedelta(seconds=60))
    page = support.get(all_of_them, headers=HTMX)
    assert re.search(r"Letta cannot be reached. It is tried again <time[^>]*>in 5\d seconds<", page.text)
    assert support.get(all_of_them, {"seen": page.context["seen"]}, headers=HTMX).status_code == 204


def test_what_would_change_is_shown_word_by_word(support: Client, story: Story) -> None:
    page = support.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert "1 block would change." in page.text
    assert re.search(r"<ins[^>]*>[^<]*, lives", page.text)
    assert re.search(r"<del>[^<]*Lives", page.text)
    assert "29 characters" in page.text


def test_what_is_proposed_is_escaped(support: Client, story: Story) -> None:
    block = make_block(story.subject, "notes", HOSTILE)
    Proposal.objects.create(tidy=story.tidy, block=block, base=1, value=f"Tidy {HOSTILE}")
    page = support.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert HOSTILE not in page.text
    assert ESCAPED in page.text


def test_a_fragment_of_a_tidy_up_comes_only_when_something_is_new(support: Client, story: Story) -> None:
    Tidy.objects.update(state=Tidy.State.WORKING)
    url = reverse("tidy-detail", args=[story.tidy.pk])
    first = support.get(url, headers=HTMX)
    seen = re.search(r"\?seen=(\w+)", first.text)
    assert seen
    assert support.get(f"{url}?seen={seen[1]}", headers=HTMX).status_code == 204
    Tidy.objects.update(state=Tidy.State.READY)
    last = support.get(f"{url}?seen={seen[1]}", headers=HTMX)
    assert last.text.lstrip().startswith('<div id="tidy"')
    assert "every 1s" not in last.text
    assert "Keep" in last.text
    story.tidy.delete()
    assert support.get(url, headers=HTMX).status_code == 286


def test_a_block_can_be_left_alone(support: Client, story: Story) -> None:
    proposal = story.tidy.proposals.get()
    url = reverse("tidy-decide", args=[story.tidy.pk])
    page = support.post(url, {"action": "leave", "proposal": proposal.pk}, follow=True)
    assert "Left as it was" in page.text
    assert "Tidy up again" in page.text
    page = support.post(url, {"action": "keep", "proposal": proposal.pk}, follow=True)
    story.human.refresh_from_db()
    assert story.human.value == "Name: Sarah\nLives in Utrecht"


def test_what_changed_meanwhile_is_out_of_date_and_can_be_run_again(support: Client, story: Story, sue: User) -> None:
    story.human.revisions.create(number=4, value="Name: Sarah", limit=1000, source="edit")
    page = support.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert "This block changed since its copy was made" in page.text
    assert 'value="keep"' not in page.text
    page = support.post(reverse("tidy-again", args=[story.tidy.pk]), follow=True)
    assert "Queued" in page.text
    story.tidy.refresh_from_db()
    assert story.tidy.state == Tidy.State.OUTDATED


def test_a_hand_made_decision_changes_nothing(support: Client, story: Story) -> None:
    url = reverse("tidy-decide", args=[story.tidy.pk])
    for sent in ({}, {"action": "burn"}, {"action": "keep", "proposal": "x"}, {"action": "leave", "proposal": "99"}):
        support.post(url, sent)
    assert story.tidy.proposals.get().decision == Proposal.Decision.OPEN


def test_many_are_asked_for_at_once(support: Client, story: Story) -> None:
    others = [make_subject("user_otto"), make_subject("user_mira"), make_subject("team_oslo", agent_id=None)]
    page = support.post(reverse("tidy-many"), {"subjects": [str(subject.pk) for subject in others]}, follow=True)
    assert "Left out 1 of 3: Letta has no agent for them." in page.text
    assert set(Tidy.objects.filter(state=Tidy.State.QUEUED).values_list("subject__subject_id", flat=True)) == {
        "user_otto",
        "user_mira",
    }


def test_the_subject_list_offers_it_to_those_who_may(support: Client, auditor: Client, story: Story) -> None:
    page = support.get(reverse("subject-list"))
    assert f'name="subjects" value="{story.subject.pk}" form="many"' in page.text
    assert "Tidy up those ticked" in page.text
    assert "of this list" not in page.text  # of one subject there is no all
    assert "Tidy up" not in auditor.get(reverse("subject-list")).text


def test_all_of_a_filter_are_asked_for_up_to_a_number(support: Client, story: Story) -> None:
    for number in range(105):
        make_subject(f"user_{number:03}")
    make_subject("team_oslo", kind="subject")
    page = support.get(reverse("subject-list"), {"q": "user_"})
    assert "Tidy up the first 100 of this list" in page.text
    support.post(reverse("tidy-many"), {"which": "all", "q": "user_"})
    queued = Tidy.objects.filter(state=Tidy.State.QUEUED)
    assert queued.count() in (99, 100)  # one of them may be Sarah, for whom one is open
    assert not queued.filter(subject__subject_id="team_oslo").exists()
    assert "Tidy up all 10 of this list" in support.get(reverse("subject-list"), {"q": "user_00"}).text


@pytest.mark.parametrize(
    ("subjects", "why"),
    [
        ([], "Tick at least one subject."),
        (["x"], "A ticked row is no subject."),
        ([str(uuid.uuid4()) for _ in range(101)], "101 subjects were ticked; 100 fit at once."),
    ],
)
def test_a_wrong_choice_is_said(support: Client, story: Story, subjects: list[str], why: str) -> None:
    page = support.post(reverse("tidy-many"), {"subjects": subjects}, follow=True)
    assert why in page.text
    assert Tidy.objects.count() == 1


def test_the_list_of_tidy_ups(support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(55):
        make_tidy(make_subject(f"user_{number}"), Tidy.State.QUEUED)
    with django_assert_num_queries(3):
        page = support.get(reverse("tidy-list"))
    assert "Older" in page.text
    assert "every 2s" in page.text
    page = support.get(reverse("tidy-list"), {"state": "ready"})
    assert "user_sarah" in page.text
    assert "user_1" not in page.text
    assert "every 2s" not in page.text
    fragment = support.get(reverse("tidy-list"), headers=HTMX)
    assert fragment.text.lstrip().startswith('<div id="rows"')
    seen = re.search(r"seen=(\w+)", fragment.text)
    assert seen
    assert support.get(reverse("tidy-list"), {"seen": seen[1]}, headers=HTMX).status_code == 204
    assert "Nothing in this state" in support.get(reverse("tidy-list"), {"state": "failed"}).text


def test_the_page_of_a_tidy_up_costs_the_same_queries_however_many_blocks(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("tidy-detail", args=[story.tidy.pk])
    with django_assert_num_queries(6):  # one of them for the audit log
        support.get(url)
    for number in range(5):
        block = make_block(story.subject, f"block{number}", "a", "b")
        Proposal.objects.create(tidy=story.tidy, block=block, base=2, value="c")
    with django_assert_num_queries(6):
        page = support.get(url)
    assert "Keep all 6" in page.text


def test_a_kept_revision_says_that_it_was_tidied_up(support: Client, story: Story, sue: User) -> None:
    story.human.revisions.create(number=4, value="Name: Sarah", limit=1000, source="tidy", editor=sue)
    assert "Tidied up, kept by Sue" in support.get(reverse("revision-list", args=[story.human.pk])).text
