"""The way back: everything a rollout did is undone, and what people or agents did since is not."""

import pytest

from memory_sdk import NewBlock
from schemas import steering
from schemas.models import Rollout, Standing
from schemas.steering import CannotRollOut
from subjects.editing import Correction, edit_block
from subjects.letta import agents
from subjects.models import Revision
from tests.schemas.rollouts.conftest import (
    HUMAN,
    SUMMARY,
    Ground,
    MakeGround,
    as_seen,
    block_of,
    finish_counting,
    item_of,
    standing_of,
)

pytestmark = pytest.mark.django_db

EXTRA = {"label": "notes", "description": "Of the team.", "limit": 500}


def test_everybody_is_where_they_were(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, EXTRA, human="Likes tea.", notes="Call before noon.")
    bea = ground.subject("user_bea", HUMAN, SUMMARY, on=None)
    before = [as_seen(ann), as_seen(bea)]
    rollout = ground.rolled_out(extras=True)
    assert as_seen(ann) != before[0]
    assert "notes" not in as_seen(ann)
    back = ground.rolled_back(rollout)
    assert [as_seen(ann), as_seen(bea)] == before
    assert (back.changed, back.failed, back.skipped) == (2, 0, 0)
    assert standing_of(ann) == 1
    assert not Standing.objects.filter(subject=bea).exists()
    last = block_of(ann, "human").revisions.order_by("-number")[0]
    assert (last.source, last.reason, last.editor) == ("template", "Back from Care, version 2", ground.by)
    assert block_of(ann, "notes").value == "Call before noon."


def test_it_is_counted_first_and_sends_nothing(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY, EXTRA)
    rollout = ground.rolled_out(extras=True)
    back = finish_counting(steering.roll_back(rollout, ground.by))
    assert back.found == {"description": [1, 1], "limit": [1, 1], "extra": [1, 1], "missing": [1, 1]}
    assert (back.requests, back.total) == (0, 1)
    assert steering.roll_back(rollout, ground.by) == back, "one way back at a time"


def test_a_block_that_was_added_and_written_to_stays(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.rolled_out()
    policies = block_of(ann, "policies")
    edit_block(policies, Correction("Be very kind.", "What holds.", 300), base=1, reason="better", by=ground.by)
    back = ground.rolled_back(rollout)
    assert as_seen(ann)["policies"][3] == "Be very kind."
    assert as_seen(ann)["human"][0] == "About the person."
    assert "written to since" in item_of(back, ann).note


def test_what_the_agent_wrote_into_an_added_block_is_seen_before_it_is_taken_off(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.rolled_out()
    block_id = block_of(ann, "policies").block_id
    assert block_id is not None
    agents().update_block(block_id, value="Be kind, and quick.")  # our mirror does not know
    ground.rolled_back(rollout)
    assert as_seen(ann)["policies"][3] == "Be kind, and quick."
    assert block_of(ann, "policies").value == "Be kind, and quick."


def test_a_description_that_somebody_changed_since_stays(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.rolled_out()
    edit_block(block_of(ann, "human"), Correction("", "Better words.", 400), base=2, reason="", by=ground.by)
    back = ground.rolled_back(rollout)
    assert as_seen(ann)["human"][:2] == ("Better words.", 200)
    assert "The description of human was changed since" in item_of(back, ann).note


def test_values_come_back_unless_they_were_written_to(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN | {"value": "New here."}], [HUMAN | {"value": "Just joined."}])
    ann = ground.subject("user_ann", HUMAN, human="New here.")
    bea = ground.subject("user_bea", HUMAN, human="New here.")
    rollout = ground.rolled_out(values=Rollout.Values.ALWAYS)
    assert [as_seen(one)["human"][3] for one in (ann, bea)] == ["Just joined."] * 2
    edit_block(block_of(bea, "human"), Correction("Is Bea.", "About the person.", 200), base=2, reason="", by=ground.by)
    ground.rolled_back(rollout)
    assert [as_seen(one)["human"][3] for one in (ann, bea)] == ["New here.", "Is Bea."]


def test_who_went_on_to_another_version_is_left_there(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN], [HUMAN | {"limit": 300}])
    ann = ground.subject("user_ann", HUMAN)
    rollout = ground.rolled_out()
    other = make_ground([HUMAN | {"limit": 900}], [HUMAN], name="Other")
    other.rolled_out(1)
    back = ground.counted_back(rollout)
    assert back.left_out == {"moved_on": 1}
    assert as_seen(ann)["human"][1] == 900


def test_only_a_rollout_that_is_over_and_did_something_has_a_way_back(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    with pytest.raises(CannotRollOut, match="not over yet"):
        steering.roll_back(rollout, ground.by)
    rollout = ground.rolled_out()
    again = ground.rolled_out()
    with pytest.raises(CannotRollOut, match="changed nobody"):
        steering.roll_back(again, ground.by)
    back = ground.rolled_back(rollout)
    with pytest.raises(CannotRollOut, match="way back itself"):
        steering.roll_back(back, ground.by)


def test_a_block_whose_label_is_taken_by_now_is_not_given_back(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN, SUMMARY], [HUMAN])
    ann = ground.subject("user_ann", HUMAN, SUMMARY, summary="A tea person.")
    rollout = ground.rolled_out(extras=True)
    from subjects.editing import add_block

    add_block(ann, NewBlock("summary", "Anew.", "Coffee by now."), reason="", by=ground.by)
    back = ground.rolled_back(rollout)
    assert as_seen(ann)["summary"][3] == "Coffee by now."
    assert "another block called summary" in item_of(back, ann).note
    assert Revision.objects.filter(block__subject=ann, value="A tea person.").exists()
