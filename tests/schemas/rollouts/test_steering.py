"""Beginning, pausing, going on, cancelling; one rollout at a time for a subject; the rate that was asked for."""

import time

import pytest
from django.utils import timezone

from audit.models import Entry
from schemas import pacing, rolling_out, steering
from schemas.models import Rollout, RolloutItem
from schemas.steering import CannotRollOut, Selection
from tests.schemas.rollouts.conftest import HUMAN, SUMMARY, Ground, MakeGround, as_seen, finish, standing_of

pytestmark = pytest.mark.django_db


def test_a_subject_is_in_one_rollout_at_a_time(ground: Ground, make_ground: MakeGround) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    ground.subject("user_bea", HUMAN, SUMMARY)
    other = make_ground([HUMAN], [HUMAN], name="Other")
    first, second = ground.counted(), other.counted(selection=Selection(ids=["user_ann"]))
    steering.begin(first, ground.by)
    with pytest.raises(CannotRollOut, match="1 of these subjects are in another rollout"):
        steering.begin(second, ground.by)
    assert steering.pause(first, ground.by)
    with pytest.raises(CannotRollOut, match="another rollout"):
        steering.begin(second, ground.by)
    assert steering.cancel(first, ground.by)
    steering.begin(second, ground.by)
    assert finish(second).same + finish(second).changed == 1


def test_a_rollout_begins_once(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    with pytest.raises(CannotRollOut, match="begun before"):
        steering.begin(rollout, ground.by)


def test_pause_stops_and_going_on_finishes(ground: Ground) -> None:
    subjects = [ground.subject(f"user_{at}", HUMAN, SUMMARY) for at in range(3)]
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    assert steering.pause(rollout, ground.by)
    assert not steering.pause(rollout, ground.by)
    assert not rolling_out.advance(rollout.pk, 0)
    assert {standing_of(one) for one in subjects} == {1}
    assert steering.resume(rollout, ground.by)
    assert finish(rollout).changed == 3


def test_cancelling_leaves_the_rest_as_it_is(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = [ground.subject(f"user_{at}", HUMAN, SUMMARY) for at in range(3)]
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    items = list(RolloutItem.objects.filter(rollout=rollout))
    RolloutItem.objects.filter(pk__in=[one.pk for one in items[1:]]).update(not_before="2100-01-01T00:00Z")
    monkeypatch.setattr(rolling_out, "TURN_SECONDS", 0.3)
    assert rolling_out.advance(rollout.pk, 0)
    assert steering.cancel(rollout, ground.by)
    assert not rolling_out.advance(rollout.pk, 0)
    rollout.refresh_from_db()
    assert (rollout.state, rollout.changed, rollout.left) == (Rollout.State.CANCELLED, 1, 2)
    assert sorted(str(standing_of(one)) for one in subjects) == ["1", "1", "2"]
    assert not steering.resume(rollout, ground.by)
    back = ground.rolled_back(rollout)
    assert back.total == 1
    assert {standing_of(one) for one in subjects} == {1}


def test_what_was_counted_can_be_put_away(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    assert steering.discard(rollout)
    with pytest.raises(CannotRollOut):
        steering.begin(rollout, ground.by)
    assert as_seen(ann)["human"][0] == "About the person."


@pytest.mark.parametrize("rate", [0, -3, 1_001])
def test_a_rate_out_of_range(ground: Ground, rate: int) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    with pytest.raises(CannotRollOut) as refused:
        steering.begin(rollout, ground.by, rate)
    assert refused.value.field == "rate"
    with pytest.raises(CannotRollOut):
        steering.set_rate(rollout, rate)


def test_the_rate_holds_over_all_lanes_and_can_be_changed_on_the_way(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    steering.begin(rollout, ground.by, 1)
    waits = [pacing.turn(rollout.pk) for _ in range(61)]
    assert waits[0] == 0
    assert 30 < waits[60] <= 60
    steering.set_rate(rollout, None)
    assert not pacing.gate(rollout.pk).rated
    assert pacing.turn(rollout.pk) == 0
    steering.set_rate(rollout, 2)
    assert pacing.gate(rollout.pk).rated
    assert [pacing.turn(rollout.pk) for _ in range(21)][20] <= 10


def test_a_slow_rollout_takes_its_time(ground: Ground) -> None:
    for at in range(4):
        ground.subject(f"user_{at}", HUMAN, SUMMARY)
    rollout = ground.counted()
    steering.begin(rollout, ground.by, 4)
    began = time.monotonic()
    assert finish(rollout).changed == 4
    assert time.monotonic() - began > 0.7


def test_the_pace_and_the_time_that_is_left(ground: Ground) -> None:
    from schemas.outlook import time_left

    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    ten_ago = timezone.now() - pacing.PACE_OVER * 2
    Rollout.objects.filter(pk=rollout.pk).update(total=120, changed=20, pace_at=ten_ago)
    rollout.refresh_from_db()
    assert time_left(rollout) is None
    pacing.note_pace(rollout)
    rollout.refresh_from_db()
    assert rollout.pace == pytest.approx(2, abs=0.1)
    assert time_left(rollout) == pytest.approx(50, abs=3)


def test_every_step_stands_in_the_audit_log_with_who_took_it(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    before = Entry.objects.count()
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    steering.pause(rollout, ground.by)
    steering.resume(rollout, ground.by)
    ground.rolled_back(finish(rollout))
    entries = list(Entry.objects.order_by("pk")[before:])
    assert [(one.action, one.subject) for one in entries] == [
        ("started-rollout", None),
        ("paused-rollout", None),
        ("resumed-rollout", None),
        ("rolled-out", ann.pk),
        ("undid-rollout", None),
        ("rolled-back", ann.pk),
    ]
    assert {one.actor for one in entries} == {ground.by.pk}


def test_lanes_are_woken_where_nobody_works(ground: Ground, make_ground: MakeGround) -> None:
    from memory_ui.locks import exclusively

    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    assert rolling_out.due() == []
    steering.begin(rollout, ground.by)
    assert rolling_out.due() == [(rollout.pk, lane) for lane in range(rolling_out.LANES)]
    Rollout.objects.filter(pk=rollout.pk).update(slowness=2)
    assert rolling_out.due() == [(rollout.pk, 0)]
    with exclusively(rolling_out.lock_of(rollout.pk, 0)):
        assert rolling_out.due() == []
    steering.cancel(rollout, ground.by)
    assert rolling_out.due() == []


def test_an_old_rollout_that_never_began_is_forgotten(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    old, new, done = ground.counted(), ground.counted(), ground.rolled_out()
    old_enough = timezone.now() - steering.KEPT_UNBEGUN * 2
    Rollout.objects.filter(pk__in=[old.pk, done.pk]).update(created_at=old_enough)
    steering.forget_unbegun()
    assert set(Rollout.objects.values_list("pk", flat=True)) == {new.pk, done.pk}
