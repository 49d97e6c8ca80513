"""Correcting memory on a real Letta 0.16.8, through the pages: edit, conflict, restore, share, flag, archive."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from memory_sdk import NewBlock, NotFound
from subjects import delivery, giving
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Revision, Subject
from subjects.snapshots import mirror
from tests.letta.test_learning_run import EMBEDDING, MODEL
from tests.subjects.pages.conftest import HTMX
from tests.subjects.pages.correcting import field, in_letta, resend, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

VALUE = "Name: Ida\nLives in Leiden\nLikes tea"


@pytest.fixture(autouse=True)
def letta(letta_url: str, settings: Settings) -> Iterator[None]:
    """Our own connection to that Letta; what the test made there is deleted."""
    settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = letta_url, "", ""
    settings.LETTA_MODEL, settings.LETTA_EMBEDDING = MODEL, EMBEDDING
    agents.cache_clear()
    yield
    for subject in Subject.objects.all():
        agents().delete_subject(subject.subject_id)
    agents().close()
    agents.cache_clear()


@pytest.fixture
def block(letta: None) -> Block:
    return made("human")


def made(label: str, *new: NewBlock) -> Block:
    blocks = new or (NewBlock(label, "Who it is.", VALUE, 100),)
    subject = create_subject(f"user_{uuid.uuid4().hex}", Subject.Kind.SUBJECT, blocks)
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


@pytest.fixture
def support(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


def of_agent(block: Block) -> str:
    """The block as its agent has it attached."""
    [kept] = [one for one in agents().list_blocks(str(block.subject.agent_id)) if one.label == block.label]
    return kept.value


def test_an_edit_and_a_restore_reach_letta(block: Block, support: Client) -> None:
    url = f"/blocks/{block.pk}/"
    value = "Name: Ida Roos\nLives in Delft 🙂"
    assert support.post(f"{url}edit/", sent(value)).status_code == 302
    assert in_letta(block) == of_agent(block) == value
    assert support.post(f"{url}restore/1/", {"base": 2, "reason": "Undone"}).status_code == 302
    assert in_letta(block) == of_agent(block) == VALUE
    assert [one.source for one in block.revisions.order_by("number")] == ["created", "edit", "restore"]


def test_a_change_made_there_meanwhile_is_merged(block: Block, support: Client) -> None:
    agents().update_block(str(block.block_id), value=VALUE.replace("Leiden", "Delft"))
    url = f"/blocks/{block.pk}/edit/"
    page = support.post(url, sent(VALUE.replace("Ida", "Ida Roos")))
    assert page.status_code == 409
    assert field(page.text, "value") == "Name: Ida Roos\nLives in Delft\nLikes tea"
    assert support.post(url, resend(page.text, action="save")).status_code == 302
    assert in_letta(block) == "Name: Ida Roos\nLives in Delft\nLikes tea"
    assert [one.source for one in block.revisions.order_by("number")] == ["created", "outside", "edit"]


def test_the_limit_that_letta_does_not_hold_is_held_here(block: Block, support: Client) -> None:
    page = support.post(f"/blocks/{block.pk}/edit/", sent("x" * 101))
    assert "101 characters are 1 more than the limit of 100." in page.text
    assert in_letta(block) == VALUE


def test_a_shared_block_is_counted_and_its_mirrors_follow(block: Block, support: Client) -> None:
    other = create_subject(f"user_{uuid.uuid4().hex}", Subject.Kind.SUBJECT, [])
    delivery.advance(str(other.pk))
    other.refresh_from_db()
    agents().attach_block(str(other.agent_id), str(block.block_id))
    mirror(other, agents().list_blocks(str(other.agent_id)), Revision.Source.OUTSIDE)
    url = f"/blocks/{block.pk}/edit/"
    assert "2 subjects share this block." in support.post(url, sent("Name: Ida Roos")).text
    assert support.post(url, sent("Name: Ida Roos", confirmed=2)).status_code == 302
    mirrored = other.blocks.get()
    assert mirrored.value == "Name: Ida Roos"
    assert mirrored.revisions.order_by("-number")[0].reason == "she said so"


def test_a_block_is_added_and_deleted(block: Block, support: Client) -> None:
    new = {"label": "orders", "description": "What was ordered.", "limit": 50, "value": "A lamp", "reason": "asked for"}
    assert support.post(f"/subjects/{block.subject_id}/blocks/new/", new).status_code == 302
    orders = block.subject.blocks.get(label="orders")
    assert of_agent(orders) == "A lamp"
    assert support.post(f"/blocks/{orders.pk}/delete/", {"base": 1, "reason": "closed"}).status_code == 302
    assert [one.label for one in agents().list_blocks(str(block.subject.agent_id))] == ["human"]


def test_a_block_that_was_half_added_is_found_again_and_finished_or_swept_away(block: Block, support: Client) -> None:
    subject, agent_id = block.subject, str(block.subject.agent_id)
    tags = (giving.TAG, giving.tag_of(subject))
    half = agents().create_block(NewBlock("orders", "What was ordered.", "A lamp", 50, tags=tags))
    new = {"label": "orders", "description": "What was ordered.", "limit": 50, "value": "Two lamps", "reason": "asked for"}
    assert support.post(f"/subjects/{subject.pk}/blocks/new/", new).status_code == 302
    orders = subject.blocks.get(label="orders")
    assert (orders.block_id, of_agent(orders)) == (half.id, "Two lamps")
    left = agents().create_block(NewBlock("pets", "Pets.", "A cat", 50, tags=tags))
    assert giving.delete_left_over() == 1
    with pytest.raises(NotFound):
        agents().get_block(left.id)
    assert {one.label for one in agents().list_blocks(agent_id)} == {"human", "orders"}


def test_whether_the_copy_is_fresh_is_told(block: Block, support: Client) -> None:
    url = f"/subjects/{block.subject_id}/freshness/"
    assert "In step with Letta." in support.get(url, headers=HTMX).text
    agents().update_block(str(block.block_id), value="Written by another program")
    assert "Letta had changed 1 block since" in support.get(url, headers=HTMX).text
    agents().delete_agent(str(block.subject.agent_id))
    assert "Letta no longer has this subject’s agent." in support.get(url, headers=HTMX).text


def test_passages_are_added_found_paged_and_deleted(block: Block, support: Client) -> None:
    url = f"/subjects/{block.subject_id}/archive/"
    for number in range(3):
        text = f"The lamp has warranty number {number}."
        added = support.post(f"{url}add/", {"text": text, "tags": "warranty, lamp", "key": uuid.uuid4()})
        assert added.status_code == 302
    agent_id = str(block.subject.agent_id)
    rows = agents().list_passages(agent_id, limit=2)
    rest = agents().list_passages(agent_id, after=rows[-1].id, limit=2)
    assert [row.text[-2] for row in [*rows, *rest] if row.text.startswith("The lamp")] == ["0", "1", "2"]
    for how in ("best", "words"):
        page = support.get(url, {"q": "warranty number 1", "how": how}).text
        assert "The lamp has warranty number 1." in page
    assert {"warranty", "lamp"} <= set(rows[-1].tags)
    assert support.post(f"{url}delete/", {"passage": rows[-1].id}).status_code == 302
    assert rows[-1].id not in [row.id for row in agents().list_passages(agent_id)]
