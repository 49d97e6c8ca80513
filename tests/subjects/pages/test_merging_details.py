"""Two people change a block's description or limit: each side's change is shown, and none is written over unseen."""

import pytest
from django.test import Client

from subjects.letta import agents
from subjects.models import Block
from tests.faulty_proxy import FaultyProxy
from tests.subjects.pages.conftest import HTMX
from tests.subjects.pages.correcting import VALUE, block, field, in_letta, resend, sent

__all__ = ["block"]  # the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def said_in_letta(block: Block) -> tuple[str, int]:
    assert block.block_id is not None
    seen = agents().get_block(block.block_id)
    return seen.description, seen.limit


@pytest.fixture
def url(block: Block, proxy: FaultyProxy) -> str:
    """Where the block is edited, after another program described it anew and gave it more room."""
    assert block.block_id is not None
    agents().update_block(block.block_id, description="Who she is & was.", limit=500)
    return f"/blocks/{block.pk}/edit/"


def test_what_only_they_changed_is_kept_and_shown(support: Client, block: Block, url: str) -> None:
    page = support.post(url, sent("Name: Ida Roos")).text
    assert "Both changes fit together" in page
    assert "They changed the description" in page
    assert "<ins>Who she is &amp; was.</ins>" in page
    assert "They changed the limit" in page
    assert "<ins>500 characters</ins>" in page
    assert support.post(url, resend(page, action="save")).status_code == 302
    assert (in_letta(block), *said_in_letta(block)) == ("Name: Ida Roos", "Who she is & was.", 500)


def test_what_only_i_changed_is_kept_and_shown(support: Client, block: Block) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, value=VALUE + "\nHas a cat")
    url = f"/blocks/{block.pk}/edit/"
    page = support.post(url, sent(VALUE, description="Mine.", limit=200)).text
    assert "Both changes fit together" in page
    assert "You changed the description" in page
    assert support.post(url, resend(page, action="save")).status_code == 302
    assert (in_letta(block), *said_in_letta(block)) == (VALUE + "\nHas a cat", "Mine.", 200)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "in place"])
def test_what_both_changed_is_a_conflict_also_where_the_text_is_the_same(
    headers: dict[str, str], support: Client, block: Block, url: str
) -> None:
    page = support.post(url, sent(VALUE, description="Mine.", limit=200), headers=headers).text
    assert "2 places changed on both sides" in page
    assert "Both changed the description" in page
    assert "Both changed the limit" in page
    for said in ("Who it is.", "Who she is &amp; was.", "Mine.", "100 characters", "500 characters", "200 characters"):
        assert f"<pre>{said}</pre>" in page
    assert field(page, "description") == "Mine."
    assert 'name="limit" value="200"' in page
    assert said_in_letta(block) == ("Who she is & was.", 500), "nothing is written yet"
    assert "Saved as" in support.post(url, resend(page, action="save"), headers=headers, follow=True).text
    assert said_in_letta(block) == ("Mine.", 200)


def test_theirs_is_one_choice_away_and_mine_one_back(support: Client, block: Block, url: str) -> None:
    page = support.post(url, sent(VALUE, description="Mine.", limit=200)).text
    theirs = {"choice-description": "theirs", "choice-limit": "theirs"}
    chosen = support.post(url, resend(page, action="choose", **theirs)).text
    assert field(chosen, "description") == "Who she is &amp; was."
    assert 'name="limit" value="500"' in chosen
    mine = {"choice-description": "mine", "choice-limit": "theirs"}
    back = support.post(url, resend(chosen, action="choose", **mine)).text
    assert field(back, "description") == "Mine."
    assert 'name="limit" value="500"' in back
    assert support.post(url, resend(back, action="save", **mine)).status_code == 302
    assert said_in_letta(block) == ("Mine.", 500)


def test_a_choice_that_is_not_in_the_form_yet_is_shown_and_not_saved(support: Client, block: Block, url: str) -> None:
    page = support.post(url, sent(VALUE, description="Mine.")).text
    shown = support.post(url, resend(page, action="save", **{"choice-description": "theirs"}))
    assert shown.status_code == 200
    assert field(shown.text, "description") == "Who she is &amp; was."
    assert block.revisions.count() == 2


def test_what_is_written_by_hand_into_the_description_counts(support: Client, block: Block, url: str) -> None:
    page = support.post(url, sent(VALUE, description="Mine.")).text
    chosen = support.post(url, resend(page, description="Mine, and more.", action="choose")).text
    assert field(chosen, "description") == "Mine, and more."
    assert support.post(url, resend(chosen, action="save")).status_code == 302
    assert said_in_letta(block) == ("Mine, and more.", 500)


def test_a_form_that_cannot_be_saved_goes_on_showing_both_sides(support: Client, block: Block, url: str) -> None:
    page = support.post(url, sent(VALUE, description="Mine.")).text
    refused = support.post(url, resend(page, reason=" ", action="save"))
    assert refused.status_code == 422
    assert "Both changed the description" in refused.text
    assert field(refused.text, "mine") == VALUE
    over = support.post(url, resend(page, value="x" * 501, action="save"))
    assert over.status_code == 422
    assert "501 characters are 1 more" in over.text
    assert "Both changed the description" in over.text
