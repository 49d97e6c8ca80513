"""Subjects on the engine, and rollouts taken from counting to their end in the test's own thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.models import User
from memory_sdk import NewBlock
from schemas import previewing, rolling_out, steering
from schemas.models import Rollout, RolloutItem, Standing, Template, Version
from schemas.planning import Asked
from schemas.steering import Selection
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Subject
from subjects.setup import set_up
from tests.schemas.conftest import MakeTemplate

HUMAN: dict[str, Any] = {"label": "human", "description": "About the person.", "limit": 200}
SUMMARY: dict[str, Any] = {"label": "summary", "description": "In short.", "limit": 100}
POLICIES: dict[str, Any] = {
    "label": "policies",
    "description": "What holds.",
    "limit": 300,
    "value": "Be kind.",
    "read_only": True,
}


def as_seen(subject: Subject) -> dict[str, tuple[str, int, bool, str]]:
    """What Letta has now: label → description, limit, read-only, value."""
    assert subject.agent_id is not None
    blocks = agents().list_blocks(subject.agent_id)
    assert len({block.label for block in blocks}) == len(blocks)
    return {block.label: (block.description, block.limit, block.read_only, block.value) for block in blocks}


@dataclass
class Ground:
    """A template of two versions and the people who work with it."""

    template: Template
    by: User
    subjects: list[Subject] = field(default_factory=list)

    def version(self, number: int) -> Version:
        return Version.objects.select_related("template").get(template=self.template, number=number)

    def subject(self, name: str, *schemas: dict[str, Any], on: int | None = 1, **values: str) -> Subject:
        """A subject in Letta with these blocks; `on`: the version it stands on; `values`: what its blocks say."""
        subject = create_subject(
            name,
            Subject.Kind.SUBJECT,
            [
                NewBlock(**{"value": values.get(one["label"], one.get("value", "")), **_without_value(one)})
                for one in schemas
            ],
        )
        set_up(subject)
        if on is not None:
            Standing.objects.create(subject=subject, version=self.version(on))
        self.subjects.append(subject)
        return subject

    def counted(self, number: int = 2, selection: Selection | None = None, **asked: Any) -> Rollout:
        rollout = steering.count(self.version(number), selection or Selection(), Asked(**asked), self.by)
        return finish_counting(rollout)

    def rolled_out(self, number: int = 2, selection: Selection | None = None, **asked: Any) -> Rollout:
        rollout = self.counted(number, selection, **asked)
        steering.begin(rollout, self.by)
        return finish(rollout)

    def counted_back(self, rollout: Rollout) -> Rollout:
        """As far as there is anybody to bring back."""
        return finish_counting(steering.roll_back(rollout, self.by))

    def rolled_back(self, rollout: Rollout) -> Rollout:
        back = finish_counting(steering.roll_back(rollout, self.by))
        steering.begin(back, self.by)
        return finish(back)


def _without_value(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "value"}


def finish_counting(rollout: Rollout) -> Rollout:
    while previewing.advance(rollout.pk):
        pass
    rollout.refresh_from_db()
    assert rollout.state == Rollout.State.READY
    return rollout


def finish(rollout: Rollout) -> Rollout:
    while rolling_out.advance(rollout.pk, 0):
        pass
    rollout.refresh_from_db()
    return rollout


def item_of(rollout: Rollout, subject: Subject) -> RolloutItem:
    return RolloutItem.objects.get(rollout=rollout, subject=subject)


def standing_of(subject: Subject) -> int | None:
    return Standing.objects.filter(subject=subject).values_list("version__number", flat=True).first()


def block_of(subject: Subject, label: str) -> Block:
    return Block.objects.get(subject=subject, label=label, removed_at=None)


MakeGround = Callable[..., Ground]


@pytest.fixture
def make_ground(make_template: MakeTemplate, adam: User) -> MakeGround:
    """`make_ground(first, second)`: a template with these two versions."""

    def make(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]], name: str = "Care") -> Ground:
        return Ground(make_template(name, first, second), adam)

    return make


@pytest.fixture(autouse=True)
def _short_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling_out, "LONGEST_NAP", 0.02)


NEW_HUMAN = HUMAN | {"description": "What is known of the person, newest last.", "limit": 400}


@pytest.fixture
def ground(make_ground: MakeGround) -> Ground:
    """Version 2 describes `human` anew, with a higher limit, and brings `policies`."""
    return make_ground([HUMAN, SUMMARY], [NEW_HUMAN, SUMMARY, POLICIES])
