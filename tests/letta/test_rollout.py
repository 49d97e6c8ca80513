"""A rollout of 50 subjects on a real Letta 0.16.8: the next learning run there sees the new block; and the way back."""

import json
import time
import uuid
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounts.models import User
from memory_sdk import NewBlock
from schemas import rolling_out
from schemas.models import RolloutItem
from subjects import delivery
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Block, Revision, Run, Subject
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.letta.conftest import Side
from tests.letta.test_learning_run import EMBEDDING, MODEL
from tests.schemas.conftest import MakeTemplate
from tests.schemas.conftest import make_template as make_template
from tests.schemas.rollouts.conftest import HUMAN, NEW_HUMAN, POLICIES, SUMMARY, Ground, as_seen, item_of, standing_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

SUBJECTS = 50


@pytest.fixture(autouse=True)
def letta(letta_url: str, settings: Settings) -> Iterator[None]:
    """Our own connection to that Letta; what the test made there is deleted."""
    settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = letta_url, "", ""
    settings.LETTA_MODEL, settings.LETTA_EMBEDDING = MODEL, EMBEDDING
    agents.cache_clear()
    yield
    for subject in Subject.objects.exclude(agent_id=None):
        agents().delete_agent(str(subject.agent_id))
    agents().close()
    agents.cache_clear()


@pytest.fixture
def ground(make_template: MakeTemplate, adam: User) -> Ground:
    return Ground(make_template("Care", [HUMAN, SUMMARY], [NEW_HUMAN, SUMMARY, POLICIES]), adam)


def taught(subject: Subject, words: str) -> Run:
    run = learn(subject, [Turn("user", words)], source=Run.Source.TYPED, key=words)

    def over() -> bool:
        delivery.advance(str(subject.pk))
        run.refresh_from_db()
        return run.is_over

    wait_until(over, 90)
    assert run.state == Run.State.COMPLETED, run.failure
    return run


def test_fifty_subjects_and_the_next_run_sees_the_new_block(ground: Ground, letta_side: Side) -> None:
    name = uuid.uuid4().hex[:10]
    for place in range(SUBJECTS):
        ground.subject(f"user_{name}_{place}", HUMAN, SUMMARY, human=f"Is number {place}.")
    began = time.monotonic()
    rollout = ground.rolled_out()
    took = time.monotonic() - began
    print(f"{SUBJECTS / took:.1f} subjects a second in one lane, {rollout.requests / SUBJECTS:.2f} requests each")
    assert (rollout.changed, rollout.failed, rollout.requests) == (SUBJECTS, 0, 4 * SUBJECTS)
    for place, subject in enumerate(ground.subjects):
        assert as_seen(subject) == {
            "human": (NEW_HUMAN["description"], 400, False, f"Is number {place}."),
            "summary": ("In short.", 100, False, ""),
            "policies": ("What holds.", 300, True, "Be kind."),
        }
    assert {standing_of(subject) for subject in ground.subjects} == {2}

    marker = f"mark{uuid.uuid4().hex[:10]}"
    taught(ground.subjects[0], f"{marker} Hello.")
    asked = letta_side.model.requests(marker)[0]
    prompt = json.dumps([one for one in asked["messages"] if one["role"] == "system"])
    assert "policies" in prompt, "the run does not see the new block"
    assert "Be kind." in prompt
    assert NEW_HUMAN["description"] in prompt

    again = ground.rolled_out()
    assert (again.requests, again.same) == (0, SUBJECTS)
    back = ground.rolled_back(rollout)
    assert (back.changed, back.failed) == (SUBJECTS, 0)
    assert {frozenset(as_seen(subject)) for subject in ground.subjects} == {frozenset({"human", "summary"})}
    taught(ground.subjects[1], f"{marker}b Hello.")
    prompt = json.dumps([one for one in letta_side.model.requests(f"{marker}b")[0]["messages"] if one["role"] == "system"])
    assert "Be kind." not in prompt
    assert "About the person." in prompt


def test_a_block_that_was_created_and_not_attached_is_found_again(ground: Ground) -> None:
    """As a worker leaves it that is killed in between: only the block's tag leads to it."""
    subject = ground.subject(f"user_{uuid.uuid4().hex}", HUMAN, SUMMARY)
    from schemas import steering
    from schemas.applying import tag_of
    from schemas.undoing import Before

    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    item = item_of(rollout, subject)
    orphan = agents().create_block(NewBlock("policies", "What holds.", "Be kind.", 300, True, tags=(tag_of(item),)))
    RolloutItem.objects.filter(pk=item.pk).update(
        tries=1, asked_at="2026-01-01T00:00Z", before=Before(None, added={"policies": None}).as_json()
    )
    while rolling_out.advance(rollout.pk, 0):
        continue
    assert Block.objects.get(subject=subject, label="policies").block_id == orphan.id
    assert [one.id for one in agents().find_blocks("policies", tag_of(item))] == [orphan.id]
    assert Revision.objects.get(block__block_id=orphan.id).source == "template"
