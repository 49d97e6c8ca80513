"""The pages of learning from files: as each role, full and as fragments, and with hostile text."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects.models import Document, Run, Subject
from tests.subjects.pages.conftest import HTMX, Story, make_document, make_run, make_subject, see_a_worker

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"


def upload(client: Client, subject: Subject, name: str, content: bytes) -> object:
    return client.post(
        reverse("document-create", args=[subject.pk]), {"file": SimpleUploadedFile(name, content)}, follow=True
    )


def test_a_file_is_given_and_its_page_waits_for_the_reader(support: Client, story: Story, sue: User) -> None:
    page = support.get(reverse("document-create", args=[story.subject.pk]))
    assert "intake.pdf" in page.text  # what was given before
    page = upload(support, story.subject, "notes.txt", b"hello")  # type: ignore[assignment]
    document = Document.objects.get(name="notes.txt")
    assert page.redirect_chain[-1][0] == reverse("document-detail", args=[document.pk])
    assert "Reading the file" in page.text
    assert 'hx-trigger="every 1s"' in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert document.created_by == sue


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.doc", b"x", "before 2007"),
        ("a.exe", b"x", "Files that can be read end in"),
        ("a.txt", b"", "The file is empty."),
        ("a.pdf", b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_at_once(
    support: Client, story: Story, name: str, content: bytes, why: str
) -> None:
    page = support.post(reverse("document-create", args=[story.subject.pk]), {"file": SimpleUploadedFile(name, content)})
    assert page.status_code == 422
    assert why in page.text
    assert Document.objects.count() == 1


def test_no_file_is_said(support: Client, story: Story) -> None:
    page = support.post(reverse("document-create", args=[story.subject.pk]))
    assert (page.status_code, "Choose a file." in page.text) == (422, True)


def test_the_same_file_again_leads_to_what_became_of_it(support: Client, story: Story) -> None:
    upload(support, story.subject, "notes.txt", b"hello")
    page = upload(support, story.subject, "other name.txt", b"hello")
    assert "This very file was given before." in page.text  # type: ignore[attr-defined]
    assert "notes.txt" in page.text  # type: ignore[attr-defined]


def test_the_preview_shows_the_beginning_and_how_much_there_is(support: Client, story: Story) -> None:
    document = make_document(story.subject, Document.State.READY, "a" * 3_000 + "HIDDEN", "second")
    page = support.get(reverse("document-detail", args=[document.pk]))
    assert "3,014 characters, 2 parts." in page.text
    assert "a" * 3_000 in page.text
    assert "HIDDEN" not in page.text
    assert "14 more characters" in page.text
    assert "Learn from it" in page.text


def test_what_a_file_says_is_escaped(support: Client, story: Story) -> None:
    document = make_document(story.subject, Document.State.READY, HOSTILE, name=f"{HOSTILE}.txt")
    for url in (
        reverse("document-detail", args=[document.pk]),
        reverse("document-create", args=[story.subject.pk]),
    ):
        page = support.get(url)
        assert HOSTILE not in page.text
        assert ESCAPED in page.text


def test_confirmed_it_is_stored_and_progress_is_shown(support: Client, story: Story) -> None:
    page = support.post(reverse("document-learn", args=[story.document.pk]), follow=True)
    assert "Storing its parts" in page.text
    assert "0 of 1 part" in page.text
    run = make_run(story.subject, Run.State.LEARNING, ("user", "hello"))
    story.document.parts.update(run=run, stored=True, text="")
    Document.objects.filter(pk=story.document.pk).update(state=Document.State.STORED)
    url = reverse("document-detail", args=[story.document.pk])
    page = support.get(url)
    assert "Learning" in page.text
    assert "every 1s" in page.text
    Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED)
    page = support.get(url)
    assert "Learned" in page.text
    assert "1 of 1 part" in page.text
    assert "every 1s" not in page.text
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED)
    assert "1 failed or cancelled" in support.get(url).text


def test_a_fragment_comes_only_when_something_is_new(support: Client, story: Story) -> None:
    url = reverse("document-detail", args=[story.document.pk])
    support.post(reverse("document-learn", args=[story.document.pk]))
    first = support.get(url, headers=HTMX)
    assert first.text.lstrip().startswith("<section")
    seen = re.search(r"\?seen=(\w+)", first.text)
    assert seen
    assert support.get(f"{url}?seen={seen[1]}", headers=HTMX).status_code == 204
    story.document.parts.update(stored=True)
    assert support.get(f"{url}?seen={seen[1]}", headers=HTMX).status_code == 200
    story.document.delete()
    assert support.get(url, headers=HTMX).status_code == 286  # nothing to wait for any more


def test_letta_down_is_said_in_words(support: Client, story: Story) -> None:
    document = make_document(story.subject, Document.State.STORING, "hello", failure="Letta cannot be reached.")
    page = support.get(reverse("document-detail", args=[document.pk]))
    assert "Letta cannot be reached. What is stored is kept. It is tried again by itself." in page.text
    Document.objects.filter(pk=document.pk).update(state=Document.State.FAILED, failure="Gone.")
    page = support.post(reverse("document-retry", args=[document.pk]), follow=True)
    assert "Storing its parts" in page.text


def test_after_ten_seconds_it_says_what_it_waits_for(support: Client, story: Story) -> None:
    see_a_worker(240)
    subject, now = story.subject, timezone.now()
    document = make_document(subject, Document.State.READING, created_at=now - timedelta(minutes=5))
    url = reverse("document-detail", args=[document.pk])
    missing = "Waiting for a worker: none has been seen for 4 minutes."
    assert missing in support.get(url).text
    Document.objects.filter(pk=document.pk).update(state=Document.State.STORING, wake_at=now - timedelta(minutes=5))
    assert missing in support.get(url).text
    see_a_worker()
    assert "Waiting for a free worker." in support.get(url).text
    Document.objects.filter(pk=document.pk).update(storing_at=now)
    assert "Letta is taking its parts into the archive." in support.get(url).text
    Document.objects.filter(pk=document.pk).update(failure="Letta cannot be reached.", wake_at=now + timedelta(seconds=60))
    page = support.get(url).text
    assert re.search(r"Letta cannot be reached. What is stored is kept. It is tried again <time[^>]*>in 5\d seconds<", page)
    Subject.objects.update(agent_id=None, setup_error="Letta cannot be reached.")
    assert "Waiting for the subject&#39;s agent to be created in Letta. Letta cannot be reached." in support.get(url).text


def test_just_given_or_confirmed_it_says_nothing_yet(support: Client, story: Story) -> None:
    document = make_document(story.subject, Document.State.READING)
    assert "Waiting" not in support.get(reverse("document-detail", args=[document.pk])).text
    Document.objects.filter(pk=story.document.pk).update(created_at=timezone.now() - timedelta(hours=1))
    page = support.post(reverse("document-learn", args=[story.document.pk]), follow=True)
    assert "Waiting" not in page.text


def test_while_its_parts_are_learned_it_says_what_their_first_run_waits_for(support: Client, story: Story) -> None:
    see_a_worker(240)
    run = make_run(make_subject("user_otto"), Run.State.QUEUED, ("user", "x"), age=300)
    story.document.parts.update(run=run, stored=True)
    Document.objects.filter(pk=story.document.pk).update(state=Document.State.STORED)
    page = support.get(reverse("document-detail", args=[story.document.pk])).text
    assert "Waiting for a worker: none has been seen for 4 minutes." in page


def test_dropped_it_is_gone_from_the_list(support: Client, story: Story) -> None:
    page = support.post(reverse("document-discard", args=[story.document.pk]), follow=True)
    assert "Nothing was learned from it." in page.text
    assert "intake.pdf" not in page.text
    assert "were dropped" in support.get(reverse("document-detail", args=[story.document.pk])).text
    stored = make_document(story.subject, Document.State.STORED, "hello")
    page = support.post(reverse("document-discard", args=[stored.pk]), follow=True)
    assert Document.objects.get(pk=stored.pk).state == Document.State.STORED


def test_an_auditor_reads_and_is_offered_nothing_to_do(auditor: Client, story: Story) -> None:
    page = auditor.get(reverse("document-detail", args=[story.document.pk]))
    assert "Sarah keeps two cats." in page.text
    assert "Learn from it" not in page.text
    page = auditor.get(reverse("tidy-detail", args=[story.tidy.pk]))
    assert "<ins" in page.text
    assert "Keep" not in re.sub(r"Keep what is better", "", page.text)
    assert "Leave" not in page.text
    page = auditor.get(reverse("subject-detail", args=[story.subject.pk]))
    assert "Tidy up" not in page.text
    assert "Learn from a file" not in page.text


def test_files_cost_the_same_queries_however_many(
    support: Client, story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("document-create", args=[story.subject.pk])
    with django_assert_num_queries(6):  # session, person, shared blocks in arrears, subject, audit, documents
        support.get(url)
    for number in range(12):
        make_document(story.subject, Document.State.STORED, "x", name=f"{number}.txt")
    with django_assert_num_queries(6):
        page = support.get(url)
    assert "Older" in page.text
    with django_assert_num_queries(6):
        support.get(reverse("document-detail", args=[story.document.pk]))
