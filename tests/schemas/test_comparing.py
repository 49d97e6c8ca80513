"""What separates two versions."""

from uuid import uuid4

from schemas.checking import Schema
from schemas.comparing import SchemaChange, compare


def _kinds(changes: list[SchemaChange]) -> list[tuple[str, str]]:
    return [(change.label, change.kind) for change in changes]


def test_blocks_are_added_removed_changed_and_the_same() -> None:
    before = [Schema("human"), Schema("old"), Schema("wishes", limit=10)]
    after = [Schema("human"), Schema("wishes", limit=20), Schema("new")]
    assert _kinds(compare(before, after)) == [
        ("human", "same"), ("wishes", "changed"), ("new", "added"), ("old", "removed"),
    ]  # fmt: skip


def test_changed_fields_are_named_with_both_sides_and_texts_word_by_word() -> None:
    before = Schema("human", "Who they are.", "Name:", 1000, False)
    after = Schema("human", "Who they really are.", "", 2000, True)
    [change] = compare([before], [after])
    assert [(one.name, one.before, one.after) for one in change.fields] == [
        ("Limit", "1,000 characters", "2,000 characters"),
        ("Read-only", "no", "yes"),
        ("Description", "Who they are.", "Who they really are."),
        ("Starting value", "Name:", ""),
    ]
    words = [(segment.kind, segment.text) for segment in change.fields[2].segments]
    assert words == [("equal", "Who they "), ("insert", "really "), ("equal", "are.")]


def test_a_block_at_another_place_has_moved_but_not_because_others_came_or_went() -> None:
    a, b, c = Schema("a"), Schema("b"), Schema("c")
    assert _kinds(compare([a, b], [c, a, b])) == [("c", "added"), ("a", "same"), ("b", "same")]
    swapped = compare([a, b], [b, a])
    assert [(change.kind, change.moved) for change in swapped] == [("changed", True)] * 2


def test_a_shared_block_in_place_of_ones_own_is_a_change_and_what_it_says_is_not() -> None:
    shared = uuid4()
    [change] = compare([Schema("policies", limit=10)], [Schema("policies", "said", "words", 20, True, shared)])
    assert [(one.name, one.before, one.after) for one in change.fields] == [
        ("Shared", "a block of its own", "one block for all subjects")
    ]
    [same] = compare([Schema("p", "one", shared_block=shared)], [Schema("p", "other", shared_block=shared)])
    assert same.kind == "same"
