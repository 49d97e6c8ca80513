"""Letta being slow, down, busy or silent after it did the work: a rollout slows down and loses nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from memory_sdk import connection
from schemas import recording, rolling_out, steering
from schemas.errands import errand_of
from schemas.models import Rollout, RolloutItem
from subjects.models import Edit, Revision
from tests.faulty_proxy import Fault, FaultyProxy, Trouble
from tests.schemas.rollouts.conftest import (
    HUMAN,
    NEW_HUMAN,
    POLICIES,
    SUMMARY,
    Ground,
    as_seen,
    block_of,
    finish,
    item_of,
    standing_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def no_pauses(rollout: Rollout) -> None:
    """The time that Letta is left alone, gone by."""
    Rollout.objects.filter(pk=rollout.pk).update(pause_until=timezone.now())
    RolloutItem.objects.update(not_before=None)


def begun(ground: Ground) -> Rollout:
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    return rollout


@pytest.mark.parametrize("trouble", ["busy_429", "error_500", "refuse", "lose_answer", "silent", "silent_after"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/v1/blocks/"), ("POST", "/v1/blocks/"), ("PATCH", "/attach/"), ("POST", "/recompile")],
)
def test_whatever_is_cut_off_is_done_once(
    proxy: FaultyProxy, ground: Ground, trouble: Trouble, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, human="Likes tea.")
    rollout = begun(ground)
    monkeypatch.setattr(connection, "WRITE_TIMEOUT", 0.5)
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.2)
    proxy.faults = [Fault(method, path, trouble)]
    assert rolling_out.advance(rollout.pk, 0)
    rollout.refresh_from_db()
    assert (rollout.state, rollout.left, rollout.slowness) == (Rollout.State.RUNNING, 1, 1)
    assert standing_of(ann) == 1
    monkeypatch.setattr(connection, "WRITE_TIMEOUT", 10.0)
    no_pauses(rollout)
    rollout = finish(rollout)
    assert (rollout.changed, rollout.failed, rollout.slowness, rollout.trouble) == (1, 0, 0, "")
    assert as_seen(ann) == {
        "human": (NEW_HUMAN["description"], 400, False, "Likes tea."),
        "summary": ("In short.", 100, False, ""),
        "policies": ("What holds.", 300, True, "Be kind."),
    }
    assert standing_of(ann) == 2
    assert not Edit.objects.exists()
    # Exactly once: one revision for each change, and no block of Letta's that belongs to nobody.
    made = Revision.objects.filter(block__subject=ann, source="template").order_by("block__label")
    assert [(one.block.label, one.number, one.editor, one.reason) for one in made] == [
        ("human", 2, ground.by, "Care, version 2"),
        ("policies", 1, ground.by, "Care, version 2"),
    ]
    assert all_blocks() == 3


def all_blocks() -> int:
    from engine.models import Block

    return Block.objects.count()


def test_a_busy_letta_gets_the_time_it_asks_for(proxy: FaultyProxy, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.2)
    proxy.faults = [Fault("PATCH", "/v1/blocks/", "busy_429", retry_after="40")]
    rolling_out.advance(rollout.pk, 0)
    rollout.refresh_from_db()
    assert rollout.trouble == "Letta asks for patience (429)."
    assert rollout.pause_until is not None
    assert timedelta(seconds=35) < rollout.pause_until - timezone.now() <= timedelta(seconds=40)
    asked = len(proxy.seen)
    rolling_out.advance(rollout.pk, 0)
    assert len(proxy.seen) == asked, "it was asked although it needs a pause"


def test_pauses_grow_and_all_lanes_meet_one_trouble_once(
    proxy: FaultyProxy, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.2)
    proxy.faults = [Fault("PATCH", "/v1/blocks/", "error_500", times=3)]
    pauses = []
    for _ in range(3):
        rolling_out.advance(rollout.pk, 0)
        rollout.refresh_from_db()
        assert rollout.pause_until is not None
        pauses.append((rollout.pause_until - timezone.now()).total_seconds())
        no_pauses(rollout)
    assert 0.5 < pauses[0] <= 1 < pauses[1] <= 2 < pauses[2] <= 4
    assert rollout.trouble == "Letta has trouble (500)."
    # Only one lane goes on while it is slow.
    assert not rolling_out.advance(rollout.pk, 1)
    assert finish(rollout).changed == 1


def test_a_refusal_is_one_subjects_failure_and_can_be_tried_again(proxy: FaultyProxy, ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    bea = ground.subject("user_bea", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    proxy.faults = [Fault("PATCH", "/v1/blocks/", "refused_422")]
    rollout = finish(rollout)
    assert (rollout.state, rollout.changed, rollout.failed) == (Rollout.State.DONE, 1, 1)
    failed = RolloutItem.objects.get(rollout=rollout, state="failed")
    assert "422" in failed.note
    assert {standing_of(ann), standing_of(bea)} == {1, 2}
    assert steering.retry_failed(rollout, ground.by) == 1
    rollout = finish(rollout)
    assert (rollout.state, rollout.changed, rollout.failed) == (Rollout.State.DONE, 2, 0)
    assert (standing_of(ann), standing_of(bea)) == (2, 2)


def test_a_refused_key_is_waited_for(proxy: FaultyProxy, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.2)
    proxy.faults = [Fault("PATCH", "/v1/blocks/", "unauthorized_401")]
    rolling_out.advance(rollout.pk, 0)
    rollout.refresh_from_db()
    assert (rollout.failed, rollout.left) == (0, 1)
    assert "API key" in rollout.trouble
    no_pauses(rollout)
    assert finish(rollout).changed == 1


def test_what_a_killed_worker_had_in_hand_is_its_lanes(proxy: FaultyProxy, ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    RolloutItem.objects.filter(rollout=rollout).update(state=RolloutItem.State.WORKING, lane=2, tries=1)
    assert (rollout.pk, 2) in rolling_out.due()
    while rolling_out.advance(rollout.pk, 2):
        pass
    assert item_of(rollout, ann).state == RolloutItem.State.CHANGED
    assert standing_of(ann) == 2


def test_an_edit_of_a_person_that_got_no_answer_is_recognised_first(proxy: FaultyProxy, ground: Ground) -> None:
    from memory_sdk import Unavailable
    from subjects.editing import Correction, edit_block

    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES, human="Likes tea.")
    rollout = begun(ground)
    proxy.faults = [Fault("PATCH", "/v1/blocks/", "lose_answer")]
    human = block_of(ann, "human")
    with pytest.raises(Unavailable):
        edit_block(human, Correction("Likes coffee.", "About the person.", 200), base=1, reason="told me", by=ground.by)
    assert finish(rollout).changed == 1
    assert list(human.revisions.order_by("number").values_list("source", "value", "reason")) == [
        ("created", "Likes tea.", ""),
        ("edit", "Likes coffee.", "told me"),
        ("template", "Likes coffee.", "Care, version 2"),
    ]


def test_who_was_overtaken_while_cut_off_writes_nothing_down(proxy: FaultyProxy, ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY, POLICIES)
    rollout = begun(ground)
    [cut_off] = rolling_out._claim(rollout.pk, 0, 10)  # this worker's connection breaks, and with it its lane's lock
    rollout = finish(rollout)
    assert (rollout.state, rollout.changed) == (Rollout.State.DONE, 1)
    asked, revisions = len(proxy.seen), Revision.objects.count()
    with pytest.raises(recording.Overtaken):
        recording.record_later(cut_off, 3)
    with pytest.raises(recording.Overtaken):
        recording.record_failure(cut_off, "", 3)
    with pytest.raises(recording.Overtaken):
        recording.record_done(cut_off, ann, recording.Done(RolloutItem.State.SAME, ""), 3)
    assert rolling_out._one(cut_off, errand_of(rollout), slow=False)
    assert item_of(rollout, ann).state == RolloutItem.State.CHANGED
    after = Rollout.objects.get(pk=rollout.pk)
    assert (after.changed, after.same, after.failed, after.requests) == (1, 0, 0, rollout.requests)
    assert (len(proxy.seen), Revision.objects.count()) == (asked, revisions)
