"""The page of a block: its lines and why they are there, marks, comparing, and who may correct."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects.models import Block, Flag, Run
from tests.subjects.pages.conftest import HTMX, Story, make_block, make_run, make_subject


@pytest.fixture
def blamed(story: Story) -> Block:
    """Sarah's block: its first line is from the second revision, the other from the third, which a run made."""
    Block.objects.filter(pk=story.human.pk).update(line_revisions=[2, 3], block_id="block-1")
    story.human.refresh_from_db()
    return story.human


def test_the_page_has_the_lines_and_the_history(
    support: Client, blamed: Block, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # session, person, shared blocks in arrears, block and subject, its last change, flags, audit, revisions
    with django_assert_num_queries(9):
        page = support.get(f"/blocks/{blamed.pk}/").text
    assert re.findall(r'<a class="line"[^>]*>([^<]*)</a>', page) == ["Name: Sarah", "Lives in Utrecht"]
    assert page.index("Changed by") < page.index("Changed outside memory_ui")
    assert f"/blocks/{blamed.pk}/restore/2/" in page
    assert f"/blocks/{blamed.pk}/compare/?older=2&amp;newer=3" in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_a_line_is_answered_by_revision_run_and_the_messages_with_its_words(
    headers: dict[str, str], support: Client, story: Story, blamed: Block
) -> None:
    page = support.get(f"/blocks/{blamed.pk}/", {"line": 2}, headers=headers).text
    assert ("<html" in page) == (not headers)
    origin = page[page.index('class="origin"') :]
    assert "Revision 3</a>" in origin
    assert f'href="/runs/{story.learned.pk}/"' in origin
    assert "I moved to <mark>Utrecht</mark>" in origin
    assert "with 1 other message" in origin
    assert "Noted." not in origin[: origin.index("The whole run")]


def test_a_line_that_no_run_brought_and_one_that_is_unknown(support: Client, story: Story, blamed: Block) -> None:
    assert "Changed outside memory_ui" in support.get(f"/blocks/{blamed.pk}/", {"line": 1}, headers=HTMX).text
    assert "is not known" in support.get(f"/blocks/{story.summary.pk}/", {"line": 1}, headers=HTMX).text
    for line in ("0", "99", "x", "-1", "9" * 30):
        assert 'class="origin"' not in support.get(f"/blocks/{blamed.pk}/", {"line": line}, headers=HTMX).text


def test_an_answer_takes_the_same_queries_however_long_the_run_was(
    support: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.COMPLETED, *(("user", f"the parrot said {n}") for n in range(60)))
    block = make_block(subject, "human", "Has a parrot", runs=(run,))
    Block.objects.filter(pk=block.pk).update(line_revisions=[1])
    # session, person, shared blocks in arrears, block, its last change, flags, audit, revision and run, messages
    with django_assert_num_queries(9):
        page = support.get(f"/blocks/{block.pk}/", {"line": 1}, headers=HTMX).text
    assert page.count("<mark>parrot</mark>") == 12
    assert "with 48 other messages" in page


def test_of_a_huge_block_the_first_lines_can_be_asked_about_and_the_rest_is_text(support: Client, story: Story) -> None:
    block = make_block(story.subject, "long", "\n".join(f"line <{n}>" for n in range(1, 20_001)))
    page = support.get(f"/blocks/{block.pk}/", {"line": "700"})
    assert page.text.count('title="Why is this here?"') == 500
    assert "line &lt;501&gt;\nline &lt;502&gt;" in page.text
    assert "of the first 500; the rest as it stands" in page.text


def test_a_line_is_marked_as_wrong_and_the_mark_taken_off(support: Client, blamed: Block) -> None:
    mark = {"line": 2, "base": 3, "note": "<b>She</b> moved on"}
    page = support.post(f"/blocks/{blamed.pk}/flag/", mark, headers=HTMX).text
    assert "marked as wrong</span>" in page
    assert "<q>&lt;b&gt;She&lt;/b&gt; moved on</q>" in page
    flag = Flag.objects.get()
    assert (flag.line, flag.created_by and flag.created_by.name) == ("Lives in Utrecht", "Sue")
    response = support.post(f"/blocks/{blamed.pk}/unflag/", {"flag": flag.pk, "line": 2})
    assert response["Location"] == f"/blocks/{blamed.pk}/?line=2#line-{blamed.pk}-2"
    assert not Flag.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize("sent", [{"line": 2, "base": 2}, {"line": 9, "base": 3}, {"line": "x", "base": 3}, {}])
def test_a_mark_on_a_line_that_moved_is_not_set(sent: dict[str, object], support: Client, blamed: Block) -> None:
    page = support.post(f"/blocks/{blamed.pk}/flag/", sent, headers=HTMX).text
    assert "not marked" in page or "not understood" in page
    assert not Flag.objects.exists()


def test_two_revisions_are_compared_in_one_text_and_beside_each_other(support: Client, blamed: Block) -> None:
    url = f"/blocks/{blamed.pk}/compare/"
    assert '<del>Leiden</del><ins class="instead">Utrecht</ins>' in support.get(url).text, "the last change by itself"
    page = support.get(url, {"older": "1", "newer": "3", "view": "side"}).text
    assert "<td><ins>Lives in Utrecht</ins></td>" in page
    page = support.get(url, {"older": "3", "newer": "2", "view": "side"}).text
    assert re.search(r"<td>Lives in <del>Utrecht</del></td>\s*<td>Lives in <ins>Leiden</ins></td>", page)
    assert "No such revision" in support.get(url, {"older": 1, "newer": 40}).text
    assert support.get(url, {"older": "x", "view": "upside-down"}).status_code == 200


def test_memory_is_escaped_in_every_view_of_a_block(support: Client, story: Story) -> None:
    evil = "<script>alert(1)</script>"
    block = make_block(story.subject, "evil", "x", evil, runs=(None, story.learned))
    Block.objects.filter(pk=block.pk).update(line_revisions=[2], block_id="block-2")
    Run.objects.get(pk=story.learned.pk).messages.update(content=evil)
    for url in ("?line=1", "compare/", "compare/?view=side", "history/", "restore/1/", "edit/"):
        page = support.get(f"/blocks/{block.pk}/{url}").text
        assert evil not in page
        assert "alert(1)" in page


def test_an_auditor_reads_and_does_not_correct(auditor: Client, blamed: Block) -> None:
    page = auditor.get(f"/blocks/{blamed.pk}/", {"line": 2}).text
    assert "<mark>Utrecht</mark>" in page
    for way in ("/edit/", "/delete/", "/restore/", "/flag/", "/blocks/new/"):
        assert way not in page
    assert "Add a block" not in auditor.get(f"/subjects/{blamed.subject_id}/").text


def test_a_block_without_an_agent_cannot_be_corrected_yet(
    story: Story, adam: User, sign_in: Callable[[User], Client]
) -> None:
    admin = sign_in(adam)
    assert "as soon as the subject’s agent is there" in admin.get(f"/blocks/{story.human.pk}/").text
    for way in ("edit", "delete", "restore/1"):
        assert admin.post(f"/blocks/{story.human.pk}/{way}/")["Location"] == f"/blocks/{story.human.pk}/"


def test_a_shared_block_says_with_how_many(support: Client, blamed: Block) -> None:
    for name in ("user_a", "user_b"):
        other = make_block(make_subject(name), "human", "x")
        Block.objects.filter(pk=other.pk).update(block_id=blamed.block_id)
    assert "shared with 2 other subjects" in support.get(f"/subjects/{blamed.subject_id}/").text
