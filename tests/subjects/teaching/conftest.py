"""A subject that has learned, on Letta behind a proxy that can misbehave, and what takes work to its end."""

import pytest

from engine import models as engine
from engine.tasks import work
from subjects import delivery, revising, taking_in
from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import learn
from subjects.models import Document, Run, Subject, Tidy
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.faulty_proxy import FaultyProxy


@pytest.fixture
def nora(proxy: FaultyProxy) -> Subject:
    subject = create_subject("user_nora", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    return subject


@pytest.fixture
def told(nora: Subject) -> Subject:
    """Nora, after one conversation; her block says one thing twice, as other programs may leave it."""
    learn(nora, [Turn("user", "My name is Nora Quist and I like cats.")], source=Run.Source.TYPED, key="one")
    learn_all(nora)
    block = engine.Block.objects.get(label="human", agents=nora.agent_id)
    block.value = "Name: Nora Quist\nLikes cats (2025-01-02)\nLikes cats (2025-09-03)"
    block.save()
    return nora


def let_engine_work() -> None:
    for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True).distinct():
        work(agent_id)


def learn_all(subject: Subject) -> None:
    def over() -> bool:
        delivery.advance(str(subject.pk))
        let_engine_work()
        return not subject.runs.filter(state__in=Run.OPEN).exists()

    wait_until(over)


def revise_to_the_end(tidy: Tidy) -> Tidy:
    def over() -> bool:
        revising.advance(str(tidy.pk))
        let_engine_work()
        tidy.refresh_from_db()
        return tidy.state not in Tidy.WORKED_ON and not tidy.scratch_agent_id

    wait_until(over)
    return tidy


def take_in_to_the_end(document: Document) -> Document:
    def over() -> bool:
        taking_in.advance(str(document.pk))
        document.refresh_from_db()
        return document.state not in Document.WORKING

    wait_until(over)
    return document


def scratch_agents() -> int:
    """How many scratch agents the engine has."""
    return engine.Agent.objects.filter(tags__contains=["memory-ui-scratch"]).count()
