"""Correcting through the pages: saved, refused, merged, undone, shared, and kept when Letta does not answer."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from subjects.letta import agents
from subjects.models import Block
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.pages.conftest import HTMX
from tests.subjects.pages.correcting import VALUE, block, field, hidden, in_letta, resend, sent

__all__ = ["block"]  # the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "in place"])
def test_an_edit_is_saved_and_can_be_undone_at_once(headers: dict[str, str], support: Client, block: Block) -> None:
    url = f"/blocks/{block.pk}/edit/"
    form = support.get(url, headers=headers).text
    assert field(form, "value") == VALUE
    assert ("<html" in form) == (not headers)
    response = support.post(url, sent("Name: Ida\r\nLives in Delft"), headers=headers)
    if not headers:
        assert response["Location"] == f"/blocks/{block.pk}/?saved=2"
        response = support.get(response["Location"])
    assert "Saved as revision 2." in response.text
    assert in_letta(block) == "Name: Ida\nLives in Delft"
    assert f'action="/blocks/{block.pk}/restore/1/"' in response.text
    undone = support.post(f"/blocks/{block.pk}/restore/1/", {"base": 2, "reason": "Undone"}, headers=headers)
    assert undone.status_code == (200 if headers else 302)
    assert in_letta(block) == VALUE
    assert block.revisions.get(number=3).source == "restore"


def test_only_the_saver_is_offered_the_undo(support: Client, auditor: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida"))
    assert ">Undo<" in support.get(f"/blocks/{block.pk}/?saved=2").text
    assert ">Undo<" not in auditor.get(f"/blocks/{block.pk}/?saved=2").text
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos", base=2))
    assert ">Undo<" not in support.get(f"/blocks/{block.pk}/?saved=2").text, "there is a newer revision"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": "🙂" * 101}, "101 characters are 1 more than the limit of 100."),
        ({"reason": " "}, "This field is required."),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"base": ""}, None),
        ({"base": 77}, None),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(
    changes: dict[str, object], said: str | None, support: Client, block: Block
) -> None:
    response = support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos") | changes)
    assert response.status_code == 422
    assert (said or "Edit human") in response.text
    assert in_letta(block) == VALUE


def test_a_hundred_emoji_and_line_ends_as_browsers_send_them_fit_the_limit(support: Client, block: Block) -> None:
    value = "🙂" * 50 + "\r\n" + "é" * 49
    assert support.post(f"/blocks/{block.pk}/edit/", sent(value)).status_code == 302
    assert in_letta(block) == value.replace("\r\n", "\n")
    assert "100 of 100 characters" in support.get(f"/blocks/{block.pk}/edit/").text


def test_changes_that_fit_together_are_merged_and_shown_before_they_are_saved(support: Client, block: Block) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, value=VALUE.replace("Leiden", "Delft"))
    url = f"/blocks/{block.pk}/edit/"
    page = support.post(url, sent("Name: Ida Roos\nLives in Leiden\nLikes tea"))
    assert page.status_code == 409
    assert "Both changes fit together" in page.text
    assert field(page.text, "value") == "Name: Ida Roos\nLives in Delft\nLikes tea"
    assert in_letta(block) == VALUE.replace("Leiden", "Delft"), "not overwritten"
    assert support.post(url, resend(page.text, action="save")).status_code == 302
    assert in_letta(block) == "Name: Ida Roos\nLives in Delft\nLikes tea"


@pytest.fixture
def conflict(support: Client, block: Block) -> str:
    """The merge screen after two people moved Ida to different towns."""
    assert block.block_id is not None
    agents().update_block(block.block_id, value=VALUE.replace("Leiden", "Delft"))
    return support.post(f"/blocks/{block.pk}/edit/", sent(VALUE.replace("Leiden", "Gouda"))).text


def test_a_conflict_keeps_both_sides(conflict: str, support: Client, block: Block) -> None:
    assert "Both changed this" in conflict
    for side in ("Lives in Leiden", "Lives in Delft", "Lives in Gouda"):
        assert f"<pre>{side}</pre>" in conflict
    assert field(conflict, "value") == "Name: Ida\nLives in Delft\nLives in Gouda\nLikes tea"
    assert field(conflict, "mine") == VALUE.replace("Leiden", "Gouda")
    assert (hidden(conflict, "base"), hidden(conflict, "started")) == ("2", "1")
    assert in_letta(block) == VALUE.replace("Leiden", "Delft")


def test_choosing_a_side_keeps_what_was_written_by_hand(conflict: str, support: Client, block: Block) -> None:
    url = f"/blocks/{block.pk}/edit/"
    place = re.findall(r'name="choice-(\d+)"', conflict)[0]
    by_hand = field(conflict, "value").replace("Likes tea", "Likes green tea")
    chosen = support.post(url, resend(conflict, value=by_hand, action="choose", **{f"choice-{place}": "mine"})).text
    assert field(chosen, "value") == "Name: Ida\nLives in Gouda\nLikes green tea"
    again = support.post(url, resend(chosen, action="choose", **{f"choice-{place}": "theirs"})).text
    assert field(again, "value") == "Name: Ida\nLives in Delft\nLikes green tea"
    saved = support.post(url, resend(again, action="save", **{f"choice-{place}": "theirs"}))
    assert saved.status_code == 302
    assert in_letta(block) == "Name: Ida\nLives in Delft\nLikes green tea"
    assert block.revisions.order_by("-number")[0].number == 3


def test_a_choice_that_is_not_in_the_text_yet_is_shown_and_not_saved(conflict: str, support: Client, block: Block) -> None:
    place = re.findall(r'name="choice-(\d+)"', conflict)[0]
    shown = support.post(f"/blocks/{block.pk}/edit/", resend(conflict, action="save", **{f"choice-{place}": "mine"}))
    assert field(shown.text, "value") == VALUE.replace("Leiden", "Gouda")
    assert in_letta(block) == VALUE.replace("Leiden", "Delft")


def test_changed_once_more_during_the_merge_it_is_merged_once_more(conflict: str, support: Client, block: Block) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, value=VALUE.replace("Leiden", "Delft") + "\nHas a cat")
    page = support.post(f"/blocks/{block.pk}/edit/", resend(conflict, action="save"))
    assert page.status_code == 409
    assert hidden(page.text, "base") == "3"
    merged = field(page.text, "value").split("\n")
    assert {"Lives in Delft", "Lives in Gouda", "Has a cat"} <= set(merged)
    assert support.post(f"/blocks/{block.pk}/edit/", resend(page.text, action="save")).status_code == 302
    assert "Has a cat" in in_letta(block)


def test_a_description_changed_by_another_is_not_put_back(support: Client, block: Block) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, description="Who she is.", limit=500)
    page = support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos")).text
    assert field(page, "description") == "Who she is."
    assert 'name="limit" value="500"' in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "in place"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("PATCH", "/v1/blocks", "error_500"), "Not confirmed: Letta could not do it now"),
        (Fault("PATCH", "/v1/blocks", "refuse"), "Not confirmed: Letta cannot be reached"),
        (Fault("GET", "/v1/blocks", "refuse", 9), "Not confirmed: Letta cannot be reached"),
        (Fault("PATCH", "/v1/blocks", "not_found_404"), "Letta no longer has this block"),
        (Fault("PATCH", "/v1/blocks", "refused_422"), "Nothing was changed: Letta refused"),
    ],
)
def test_letta_down_is_said_at_the_form_and_the_text_kept(
    fault: Fault, said: str, headers: dict[str, str], support: Client, block: Block, proxy: FaultyProxy
) -> None:
    proxy.faults.append(replace(fault))
    response = support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos"), headers=headers)
    assert response.status_code == (200 if headers else 502)
    assert said in response.text
    assert field(response.text, "value") == "Name: Ida Roos"
    proxy.faults.clear()
    assert in_letta(block) == VALUE


def test_the_form_opens_although_letta_is_down(support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "/v1/", "refuse", 9))
    page = support.get(f"/blocks/{block.pk}/edit/")
    assert page.status_code == 200
    assert "Letta does not answer just now" in page.text


def test_a_save_whose_answer_got_lost_is_recognised_when_sent_again(
    support: Client, block: Block, proxy: FaultyProxy
) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks", "lose_answer"))
    assert support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos")).status_code == 502
    again = support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos"))
    assert again["Location"] == f"/blocks/{block.pk}/?saved=2"
    assert [one.reason for one in block.revisions.order_by("number")] == ["", "she said so"]


def test_a_restore_shows_what_it_changes_and_stops_at_a_change_unseen(support: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida"))
    page = support.get(f"/blocks/{block.pk}/restore/1/").text
    assert "<ins>\nLives in Leiden\nLikes tea</ins>" in page
    assert block.block_id is not None
    agents().update_block(block.block_id, value="Written by another program")
    late = support.post(f"/blocks/{block.pk}/restore/1/", {"base": 2, "reason": "by mistake"})
    assert late.status_code == 409
    assert "so nothing was put back yet" in late.text
    assert "another program" in late.text
    assert in_letta(block) == "Written by another program"
    assert support.post(f"/blocks/{block.pk}/restore/1/", {"base": 3, "reason": "by mistake"}).status_code == 302
    assert in_letta(block) == VALUE


def test_an_undo_that_comes_too_late_goes_to_the_page_that_says_why(support: Client, block: Block) -> None:
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida"))
    support.post(f"/blocks/{block.pk}/edit/", sent("Name: Ida Roos", base=2))
    url = f"/blocks/{block.pk}/restore/1/"
    assert support.post(url, {"base": 2, "reason": "Undone"}, headers=HTMX).headers["HX-Redirect"] == url
    assert in_letta(block) == "Name: Ida Roos"


def test_blocks_are_added_deleted_and_added_again(support: Client, block: Block) -> None:
    subject = block.subject
    new = {"label": "orders", "description": "What was ordered.", "limit": 50, "value": "A lamp", "reason": "asked for"}
    url = f"/subjects/{subject.pk}/blocks/new/"
    assert "There is a block with this label already." in support.post(url, new | {"label": "human"}).text
    assert "6 characters; the limit of the block is 5" in support.post(url, new | {"limit": 5}).text
    added = support.post(url, new)
    orders = subject.blocks.get(label="orders")
    assert added["Location"] == f"/blocks/{orders.pk}/?saved=1"
    assert in_letta(orders) == "A lamp"
    gone = support.post(f"/blocks/{orders.pk}/delete/", {"base": 1, "reason": "closed"})
    page = support.get(gone["Location"]).text
    assert "It was taken off the subject" in page
    assert "<q>closed</q>" in page
    again = support.get(url, {"again": str(orders.pk)}).text
    assert 'value="orders"' in again
    assert subject.agent_id is None or [one.label for one in agents().list_blocks(subject.agent_id)] == ["human"]


@pytest.mark.parametrize(
    ("value", "limit", "counted"),
    [
        ("", 5000, '<span class="" data-counter="id_value" data-limit="id_limit">0 of 5,000 characters<'),
        ("🙂" * 8, 10, '<span class="amber" data-counter="id_value" data-limit="id_limit">8 of 10 characters<'),
        (
            "a\r\nb",
            2,
            '<span class="red" data-counter="id_value" data-limit="id_limit">3 of 2 characters, 1 over the limit<',
        ),
        ("abc", "many", '<span class="" data-counter="id_value" data-limit="id_limit">3 characters<'),
    ],
)
def test_what_a_new_block_is_to_hold_is_counted(
    value: str, limit: object, counted: str, support: Client, block: Block
) -> None:
    sent = {"label": "", "description": "", "limit": limit, "value": value, "reason": "asked for"}
    page = support.post(f"/subjects/{block.subject_id}/blocks/new/", sent).text
    assert counted in page
    assert re.search(r'<textarea[^>]*name="value"[^>]* data-count', page), "app.js goes on counting"


def test_a_block_that_changed_is_deleted_only_after_a_second_look(support: Client, block: Block) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, value="Written by another program")
    url = f"/blocks/{block.pk}/delete/"
    assert support.post(url, {"base": 1, "reason": "closed"}).status_code == 409
    assert in_letta(block) == "Written by another program"
    assert support.post(url, {"base": 2, "reason": "closed"}).status_code == 302


def test_letta_down_while_adding_and_deleting(support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("POST", "/v1/blocks", "refuse"))
    new = {"label": "orders", "description": "", "limit": 50, "value": "A lamp", "reason": "asked for"}
    page = support.post(f"/subjects/{block.subject_id}/blocks/new/", new)
    assert page.status_code == 502
    assert "A lamp" in page.text
    proxy.faults.append(Fault("DELETE", "/v1/blocks", "error_500"))
    page = support.post(f"/blocks/{block.pk}/delete/", {"base": 1, "reason": "closed"})
    assert (page.status_code, "closed" in page.text) == (502, True)
    assert in_letta(block) == VALUE
