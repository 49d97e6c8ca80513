"""kill -9 of the worker in the middle of a rollout, again and again: everybody is right in the end, exactly once."""

import pytest

from engine.models import Block
from schemas import steering
from schemas.models import Rollout, RolloutItem, Standing
from subjects.models import Edit, Revision, Subject
from tests.conftest import Worker, wait_until
from tests.schemas.rollouts.conftest import HUMAN, NEW_HUMAN, SUMMARY, Ground, as_seen

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

SUBJECTS = 40
KILLS = 2
RATE = 20  # subjects a second: slow enough to be killed in the middle


@pytest.fixture
def rollout(ground: Ground) -> Rollout:
    """Counted before there is a worker, which would create the agents, too."""
    for place in range(SUBJECTS):
        ground.subject(f"user_{place:03}", HUMAN, SUMMARY, human=f"Is number {place}.")
    Subject.objects.update(wake_at=None)
    return ground.counted()


def changed() -> int:
    return RolloutItem.objects.filter(state="changed").count()


def test_everybody_is_right_exactly_once(ground: Ground, rollout: Rollout, worker: Worker) -> None:
    steering.begin(rollout, ground.by, RATE)
    for kill in range(1, KILLS + 1):
        enough = kill * SUBJECTS // (KILLS + 2)
        wait_until(lambda enough=enough: changed() >= enough, 30)  # type: ignore[misc]
        worker.kill()
        assert changed() < SUBJECTS
        worker.restart()
    wait_until(lambda: Rollout.objects.get(pk=rollout.pk).state == Rollout.State.DONE, 60)
    rollout.refresh_from_db()
    assert (rollout.changed, rollout.same, rollout.failed, rollout.total) == (SUBJECTS, 0, 0, SUBJECTS)
    for place, subject in enumerate(ground.subjects):
        assert as_seen(subject) == {
            "human": (NEW_HUMAN["description"], 400, False, f"Is number {place}."),
            "summary": ("In short.", 100, False, ""),
            "policies": ("What holds.", 300, True, "Be kind."),
        }
    assert Block.objects.count() == 3 * SUBJECTS, "a block that belongs to nobody was left behind"
    assert Revision.objects.filter(source="template").count() == 2 * SUBJECTS
    assert not Revision.objects.filter(source="outside").exists()
    assert set(Standing.objects.values_list("version__number", flat=True)) == {2}
    assert not Edit.objects.exists()
