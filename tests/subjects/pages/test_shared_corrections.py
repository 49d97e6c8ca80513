"""Correcting a block that several subjects share: counted, confirmed, and the same in each mirror."""

import pytest
from django.test import Client

from accounts.models import User
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Revision, Subject
from subjects.snapshots import mirror
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.pages.correcting import VALUE, block, in_letta, sent

__all__ = ["block"]  # the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def shared(block: Block, proxy: FaultyProxy) -> list[Block]:
    """The block of Ida, which two more subjects have in Letta and here."""
    rows = [block]
    for name in ("user_tom", "user_kim"):
        other = create_subject(name, Subject.Kind.SUBJECT, [])
        delivery.advance(str(other.pk))
        other.refresh_from_db()
        assert other.agent_id is not None
        assert block.block_id is not None
        agents().attach_block(other.agent_id, block.block_id)
        mirror(other, agents().list_blocks(other.agent_id), Revision.Source.OUTSIDE)
        rows.append(other.blocks.get())
    return rows


def test_a_shared_block_is_changed_for_all_once_the_number_is_confirmed(
    shared: list[Block], support: Client, sue: User
) -> None:
    block = shared[0]
    url = f"/blocks/{block.pk}/edit/"
    assert "Change it for all 3" in support.get(url).text
    refused = support.post(url, sent("Name: Ida Roos"))
    assert refused.status_code == 409
    assert "3 subjects share this block." in refused.text
    assert in_letta(block) == VALUE
    assert support.post(url, sent("Name: Ida Roos", confirmed=2)).status_code == 409, "another number than is true now"
    assert support.post(url, sent("Name: Ida Roos", confirmed=3)).status_code == 302
    for row in shared:
        row.refresh_from_db()
        latest = row.revisions.order_by("-number")[0]
        assert (row.value, latest.source, latest.editor, latest.reason) == ("Name: Ida Roos", "edit", sue, "she said so")


def test_a_shared_edit_that_letta_refuses_leaves_no_word_anywhere(
    shared: list[Block], support: Client, proxy: FaultyProxy
) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks", "refused_422"))
    assert support.post(f"/blocks/{shared[0].pk}/edit/", sent("x", confirmed=3)).status_code == 502
    assert not any(hasattr(Block.objects.get(pk=row.pk), "edit") for row in shared)
