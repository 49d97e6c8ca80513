"""A shared block on a real Letta 0.16.8: attached in bulk it is in the next prompt, and so is what one edit made of it."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import User
from memory_sdk import NewBlock
from schemas import sharing, tending
from schemas.distributing import Whom, start
from schemas.distribution_work import advance
from schemas.models import SharedBlock
from schemas.sharing import Wording
from subjects import delivery
from subjects.creation import create_subject
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Block, Run, Subject
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.letta.conftest import Side
from tests.letta.test_learning_run import EMBEDDING, MODEL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

SAID = Wording("Be kind. Never promise dates.", "What holds for everybody.", 500, read_only=True)


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


def made() -> Subject:
    new = NewBlock("human", "Who it is.", "Name: Ida", 100)
    subject = create_subject(f"user_{uuid.uuid4().hex}", Subject.Kind.SUBJECT, [new])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id
    return subject


def prompt_of_a_run(subject: Subject, side: Side) -> str:
    """What the model is shown in the next run."""
    marker = f"m{uuid.uuid4().hex}"
    run = learn(subject, [Turn("user", f"My order is {marker}.")], source=Run.Source.TYPED, key=marker)

    def over() -> bool:
        delivery.advance(str(subject.pk))
        run.refresh_from_db()
        return run.is_over

    wait_until(over, 90)
    assert run.state == Run.State.COMPLETED, run.failure
    return str(side.model.requests(marker)[0]["messages"])


def test_attached_in_bulk_edited_once_and_taken_off(letta_side: Side, adam: User) -> None:
    subjects = [made() for _ in range(3)]
    assert "Never promise dates." not in prompt_of_a_run(subjects[0], letta_side)
    shared = sharing.create("policies", SAID, adam)
    order = start(shared, Whom(), by=adam)
    advance(str(order.pk))
    order.refresh_from_db()
    assert (order.state, order.changed, order.refused) == ("done", 3, 0)
    assert all("Never promise dates." in prompt_of_a_run(subject, letta_side) for subject in subjects)

    again = start(shared, Whom(), by=adam)
    advance(str(again.pk))
    again.refresh_from_db()
    assert (again.same, again.changed) == (3, 0)

    revision = sharing.edit(
        shared, replace(SAID, value="Be kind. Call back."), base=1, reason="Legal asked.", by=adam, confirmed=3
    )
    assert revision is not None
    assert all("Call back." in prompt_of_a_run(subject, letta_side) for subject in subjects)
    tending.advance(str(shared.pk))
    assert set(Block.objects.filter(block_id=shared.block_id).values_list("value", flat=True)) == {"Be kind. Call back."}

    off = start(shared, Whom(subject_pks=[subjects[0].pk]), by=adam, detach=True)
    advance(str(off.pk))
    assert "Call back." not in prompt_of_a_run(subjects[0], letta_side)
    assert "Call back." in prompt_of_a_run(subjects[1], letta_side)
    shared.refresh_from_db()
    assert SharedBlock.objects.get().block_id == shared.block_id
    agents().delete_block(shared.block_id or "")


def test_a_label_that_is_taken_is_told_of_its_subject(adam: User) -> None:
    """Letta answers 409, also where another program took the label and we have not seen it yet."""
    subject = made()
    agents().add_block(subject.agent_id or "", NewBlock("policies", "Of another program.", "Theirs.", 100))
    shared = sharing.create("policies", SAID, adam)
    order = start(shared, Whom(), by=adam)
    advance(str(order.pk))
    assert list(order.shares.values_list("state", "reason")) == [("refused", "taken")]
    agents().delete_block(shared.block_id or "")


def test_attached_while_the_answer_was_lost_it_is_recompiled(letta_side: Side, adam: User) -> None:
    """A worker that was killed between attaching and recompiling: Letta has the block, its prompt does not."""
    subject = made()
    shared = sharing.create("policies", SAID, adam)
    order = start(shared, Whom(), by=adam)
    agents().attach_block(subject.agent_id or "", shared.block_id or "")
    advance(str(order.pk))
    order.refresh_from_db()
    assert (order.state, order.changed) == ("done", 1), "what Letta says of a second attaching is understood"
    assert "Never promise dates." in prompt_of_a_run(subject, letta_side)
    agents().delete_block(shared.block_id or "")


def test_a_block_whose_maker_was_killed_is_found_again_and_no_other_of_its_label(adam: User) -> None:
    agents().create_block(NewBlock("policies", "Somebody else's.", "Not ours.", 500))
    shared = sharing.create("policies", SAID, adam)
    was = shared.block_id
    assert was is not None
    assert agents().get_block(was).value == SAID.value, "another block of that label was taken for ours"
    SharedBlock.objects.update(block_id=None)  # as whoever is killed before writing down the id leaves it
    tending.advance(str(shared.pk))
    shared.refresh_from_db()
    assert shared.block_id == was
    [found] = agents().find_blocks("policies", f"memory-ui-shared:{shared.pk}")
    assert found.tags == (f"memory-ui-shared:{shared.pk}",)
    agents().delete_block(was)
