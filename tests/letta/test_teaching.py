"""A file learned from, and a memory tidied up, on a real Letta 0.16.8."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from accounts.models import User
from subjects import delivery, revising, taking_in
from subjects.creation import USER_BLOCKS, create_subject
from subjects.letta import agents
from subjects.models import Document, Revision, Run, Subject, Tidy
from subjects.teaching import learn_from, take_in
from subjects.tidying import keep, tidy_up
from tests.conftest import wait_until
from tests.letta.test_learning_run import EMBEDDING, MODEL
from tests.subjects.teaching.files import pdf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def letta(letta_url: str, settings: Settings) -> Iterator[None]:
    """Our own connection to that Letta."""
    settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = letta_url, "", ""
    settings.LETTA_MODEL, settings.LETTA_EMBEDDING = MODEL, EMBEDDING
    agents.cache_clear()
    yield
    agents().close()
    agents.cache_clear()


@pytest.fixture
def subject() -> Iterator[Subject]:
    subject = create_subject(f"user_{uuid.uuid4().hex}", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    yield subject
    agents().delete_agent(subject.agent_id or "")


def until(step: Callable[[], object], done: Callable[[], bool]) -> None:
    def over() -> bool:
        step()
        return done()

    wait_until(over, 90)


def test_a_pdf_is_stored_learned_and_tidied_up(subject: Subject, sue: User) -> None:
    document, _ = take_in(subject, "intake.pdf", pdf("My name is Ada Nkemelu.", "I like cats."), sue)
    until(lambda: taking_in.advance(str(document.pk)), lambda: Document.objects.get().state == Document.State.READY)
    assert learn_from(document)
    until(lambda: taking_in.advance(str(document.pk)), lambda: Document.objects.get().state == Document.State.STORED)
    assert Document.objects.get().archived
    assert subject.agent_id is not None
    assert agents().has_passage(subject.agent_id, "My name is Ada Nkemelu.", f"{document.pk}-1")
    assert not agents().has_passage(subject.agent_id, "My name is Ada Nkemelu.", f"{document.pk}-2")
    until(lambda: delivery.advance(str(subject.pk)), lambda: Run.objects.get().is_over)
    assert Run.objects.get().state == Run.State.COMPLETED

    tidy = tidy_up(subject, sue)
    until(
        lambda: revising.advance(str(tidy.pk)),
        lambda: Tidy.objects.filter(scratch_agent_id="").exclude(state__in=Tidy.WORKED_ON).exists(),
    )
    tidy.refresh_from_db()
    assert tidy.state == Tidy.State.READY, tidy.failure  # the scripted model writes the last line down once more
    assert agents().find_scratch_agents(f"tidy-{tidy.pk}") == []
    proposal = tidy.proposals.select_related("block__subject", "tidy")[0]
    revision = keep(proposal, sue)
    assert revision is not None
    assert (revision.source, revision.value) == (Revision.Source.TIDY, proposal.value)
    assert agents().get_block(proposal.block.block_id or "").value == proposal.value
