"""Two people change the same block: what can be put together is, what cannot is shown, nothing is lost."""

import random

import pytest

from subjects.merging import Whole, merge

BASE = "Name: Ida\nLives in Leiden\nLikes tea"


@pytest.mark.parametrize(
    ("theirs", "mine", "expected"),
    [
        (BASE, BASE, BASE),
        (BASE + "\nOwns a boat", BASE, BASE + "\nOwns a boat"),
        (BASE, "Name: Ida\nLikes tea", "Name: Ida\nLikes tea"),
        ("Name: Ida Roos\nLives in Leiden\nLikes tea", "Name: Ida\nLives in Leiden\nLikes coffee",
         "Name: Ida Roos\nLives in Leiden\nLikes coffee"),
        (BASE.replace("Leiden", "Delft"), BASE.replace("Leiden", "Delft"), BASE.replace("Leiden", "Delft")),
        ("", BASE, ""),
    ],
)  # fmt: skip
def test_changes_in_different_places_are_put_together(theirs: str, mine: str, expected: str) -> None:
    merged = merge(BASE, theirs, mine)
    assert merged.conflicts == 0
    assert merged.text == expected


def test_different_changes_of_one_line_are_a_conflict_that_keeps_both() -> None:
    merged = merge(BASE, BASE.replace("Leiden", "Delft"), BASE.replace("Leiden", "Gouda"))
    assert merged.conflicts == 1
    [conflict] = [chunk for chunk in merged.chunks if chunk.kind == "conflict"]
    assert conflict.base == ("Lives in Leiden",)
    assert (conflict.theirs, conflict.mine) == (("Lives in Delft",), ("Lives in Gouda",))
    assert merged.text == "Name: Ida\nLives in Delft\nLives in Gouda\nLikes tea"


def test_both_start_from_nothing() -> None:
    assert merge("", "a", "a").text == "a"
    assert merge("", "a", "b").conflicts == 1
    assert merge("", "", "").text == ""


def test_the_chunks_give_back_each_side_whatever_was_changed() -> None:
    dice = random.Random(7)
    for _ in range(500):
        base = [dice.choice("abcdef") for _ in range(dice.randrange(8))]
        sides = []
        for _ in range(2):
            side = [line for line in base if dice.random() > 0.25]
            side.insert(dice.randrange(len(side) + 1), dice.choice("xyz"))
            sides.append("\n".join(side))
        chunks = merge("\n".join(base), *sides).chunks
        assert "\n".join(line for chunk in chunks for line in chunk.base) == "\n".join(base)
        assert "\n".join(line for chunk in chunks for line in chunk.theirs) == sides[0]
        assert "\n".join(line for chunk in chunks for line in chunk.mine) == sides[1]


def test_neighbouring_lines_reworded_on_both_sides_are_decided_one_by_one() -> None:
    merged = merge(
        "Name: Ida\nLives in Leiden\nLikes tea",
        "Name: Ida Roos\nLives in Delft\nLikes tea",
        "Name: Ida\nLives in Gouda\nLikes tea",
    )
    assert [chunk.kind for chunk in merged.chunks] == ["theirs", "conflict", "same"]
    assert merged.text == "Name: Ida Roos\nLives in Delft\nLives in Gouda\nLikes tea"
    assert merged.chosen({1: "mine"}) == "Name: Ida Roos\nLives in Gouda\nLikes tea"
    assert merged.chosen({0: "mine", 1: "theirs"}) == "Name: Ida Roos\nLives in Delft\nLikes tea", (
        "only conflicts are chosen"
    )


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "kind", "chosen"),
    [
        ("Who.", "Who.", "Who.", "same", "Who."),
        ("Who.", "Theirs.", "Who.", "theirs", "Theirs."),
        ("Who.", "Who.", "Mine.", "mine", "Mine."),
        ("Who.", "Alike.", "Alike.", "both", "Alike."),
        ("Who.", "Theirs.", "Mine.", "conflict", "Mine."),
        ("Who.", "", "Mine.", "conflict", "Mine."),
        (100, 500, 100, "theirs", 500),
        (100, 500, 200, "conflict", 200),
        ("One\r\ntwo", "Theirs.", "One\ntwo", "theirs", "Theirs."),
    ],
)
def test_what_is_merged_in_one_piece(base: str, theirs: str, mine: str, kind: str, chosen: str) -> None:
    whole = Whole(base, theirs, mine)
    assert (whole.kind, whole.chosen()) == (kind, chosen)
    assert whole.chosen("theirs") == (theirs if kind == "conflict" else chosen)
