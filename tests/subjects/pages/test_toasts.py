"""Toasts: each way back that one offers is a form that works as it stands."""

import re

import pytest
from django.test import Client

from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Flag, Run, Subject
from tests.faulty_proxy import FaultyProxy
from tests.subjects.pages.conftest import HTMX, Story

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
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', toast))
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


def test_a_mark_is_taken_off(support: Client, block: Block) -> None:
    fields = {"base": 1, "line": 1}
    beside = support.post(f"/blocks/{block.pk}/flag/", fields, headers=HTMX).text
    assert 'id="toasts" hx-swap-oob="beforeend"' in beside
    undo(support, beside)
    assert not Flag.objects.exists()
    undo(support, support.post(f"/blocks/{block.pk}/flag/", fields, follow=True).text)
    assert not Flag.objects.exists()


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
