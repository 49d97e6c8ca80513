"""The scratch agents of tidying up: nothing of them stays, and nobody takes them for a subject's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engine import models as engine
from subjects import revising
from subjects.letta import agents
from subjects.models import Subject, Tidy
from subjects.tidying import dismiss, tidy_up
from tests.subjects.teaching.conftest import let_engine_work, revise_to_the_end, scratch_agents

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def test_stopped_while_it_works_it_leaves_nothing_behind(told: Subject) -> None:
    tidy = tidy_up(told)
    revising.advance(str(tidy.pk))
    assert scratch_agents() == 1
    assert dismiss(tidy)
    assert not dismiss(tidy)
    revise_to_the_end(tidy)
    assert tidy.state == Tidy.State.DISMISSED
    assert scratch_agents() == 0


def test_scratch_agents_that_nobody_knows_are_swept_away_in_time(told: Subject) -> None:
    tidy = tidy_up(told)
    revising.advance(str(tidy.pk))
    lost = agents().create_scratch_agent("tidy-lost", [])
    fresh = agents().create_scratch_agent("tidy-fresh", [])
    long_ago = timezone.now() - timedelta(days=2)
    engine.Agent.objects.exclude(pk=fresh).update(created_at=long_ago)
    assert revising.delete_left_over() == 1
    tidy.refresh_from_db()
    left = set(engine.Agent.objects.values_list("pk", flat=True))
    assert left == {told.agent_id, tidy.scratch_agent_id, fresh}
    assert lost not in left


def test_sync_takes_no_scratch_agent_for_a_subject(told: Subject) -> None:
    revising.advance(str(tidy_up(told).pk))
    let_engine_work()
    assert [agent.id for agent in agents().iter_agents()] == [told.agent_id]
