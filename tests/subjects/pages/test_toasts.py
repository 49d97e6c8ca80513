"""Toasts: each way back that one offers is a form that works as it stands."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.editing import Correction, add_block, edit_block
from subjects.letta import agents
from subjects.models import Block, Document, Flag, Run, Subject, Tidy
from tests.faulty_proxy import FaultyProxy
from tests.subjects.pages.conftest import HTMX, Story, make_subject, make_tidy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def block(proxy: FaultyProxy) -> Block:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def toasts(page: str) -> list[str]:
    return re.findall(r'<div class="note toast[^>]*>.*?</div>', page, re.DOTALL)


def undo(client: Client, page: str) -> str:
    """Press the button of the one toast on the page; returns the next page."""
    [toast] = toasts(page)
    address = re.search(r'action="([^"]+)"', toast)
    assert address, toast
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', toast)
    fields = {name: unescape(value) for name, value in found}
    return client.post(address[1], fields, follow=True).text


def test_a_block_taken_off_comes_back_with_what_it_held(support: Client, block: Block) -> None:
    page = support.post(f"/blocks/{block.pk}/delete/", {"base": 1, "reason": "not ours"}, follow=True).text
    assert "The block was taken off." in toasts(page)[0]
    page = undo(support, page)
    again = block.subject.blocks.get(removed_at=None)
    assert (again.label, again.value, again.limit) == ("human", "Name: Ida", 100)
    assert "Added as revision 1." in toasts(page)[0]
    undo(support, page)
    assert not block.subject.blocks.filter(removed_at=None).exists()


def test_a_passage_added_is_taken_away(support: Client, block: Block) -> None:
    url = f"/subjects/{block.subject_id}/archive/"
    key = "6f1c2a3e-0000-4000-8000-000000000001"
    page = support.post(f"{url}add/", {"text": "She has a cat.", "key": key}, follow=True).text
    assert len(agents().list_passages(block.subject.agent_id or "")) == 1
    assert "The passage was deleted." in undo(support, page)
    assert not agents().list_passages(block.subject.agent_id or "")


def test_a_passage_deleted_is_added_again_as_it_was(support: Client, block: Block) -> None:
    agent_id = block.subject.agent_id or ""
    stored = agents().create_passage(agent_id, "She has a cat.\n<b>Its name is Tom.</b>", ["pets", "from a program"])
    url = f"/subjects/{block.subject_id}/archive/delete/"
    beside = support.post(url, {"passage": stored.id}, headers=HTMX).text
    assert "The archive is empty" in beside
    assert "The passage was deleted." in toasts(beside)[0]
    assert not agents().list_passages(agent_id)
    assert "The passage was added." in undo(support, beside)
    undo(support, beside)  # pressed twice, it is added once
    [again] = agents().list_passages(agent_id)
    assert (again.text, again.tags[:2]) == (stored.text, stored.tags)


@pytest.mark.parametrize("unfit", [{"tags": ["a, b"]}, {"text": "x" * 20_001}, {"search": "?q=nothing+of+it&how=words"}])
def test_a_passage_that_cannot_come_back_as_it_was_offers_no_way_back(
    unfit: dict[str, Any], support: Client, block: Block
) -> None:
    agent_id = block.subject.agent_id or ""
    stored = agents().create_passage(agent_id, unfit.get("text", "She has a cat."), unfit.get("tags", []))
    url = f"/subjects/{block.subject_id}/archive/delete/{unfit.get('search', '')}"
    [toast] = toasts(support.post(url, {"passage": stored.id}, headers=HTMX).text)
    assert "The passage was deleted." in toast
    assert "<form" not in toast


def open_marks() -> list[tuple[str, str]]:
    return list(Flag.objects.filter(closed_at=None).values_list("line", "note"))


def test_a_mark_is_taken_off_and_put_back_with_its_note(support: Client, block: Block) -> None:
    fields = {"base": 1, "line": 1, "note": "It is Ada."}
    beside = support.post(f"/blocks/{block.pk}/flag/", fields, headers=HTMX).text
    assert 'id="toasts" hx-swap-oob="beforeend"' in beside
    off = undo(support, beside)
    assert "The mark was taken off." in toasts(off)[0]
    assert open_marks() == []
    assert "Marked as wrong." in toasts(undo(support, off))[0]
    assert open_marks() == [("Name: Ida", "It is Ada.")]
    undo(support, off)  # pressed twice it is one mark
    assert open_marks() == [("Name: Ida", "It is Ada.")]
    undo(support, support.post(f"/blocks/{block.pk}/flag/", fields, follow=True).text)
    assert open_marks() == []


def test_a_mark_on_a_line_that_is_gone_does_not_come_back(support: Client, block: Block) -> None:
    page = support.post(f"/blocks/{block.pk}/flag/", {"base": 1, "line": 1}, follow=True).text
    off = undo(support, page)
    Block.objects.update(value="Name: Ada")
    assert "no longer holds this line" in undo(support, off)
    assert open_marks() == []
    address = f"/blocks/{block.pk}/flag/"
    assert "no longer known" in support.post(address, {"flag": "x", "line": "1"}, follow=True).text


@pytest.fixture
def ready(block: Block) -> Tidy:
    """A tidy-up that would change two blocks."""
    second = add_block(block.subject, NewBlock("wishes", "", "A window seat", 100), reason="", by=User.objects.get())
    proposed = (block, "Name: Ida Roos"), (second, "Window")
    return make_tidy(block.subject, Tidy.State.READY, *proposed, ready_at=timezone.now())


def values(tidy: Tidy) -> list[str]:
    return [agents().get_block(str(one.block_id)).value for one in tidy.subject.blocks.order_by("label")]


def test_what_was_kept_of_a_tidy_up_is_what_it_was_before(support: Client, ready: Tidy) -> None:
    url = f"/tidies/{ready.pk}/decide/"
    page = support.post(url, {"action": "keep"}, follow=True).text
    assert "2 blocks were kept." in toasts(page)[0]
    assert values(ready) == ["Name: Ida Roos", "Window"]
    assert "Undone for 2 blocks." in undo(support, page)
    assert values(ready) == ["Name: Ida", "A window seat"]
    ready.refresh_from_db()
    assert ready.state == Tidy.State.DISMISSED
    assert list(ready.proposals.values_list("decision", flat=True)) == ["left", "left"]


def test_undone_for_one_block_the_others_stay(support: Client, ready: Tidy) -> None:
    first, second = ready.proposals.order_by("block__label")
    url = f"/tidies/{ready.pk}/decide/"
    support.post(url, {"action": "keep", "proposal": second.pk})
    page = support.post(url, {"action": "keep", "proposal": first.pk}, follow=True).text
    support.get("/")  # says what was said before, so that one toast is left
    undo(support, toasts(page)[-1])
    assert values(ready) == ["Name: Ida", "Window"]
    ready.refresh_from_db()
    assert ready.state == Tidy.State.KEPT


def test_what_changed_since_it_was_kept_is_not_overwritten(support: Client, ready: Tidy, sue: User) -> None:
    page = support.post(f"/tidies/{ready.pk}/decide/", {"action": "keep"}, follow=True).text
    block = ready.subject.blocks.get(label="human")
    edit_block(block, Correction("Name: Ada", block.description, block.limit), base=2, reason="", by=sue)
    said = undo(support, page)
    assert "A block was not put back: it changed since" in said
    assert "Undone." in said
    assert values(ready) == ["Name: Ada", "A window seat"]


@pytest.mark.parametrize("sent", [{"address": "decide", "action": "leave"}, {"address": "dismiss"}])
def test_what_was_left_is_to_be_decided_on_again(sent: dict[str, str], support: Client, ready: Tidy) -> None:
    page = support.post(f"/tidies/{ready.pk}/{sent['address']}/", sent, follow=True).text
    assert "2 blocks were left as they were." in toasts(page)[0]
    ready.refresh_from_db()
    assert ready.state == Tidy.State.DISMISSED
    assert "Keep all 2" in undo(support, page)
    ready.refresh_from_db()
    assert (ready.state, ready.ended_at) == (Tidy.State.READY, None)


def test_beside_a_newer_tidy_up_an_older_one_is_not_opened_again(support: Client, ready: Tidy) -> None:
    page = support.post(f"/tidies/{ready.pk}/dismiss/", follow=True).text
    make_tidy(ready.subject, Tidy.State.QUEUED)
    assert "A block was not put back" in undo(support, page)
    ready.refresh_from_db()
    assert ready.state == Tidy.State.DISMISSED


def test_one_that_was_stopped_half_way_is_not_opened_again(support: Client, ready: Tidy) -> None:
    Tidy.objects.update(state=Tidy.State.WORKING, ready_at=None)
    page = support.post(f"/tidies/{ready.pk}/dismiss/", follow=True).text
    assert "<form" not in toasts(page)[0]
    numbers = ",".join(str(pk) for pk in ready.proposals.values_list("pk", flat=True))
    support.post(f"/tidies/{ready.pk}/undo/", {"proposals": numbers})
    ready.refresh_from_db()
    assert ready.state == Tidy.State.DISMISSED


@pytest.mark.parametrize("sent", [{}, {"proposals": "x"}, {"proposals": "9" * 19}, {"proposals": "0"}])
def test_a_hand_made_undo_changes_nothing(sent: dict[str, str], support: Client, ready: Tidy) -> None:
    assert support.post(f"/tidies/{ready.pk}/undo/", sent)["Location"] == f"/tidies/{ready.pk}/"
    assert list(ready.proposals.values_list("decision", flat=True)) == ["open", "open"]


def test_many_that_are_tidied_up_are_counted(support: Client, story: Story) -> None:
    others = [make_subject(name) for name in ("user_otto", "user_mira")]
    sent = {"subjects": [str(subject.pk) for subject in (*others, story.subject)]}
    [toast] = toasts(support.post("/tidies/many/", sent, follow=True).text)
    assert "2 subjects are being tidied up. 1 subject had a tidy-up already that waits to be looked at." in toast


def test_a_conversation_given_can_be_cancelled(support: Client, story: Story) -> None:
    sent = {"way": "pasted", "key": "6f1c2a3e-0000-4000-8000-000000000002", "text": "user: I moved to Oslo."}
    url = reverse("conversation-learn", args=[story.subject.pk])
    page = support.post(url, sent, follow=True).text
    assert "The conversation is being learned." in toasts(page)[0]
    assert "The run was cancelled." in undo(support, page)
    assert story.subject.runs.latest("position").state == Run.State.CANCELLED
    support.post(reverse("run-cancel", args=[story.learned.pk]))
    assert "The run had ended already. Nothing was stopped." in support.get("/").text
    [again] = toasts(support.post(url, sent, follow=True).text)
    assert "This was given before." in again
    assert "<form" not in again


def test_a_file_that_is_confirmed_or_tried_again_is_said(support: Client, story: Story) -> None:
    learn, retry = (reverse(name, args=[story.document.pk]) for name in ("document-learn", "document-retry"))
    assert "being stored and learned" in toasts(support.post(learn, follow=True).text)[0]
    assert toasts(support.post(learn, follow=True).text) == [], "pressed twice, nothing was done"
    Document.objects.filter(pk=story.document.pk).update(state=Document.State.FAILED)
    assert "first part that is not stored" in toasts(support.post(retry, follow=True).text)[0]


def test_a_run_cancelled_is_learned_after_all_and_a_retry_stopped(support: Client, story: Story) -> None:
    page = support.post(f"/runs/{story.failed.pk}/retry/", follow=True).text
    assert "It is learned once more." in toasts(page)[0]
    page = undo(support, page)
    story.failed.refresh_from_db()
    assert story.failed.state == Run.State.CANCELLED
    undo(support, page)
    story.failed.refresh_from_db()
    assert story.failed.state == Run.State.QUEUED


def test_what_is_said_of_it_is_text(support: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/delete/", {"base": 1, "reason": "<b>"})
    assert "{" not in toasts(support.get("/").text)[0].split("<form")[0]
