"""Values: never touched unless asked for, then never over something nobody saw."""

import pytest

from schemas import steering
from schemas.models import Rollout, RolloutItem
from subjects.editing import Correction, edit_block
from subjects.letta import agents
from tests.schemas.rollouts.conftest import HUMAN, Ground, MakeGround, as_seen, block_of, finish, item_of, standing_of

pytestmark = pytest.mark.django_db

UNTOUCHED, ALWAYS = Rollout.Values.UNTOUCHED, Rollout.Values.ALWAYS


@pytest.fixture
def ground(make_ground: MakeGround) -> Ground:
    return make_ground([HUMAN | {"value": "New here."}], [HUMAN | {"value": "I am {{ display_name }}."}])


def value_of(ground: Ground, place: int) -> str:
    return as_seen(ground.subjects[place])["human"][3]


def test_a_starting_value_that_nobody_wrote_to_is_replaced(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, human="New here.")
    bea = ground.subject("user_bea", HUMAN, human="New here.")
    edit_block(block_of(bea, "human"), Correction("Likes rice.", "About the person.", 200), base=1, reason="", by=ground.by)
    rollout = ground.rolled_out(values=UNTOUCHED)
    assert rollout.found == {"value": [1, 1]}
    assert (value_of(ground, 0), value_of(ground, 1)) == ("I am Ann.", "Likes rice.")
    assert ground.rolled_out(values=UNTOUCHED).requests == 0


def test_a_value_that_changed_and_came_back_was_touched(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, human="New here.")
    for base, value in enumerate(("Other.", "New here."), start=1):
        edit_block(block_of(ann, "human"), Correction(value, "About the person.", 200), base=base, reason="", by=ground.by)
    ground.rolled_out(values=UNTOUCHED)
    assert value_of(ground, 0) == "New here."


def test_what_another_program_wrote_meanwhile_is_not_an_untouched_value(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, human="New here.")
    block_id = block_of(ann, "human").block_id
    assert block_id is not None
    agents().update_block(block_id, value="Learned outside.")
    rollout = ground.rolled_out(values=UNTOUCHED)
    assert value_of(ground, 0) == "Learned outside."
    assert (rollout.failed, standing_of(ann)) == (0, 2)


def test_always_means_what_was_counted_and_nothing_later(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, human="Likes tea.")
    bea = ground.subject("user_bea", HUMAN, human="Likes rice.")
    rollout = ground.counted(values=ALWAYS)
    edit_block(block_of(bea, "human"), Correction("Likes soup.", "About the person.", 200), base=1, reason="", by=ground.by)
    steering.begin(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.changed, rollout.failed) == (1, 1)
    assert (value_of(ground, 0), value_of(ground, 1)) == ("I am Ann.", "Likes soup.")
    item = item_of(rollout, bea)
    assert item.state == RolloutItem.State.FAILED
    assert "changed after it was counted" in item.note
    assert (standing_of(ann), standing_of(bea)) == (2, 1)
    steering.retry_failed(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.changed, rollout.failed, value_of(ground, 1)) == (2, 0, "I am Bea.")
    assert list(block_of(bea, "human").revisions.order_by("number").values_list("value", "source")) == [
        ("Likes rice.", "created"),
        ("Likes soup.", "edit"),
        ("I am Bea.", "template"),
    ]


def test_a_change_in_letta_that_our_mirror_has_not_seen_is_not_overwritten_unseen(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, human="Likes tea.")
    rollout = ground.counted(values=ALWAYS)
    block_id = block_of(ann, "human").block_id
    assert block_id is not None
    agents().update_block(block_id, value="Learned outside.")
    steering.begin(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.failed, value_of(ground, 0)) == (1, "Learned outside.")
    assert block_of(ann, "human").value == "Learned outside."
