"""Counting: exact numbers before anything is sent, for a filter, a list of ids, or a share that only grows."""

import uuid

import pytest

from schemas import outlook, previewing, steering
from schemas.models import Rollout, RolloutItem, Template
from schemas.planning import Asked
from schemas.selecting import is_picked
from schemas.steering import CannotRollOut, Selection
from subjects.models import Block, Revision, Subject
from subjects.wanted import Wanted
from tests.schemas.rollouts.conftest import HUMAN, SUMMARY, Ground, finish_counting, item_of

pytestmark = pytest.mark.django_db


def many(ground: Ground, number: int, **fields: object) -> list[Subject]:
    """Subjects with `human` and `summary` as our mirror has them; counting asks Letta nothing."""
    made = Subject.objects.bulk_create(
        Subject(subject_id=f"user_{at:05}", agent_id=f"agent-{uuid.uuid4()}", **fields) for at in range(number)
    )
    Block.objects.bulk_create(
        Block(subject=one, block_id=f"block-{uuid.uuid4()}", **schema) for one in made for schema in (HUMAN, SUMMARY)
    )
    return made


def test_numbers_are_exact_for_each_kind(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "PART", 7)
    made = many(ground, 30)
    Block.objects.filter(subject__in=made[:4], label="summary").update(limit=1, value="long")
    Block.objects.filter(subject__in=made[4:6], label="summary").delete()
    Subject.objects.filter(pk=made[29].pk).update(gone_at="2026-01-01T00:00Z")
    rollout = ground.counted(extras=True)
    assert rollout.found == {"missing": [29, 31], "description": [29, 29], "limit": [29, 33]}
    assert (rollout.total, rollout.skipped, rollout.left_out, rollout.looked_at) == (30, 1, {"gone": 1}, 30)
    assert RolloutItem.objects.filter(rollout=rollout).count() == 30
    assert len(rollout.samples) == 10
    assert rollout.requests == 0
    assert not Revision.objects.exists()


def test_samples_show_word_by_word_what_would_happen(ground: Ground) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    [sample] = outlook.samples_of(ground.counted())
    assert sample.subject == ann
    shown = {(change.label, change.notes[0]): change.segments for change in sample.changes}
    assert set(shown) == {
        ("policies", "A new block"),
        ("human", "Description"),
        ("human", "Limit: 200 → 400 characters"),
    }
    words = shown["human", "Description"]
    assert "".join(one.text for one in words if one.kind != "insert") == "About the person."
    assert {one.kind for one in words} == {"equal", "insert", "delete"}


def test_counting_goes_on_where_it_was(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "PART", 5)
    many(ground, 12)
    rollout = steering.count(ground.version(2), Selection(), Asked(), ground.by)
    assert previewing.advance(rollout.pk, seconds=-1)
    while previewing.advance(rollout.pk, seconds=0):
        pass
    rollout.refresh_from_db()
    assert (rollout.total, rollout.found["description"]) == (12, [12, 12])


def test_a_share_is_stable_and_grows() -> None:
    keys = [uuid.uuid4() for _ in range(5_000)]
    shares = {percent: {key for key in keys if is_picked(key, percent)} for percent in (1, 10, 50, 100)}
    assert shares[1] < shares[10] < shares[50] < shares[100] == set(keys)
    assert 400 < len(shares[10]) < 600
    assert shares[10] == {key for key in keys if is_picked(key, 10)}


def test_a_share_of_a_selection(ground: Ground) -> None:
    many(ground, 60)
    tenth = ground.counted(selection=Selection(percent=10))
    half = ground.counted(selection=Selection(percent=50))
    assert 0 < tenth.total < half.total < 60

    def subjects(rollout: Rollout) -> set[object]:
        return set(rollout.items.values_list("subject", flat=True))

    assert subjects(tenth) < subjects(half)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(kind="user"), 3),
        (Wanted(q="USER_0000"), 10),
        (Wanted(label="summary"), 29),
        (Wanted(label="nothing"), 0),
    ],
)
def test_a_filter(ground: Ground, wanted: Wanted, expected: int) -> None:
    made = many(ground, 30)
    Subject.objects.filter(pk__in=[one.pk for one in made[:3]]).update(kind="user")
    Block.objects.filter(subject=made[29], label="summary").delete()
    rollout = ground.counted(selection=Selection(wanted))
    assert rollout.total == expected
    if not expected:
        with pytest.raises(CannotRollOut, match="no subject"):
            steering.begin(rollout, ground.by)


def test_a_list_of_ids_and_those_that_nobody_has(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "PART", 2)
    made = many(ground, 8)
    ids = [made[place].subject_id for place in (1, 3, 5, 7, 1)] + [f"nobody_{at}" for at in range(25)]
    rollout = steering.count(ground.version(2), Selection(ids=ids), Asked(), ground.by)
    made[3].delete()  # between being named and being counted
    rollout = finish_counting(rollout)
    assert rollout.total == 3
    assert (rollout.unknown_count, rollout.unknown_ids) == (25, [f"nobody_{at}" for at in range(20)])


@pytest.mark.parametrize("percent", [0, -1, 101, float("nan")])
def test_a_percentage_out_of_range(ground: Ground, percent: float) -> None:
    with pytest.raises(CannotRollOut) as refused:
        steering.count(ground.version(2), Selection(percent=percent), Asked(), ground.by)
    assert refused.value.field == "percent"


def test_what_cannot_be_rolled_out_is_said_before_anything_is_counted(ground: Ground) -> None:
    draft = ground.template.versions.create()
    with pytest.raises(CannotRollOut, match="a draft"):
        steering.count(draft, Selection(), Asked(), ground.by)
    with pytest.raises(CannotRollOut, match="no subject with any of these ids"):
        steering.count(ground.version(2), Selection(ids=["nobody", "nothing"]), Asked(), ground.by)
    with pytest.raises(CannotRollOut, match="Give the ids"):
        steering.count(ground.version(2), Selection(ids=[]), Asked(), ground.by)
    Template.objects.filter(pk=ground.template.pk).update(archived_at="2026-01-01T00:00Z")
    with pytest.raises(CannotRollOut, match="archived"):
        steering.count(ground.version(2), Selection(), Asked(), ground.by)
    assert not Rollout.objects.exists()


def test_an_archived_template_is_not_begun_either(ground: Ground) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    Template.objects.filter(pk=ground.template.pk).update(archived_at="2026-01-01T00:00Z")
    rollout = Rollout.objects.get(pk=rollout.pk)
    with pytest.raises(CannotRollOut, match="archived"):
        steering.begin(rollout, ground.by)


def test_the_note_of_an_item_says_what_is_left(ground: Ground) -> None:
    [ann] = many(ground, 1)
    Block.objects.filter(subject=ann, label="summary").update(value="x" * 150)
    rollout = ground.counted()
    assert item_of(rollout, ann).note == "summary has 150 characters; the limit is 100. Nothing was cut."
