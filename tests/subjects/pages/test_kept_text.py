"""A block is taken off or frozen while somebody edits it: what was typed is kept, and the page says what happened."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from subjects import sync
from subjects.creation import create_subject
from subjects.delivery import advance
from subjects.editing import Correction, Gone, edit_block, remove_block
from subjects.freezing import freeze
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Subject
from subjects.snapshots import mirror
from tests.faulty_proxy import FaultyProxy
from tests.subjects.pages.conftest import HTMX
from tests.subjects.pages.correcting import VALUE, block, field, in_letta, sent

__all__ = ["block"]  # the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

IN_BOTH_WAYS = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "in place"])
TYPED = sent("Name: Ida & Roos", description="Who she is.", limit=77)


def form_in(page: str) -> tuple[str, dict[str, str]]:
    """Where the card of the page sends its form, and what that holds."""
    card = page[page.index('<article class="card"') : page.index("</article>")]
    action = re.search(r'<form[^>]* action="([^"]*)"', card)
    assert action
    inputs = re.findall(r'<input type="(?:hidden|text|number)" name="(\w+)" value="([^"]*)"', card)
    areas = re.findall(r'<textarea name="(\w+)"[^>]*>\n?(.*?)</textarea>', card, re.DOTALL)
    return action[1], {name: unescape(value) for name, value in [*inputs, *areas] if name != "csrfmiddlewaretoken"}


def shared_with(name: str, block: Block) -> Subject:
    """One more subject that has the block, in Letta and here."""
    other = create_subject(name, Subject.Kind.SUBJECT, [])
    advance(str(other.pk))
    other.refresh_from_db()
    agents().attach_block(other.agent_id or "", block.block_id or "")
    mirror(other, agents().list_blocks(other.agent_id or ""), Revision.Source.OUTSIDE)
    return other


@IN_BOTH_WAYS
def test_the_text_for_a_block_that_was_taken_off_can_be_added_anew(
    headers: dict[str, str], support: Client, block: Block, otto: User
) -> None:
    remove_block(block, base=1, reason="a mistake", by=otto)
    answer = support.post(f"/blocks/{block.pk}/edit/", TYPED, headers=headers)
    assert answer.status_code == (200 if headers else 409)
    assert ("<html" in answer.text) == (not headers)
    assert "was taken off user_ida while you were editing it, so nothing was saved" in answer.text
    assert "Removed by Otto" in answer.text
    assert "<q>a mistake</q>" in answer.text
    assert "Add it again with this text" in answer.text
    action, kept = form_in(answer.text)
    assert action == f"/subjects/{block.subject_id}/blocks/new/", "no text in an address"
    names = ("value", "description", "limit", "reason")
    assert kept == {name: str(TYPED[name]) for name in names} | {"label": "human"}
    added = support.post(action, kept)
    new = block.subject.blocks.get(removed_at=None)
    assert added["Location"] == f"/blocks/{new.pk}/?saved=1"
    assert (in_letta(new), new.description, new.limit) == ("Name: Ida & Roos", "Who she is.", 77)


def test_a_text_over_its_limit_is_kept_too_and_refused_where_it_is_added(support: Client, block: Block, otto: User) -> None:
    remove_block(block, base=1, reason="", by=otto)
    action, kept = form_in(support.post(f"/blocks/{block.pk}/edit/", TYPED | {"limit": 3, "reason": ""}).text)
    refused = support.post(action, kept)
    assert refused.status_code == 422
    assert "16 characters; the limit of the block is 3" in refused.text
    assert unescape(field(refused.text, "value")) == "Name: Ida & Roos"


def test_where_it_was_added_again_already_the_way_leads_there(support: Client, block: Block, otto: User) -> None:
    remove_block(block, base=1, reason="", by=otto)
    support.post(f"/subjects/{block.subject_id}/blocks/new/", TYPED | {"label": "human", "value": "Another"})
    successor = block.subject.blocks.get(removed_at=None)
    page = support.post(f"/blocks/{block.pk}/edit/", TYPED).text
    assert f'href="/blocks/{successor.pk}/edit/"' in page
    assert "Add it again" not in page
    assert unescape(field(page, "value")) == "Name: Ida & Roos"


@IN_BOTH_WAYS
@pytest.mark.parametrize("known", [True, False], ids=["seen by sync", "not seen yet"])
def test_taken_off_by_another_program_is_said(known: bool, headers: dict[str, str], support: Client, block: Block) -> None:
    agents().remove_block(block.subject.agent_id or "", block.block_id or "")
    if known:
        sync.sync(None, whole=True)
    page = support.post(f"/blocks/{block.pk}/edit/", TYPED, headers=headers).text
    assert "Another program took it off the agent." in page
    assert "Add it again with this text" in page
    assert unescape(field(page, "value")) == "Name: Ida & Roos"


def test_an_edit_is_not_written_into_a_block_that_the_agent_no_longer_has(
    support: Client, block: Block, proxy: FaultyProxy
) -> None:
    other = shared_with("user_tom", block)
    agents().remove_block(block.subject.agent_id or "", block.block_id or "")  # the other goes on having it
    page = support.post(f"/blocks/{block.pk}/edit/", TYPED)
    assert page.status_code == 409
    assert in_letta(block) == other.blocks.get().value == VALUE
    assert Block.objects.get(pk=block.pk).removed_at is not None


def test_before_letta_has_the_block_the_text_is_kept_to_be_copied(support: Client, block: Block) -> None:
    Block.objects.update(block_id=None)
    page = support.post(f"/blocks/{block.pk}/edit/", TYPED)
    assert page.status_code == 409
    assert "In Letta the subject does not have this block" in page.text
    assert "Add it again" not in page.text
    assert unescape(field(page.text, "value")) == "Name: Ida & Roos"


def test_taken_off_at_the_last_moment_nothing_is_written(block: Block, sue: User, support: Client) -> None:
    Block.objects.update(removed_at=timezone.now())  # while others share it, Letta goes on having it
    with pytest.raises(Gone):
        edit_block(block, Correction("Mine", "", 100), base=1, reason="", by=sue)
    assert in_letta(block) == VALUE


@IN_BOTH_WAYS
def test_frozen_meanwhile_the_form_stays_with_what_was_typed(headers: dict[str, str], support: Client, block: Block) -> None:
    freeze(Subject.objects.get(pk=block.subject_id), Subject.FrozenFor.RESTRICTION)
    answer = support.post(f"/blocks/{block.pk}/edit/", TYPED, headers=headers)
    assert answer.status_code == (200 if headers else 423)
    assert "HX-Refresh" not in answer.headers
    assert "restricts its use. Nothing was changed. What you typed is kept here" in answer.text
    assert unescape(field(answer.text, "value")) == "Name: Ida & Roos"
    assert 'value="she said so"' in answer.text
    assert in_letta(block) == VALUE


@pytest.mark.parametrize("way", ["new", "delete", "restore/1"])
def test_frozen_meanwhile_other_forms_stay_too(way: str, support: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida"))
    freeze(Subject.objects.get(pk=block.subject_id), Subject.FrozenFor.RESTRICTION)
    url = f"/subjects/{block.subject_id}/blocks/new/" if way == "new" else f"/blocks/{block.pk}/{way}/"
    answer = support.post(url, TYPED | {"label": "orders", "base": 2})
    assert answer.status_code == 423
    assert "What you typed is kept here" in answer.text
    assert "she said so" in answer.text


def test_an_undo_of_a_frozen_memory_says_so_beside_what_is_shown(support: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida"))
    freeze(Subject.objects.get(pk=block.subject_id), Subject.FrozenFor.RESTRICTION)
    answer = support.post(f"/blocks/{block.pk}/restore/1/", {"base": 2, "reason": "Undone"}, headers=HTMX)
    assert answer.headers["HX-Reswap"] == "none"
    assert "This memory is frozen" in answer.text


def test_a_frozen_subject_leaves_no_word_of_the_edit_with_those_who_share_the_block(
    support: Client, block: Block, proxy: FaultyProxy
) -> None:
    shared_with("user_tom", block)
    Subject.objects.filter(pk=block.subject_id).update(frozen_at=timezone.now(), frozen_for=Subject.FrozenFor.RESTRICTION)
    assert support.post(f"/blocks/{block.pk}/edit/", TYPED | {"confirmed": 2}).status_code == 423
    assert not Edit.objects.exists()
