"""A version on its way to subjects: what changes, what never does, and what is written down about it."""

import pytest
from django.conf import LazySettings

from schemas import rolling_out, steering
from schemas.models import Rollout, RolloutItem
from subjects.letta import agents
from subjects.models import Edit, Revision, Run, Subject
from tests.schemas.rollouts.conftest import (
    HUMAN,
    NEW_HUMAN,
    POLICIES,
    SUMMARY,
    Ground,
    MakeGround,
    as_seen,
    block_of,
    finish,
    item_of,
    standing_of,
)

pytestmark = pytest.mark.django_db


def test_everybody_is_brought_to_the_version(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, human="Likes tea.")
    bea = ground.subject("user_bea", HUMAN, SUMMARY, human="Likes rice.")
    rollout = ground.rolled_out()
    assert (rollout.state, rollout.changed, rollout.failed, rollout.left) == (Rollout.State.DONE, 2, 0, 0)
    for subject, value in ((ann, "Likes tea."), (bea, "Likes rice.")):
        assert as_seen(subject) == {
            "human": (NEW_HUMAN["description"], 400, False, value),
            "summary": ("In short.", 100, False, ""),
            "policies": ("What holds.", 300, True, "Be kind."),
        }
        assert standing_of(subject) == 2
        assert block_of(subject, "human").value == value
    assert not Edit.objects.exists()


def test_every_changed_block_has_a_revision_that_names_the_version_and_the_person(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, human="Likes tea.")
    ground.rolled_out()
    revisions = Revision.objects.filter(block__subject=ann, source=Revision.Source.TEMPLATE).order_by("block__label")
    assert [(one.block.label, one.number, one.reason, one.editor) for one in revisions] == [
        ("human", 2, "Care, version 2", ground.by),
        ("policies", 1, "Care, version 2", ground.by),
    ]
    assert revisions[0].value == "Likes tea."
    assert (revisions[0].description, revisions[0].limit) == (NEW_HUMAN["description"], 400)
    assert not Revision.objects.filter(source=Revision.Source.OUTSIDE).exists()


def test_a_block_that_only_becomes_read_only_has_its_revision_too(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN], [HUMAN | {"read_only": True}])
    ann = ground.subject("user_ann", HUMAN, human="Likes tea.")
    ground.rolled_out()
    assert as_seen(ann)["human"][2] is True
    newest = block_of(ann, "human").revisions.order_by("-number")[0]
    assert (newest.number, newest.source, newest.value) == (2, "template", "Likes tea.")
    ground.rolled_out()
    assert block_of(ann, "human").revisions.count() == 2


def test_a_second_time_changes_nothing_and_asks_letta_nothing(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    ground.rolled_out()
    before = list(Revision.objects.values_list("pk", flat=True))
    again = ground.rolled_out()
    assert (again.changed, again.same, again.requests) == (0, 1, 0)
    assert list(Revision.objects.values_list("pk", flat=True)) == before
    assert item_of(again, ann).before is None


FIVE = [HUMAN | {"label": label} for label in ("human", "goals", "team", "style", "devices")]


@pytest.mark.parametrize(("transport", "each"), [("engine.transport.EngineTransport", 1), ("", 5)])
def test_descriptions_and_limits_cost_the_engine_one_request_and_another_letta_one_for_each_block(
    make_ground: MakeGround, settings: LazySettings, transport: str, each: int
) -> None:
    ground = make_ground(FIVE, [one | {"description": "New.", "limit": 900} for one in FIVE])
    ann, bea = (ground.subject(name, *FIVE, human="Likes tea.") for name in ("user_ann", "user_bea"))
    settings.LETTA_TRANSPORT = transport
    rollout = ground.rolled_out()
    assert (rollout.changed, rollout.failed, rollout.requests) == (2, 0, 2 * each)
    for subject in (ann, bea):
        seen = as_seen(subject)
        assert seen.pop("human") == ("New.", 900, False, "Likes tea.")
        assert set(seen.values()) == {("New.", 900, False, "")}
        assert block_of(subject, "devices").revisions.count() == 2


def test_a_block_that_is_gone_stops_the_others_of_its_subject_from_nothing(make_ground: MakeGround) -> None:
    ground = make_ground(FIVE, [one | {"limit": 900} for one in FIVE])
    ann = ground.subject("user_ann", *FIVE)
    gone = block_of(ann, "team").block_id
    assert gone is not None
    rollout = ground.counted()
    agents().delete_block(gone)
    steering.begin(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.changed, rollout.failed) == (1, 0)
    assert {limit for _, limit, _, _ in as_seen(ann).values()} == {900}
    assert set(as_seen(ann)) == {one["label"] for one in FIVE}


def test_only_what_was_asked_for_is_done(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    before = as_seen(ann)
    rollout = ground.rolled_out(missing=False, described=False)
    assert as_seen(ann) == before
    assert (rollout.requests, rollout.same, standing_of(ann)) == (0, 1, 2)
    ground.rolled_out(missing=False)
    assert set(as_seen(ann)) == {"human", "summary"}
    assert as_seen(ann)["human"][0] == NEW_HUMAN["description"]


def test_extra_blocks_are_left_unless_asked_for(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN, SUMMARY], [HUMAN])
    ann = ground.subject("user_ann", HUMAN, SUMMARY, summary="A tea person.")
    rollout = ground.rolled_out()
    assert set(as_seen(ann)) == {"human", "summary"}
    assert rollout.found == {"extra": [1, 1]}
    summary = block_of(ann, "summary")
    ground.rolled_out(extras=True)
    assert set(as_seen(ann)) == {"human"}
    summary.refresh_from_db()
    assert summary.removed_at is not None
    gone = summary.revisions.order_by("-number")[0]
    assert (gone.source, gone.reason, gone.editor) == ("removed", "Care, version 2", ground.by)
    assert summary.block_id is not None
    with pytest.raises(Exception, match="no such thing"):
        agents().get_block(summary.block_id)


def test_a_value_over_the_new_limit_is_told_and_not_cut(make_ground: MakeGround) -> None:
    ground = make_ground([HUMAN], [HUMAN | {"limit": 5}])
    ann = ground.subject("user_ann", HUMAN, human="Likes tea.")
    rollout = ground.rolled_out()
    assert as_seen(ann)["human"] == ("About the person.", 5, False, "Likes tea.")
    item = item_of(rollout, ann)
    assert item.note == "human has 10 characters; the limit is 5. Nothing was cut."
    assert item.kinds == ["limit", "over_limit"]


def test_an_edit_that_nobody_saw_yet_is_kept_and_stays_the_others(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES, human="Likes tea.")
    human = block_of(ann, "human")
    assert human.block_id is not None
    agents().update_block(human.block_id, value="Likes coffee by now.")
    ground.rolled_out()
    assert as_seen(ann)["human"] == (NEW_HUMAN["description"], 400, False, "Likes coffee by now.")
    sources = list(human.revisions.order_by("number").values_list("source", "value", "limit"))
    assert sources == [
        ("created", "Likes tea.", 200),
        ("outside", "Likes coffee by now.", 200),
        ("template", "Likes coffee by now.", 400),
    ]


def test_whoever_is_learning_is_waited_for(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    run = Run.objects.create(subject=ann, position=0, idempotency_key="k", source="typed", state=Run.State.LEARNING)
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.3)
    assert rolling_out.advance(rollout.pk, 0)
    rollout.refresh_from_db()
    assert (rollout.changed, rollout.requests, rollout.failed) == (0, 0, 0)
    assert as_seen(ann)["human"][0] == "About the person."
    Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED)
    RolloutItem.objects.update(not_before=None)
    assert finish(rollout).changed == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"frozen_at": "2026-01-01T00:00Z", "frozen_for": "restriction"}, "frozen"),
        ({"frozen_at": "2026-01-01T00:00Z", "frozen_for": "erasure"}, "erasing"),
        ({"gone_at": "2026-01-01T00:00Z"}, "gone"),
        ({"agent_id": None}, "no_agent"),
    ],
)
@pytest.mark.parametrize("when", ["before counting", "after counting"])
def test_who_may_not_be_changed_is_left_out_and_told(
    ground: Ground, fields: dict[str, object], reason: str, when: str
) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    ground.subject("user_bea", HUMAN, SUMMARY)
    if when == "before counting":
        Subject.objects.filter(pk=ann.pk).update(**fields)
    rollout = ground.counted()
    Subject.objects.filter(pk=ann.pk).update(**fields)
    assert rollout.left_out == ({reason: 1} if when == "before counting" else {})
    steering.begin(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.changed, rollout.skipped, rollout.failed) == (1, 1, 0)
    assert standing_of(ann) == 1
    assert RolloutItem.Reason(reason).label in item_of(rollout, ann).note


def test_a_block_that_other_subjects_have_too_is_not_changed_for_one(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    bea = ground.subject("user_bea", HUMAN, SUMMARY, POLICIES)
    type(block_of(ann, "human")).objects.filter(subject=bea, label="human").update(block_id=block_of(ann, "human").block_id)
    rollout = ground.rolled_out()
    assert as_seen(ann)["human"][0] == "About the person."
    assert "shared with other subjects" in item_of(rollout, ann).note


def test_a_block_that_is_gone_from_letta_is_found_out_and_made_anew(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    human = block_of(ann, "human")
    assert human.block_id is not None
    agents().delete_block(human.block_id)
    rollout = ground.rolled_out()
    assert (rollout.changed, rollout.failed) == (1, 0)
    assert as_seen(ann)["human"] == (NEW_HUMAN["description"], 400, False, "")


def test_an_agent_that_is_gone_is_noted(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    assert ann.agent_id is not None
    agents().delete_agent(ann.agent_id)
    rollout = ground.rolled_out()
    ann.refresh_from_db()
    assert ann.gone_at is not None
    assert (rollout.skipped, standing_of(ann)) == (1, 1)


def test_a_subject_that_is_erased_meanwhile_takes_its_item_along(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    bea = ground.subject("user_bea", HUMAN, SUMMARY)
    rollout = ground.counted()
    bea.delete()
    steering.begin(rollout, ground.by)
    rollout = finish(rollout)
    assert (rollout.state, rollout.total, rollout.changed, rollout.left) == (Rollout.State.DONE, 1, 1, 0)
