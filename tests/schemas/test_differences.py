"""What separates a subject's blocks from a version: each kind alone, and none too many."""

import pytest

from schemas.differences import WORDS, Difference, Has, Kind, Wants, differences

HUMAN = Wants("human", "About the person.", 100, read_only=False)
MINE = Has("human", "About the person.", 100, read_only=False, characters=40, block_id="block-1", value="x" * 40)
POLICIES = Wants("policies", "What holds for all.", 500, read_only=True, shared_id="block-shared")


def has(**other: object) -> Has:
    return Has(**{name: getattr(MINE, name) for name in Has.__slots__} | other)


def test_the_same_is_no_difference() -> None:
    assert differences([MINE], [HUMAN]) == []
    assert differences([], []) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"description": "Old."}, Difference(Kind.DESCRIPTION, "human", "Old.", "About the person.")),
        ({"limit": 60}, Difference(Kind.LIMIT, "human", 60, 100)),
        ({"read_only": True}, Difference(Kind.READ_ONLY, "human", True, False)),
        ({"characters": 101}, Difference(Kind.OVER_LIMIT, "human", 101, 100)),
    ],
)
def test_each_kind_alone(other: dict[str, object], expected: Difference) -> None:
    assert differences([has(**other)], [HUMAN]) == [expected]


def test_a_value_as_long_as_the_limit_is_not_over_it() -> None:
    assert differences([has(characters=100)], [HUMAN]) == []


def test_missing_stand_in_the_order_of_the_version_and_extra_ones_last() -> None:
    wants = [Wants(label, "", 10, read_only=False) for label in ("c", "human", "a")]
    found = differences([has(description="", limit=10, characters=0), has(label="zebra"), has(label="extra")], wants)
    assert [(one.kind, one.label) for one in found] == [
        (Kind.MISSING, "c"),
        (Kind.MISSING, "a"),
        (Kind.EXTRA, "zebra"),
        (Kind.EXTRA, "extra"),
    ]


def test_one_block_can_differ_in_several_ways() -> None:
    found = differences([has(description="Old.", limit=60, read_only=True, characters=101)], [HUMAN])
    assert [one.kind for one in found] == [Kind.DESCRIPTION, Kind.LIMIT, Kind.READ_ONLY, Kind.OVER_LIMIT]


def test_labels_that_differ_in_letter_case_are_different_blocks() -> None:
    assert [one.kind for one in differences([has(label="Human")], [HUMAN])] == [Kind.MISSING, Kind.EXTRA]


def test_of_a_shared_block_only_counts_that_it_is_the_one() -> None:
    right = has(label="policies", block_id="block-shared", description="changed a moment ago", limit=1, characters=9)
    assert differences([right], [POLICIES]) == []
    own = has(label="policies", block_id="block-own")
    assert differences([own], [POLICIES]) == [Difference(Kind.UNSHARED, "policies")]
    assert differences([], [POLICIES]) == [Difference(Kind.MISSING, "policies")]


def test_values_are_looked_at_only_when_asked() -> None:
    other = has(value="learned since")
    assert differences([other], [HUMAN]) == []
    assert differences([other], [HUMAN], values={"another": "start"}) == []
    assert differences([other], [HUMAN], values={"human": "start"}) == [
        Difference(Kind.VALUE, "human", "learned since", "start")
    ]
    assert differences([has(value="start")], [HUMAN], values={"human": "start"}) == []


def test_a_value_that_is_replaced_anyway_is_not_told_to_be_too_long() -> None:
    assert [one.kind for one in differences([has(characters=200)], [HUMAN], values={"human": "start"})] == [Kind.VALUE]


def test_every_kind_has_words() -> None:
    assert set(WORDS) == {str(kind) for kind in Kind}
    assert Kind.OVER_LIMIT.words == "value over the limit"
