"""Lines matched between two values: what is kept is true, and nothing that can be pasted takes long."""

import random
import time

import pytest

from subjects.matching import MOST_LINES, kept, stretches


def test_a_line_more_and_a_line_less() -> None:
    old, new = ["Name: Ana", "Likes tea", "Owns a cat"], ["Name: Ana", "Owns a cat", "Lives in Bergen"]
    assert kept(old, new) == [(0, 0, 1), (2, 1, 1)]
    assert list(stretches(old, new)) == [(True, 0, 1, 0, 1), (False, 1, 2, 1, 1), (True, 2, 3, 1, 2), (False, 3, 3, 2, 3)]


def test_nothing_and_everything() -> None:
    assert kept([], []) == kept(["a"], []) == kept([], ["a"]) == []
    assert kept(["a", "a"], ["a", "a"]) == [(0, 0, 2)]
    assert list(stretches([], [])) == []


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [30, MOST_LINES + 500])
def test_what_is_kept_is_the_same_and_in_order(seed: int, most: int) -> None:
    chance = random.Random(seed)
    old = [f"line {chance.randrange(10 * most)}" for _ in range(most)]
    new = [line for line in old if chance.random() < 0.9]
    new.insert(chance.randrange(len(new)), "one more")
    a = b = 0
    for at, to, size in kept(old, new):
        assert a <= at
        assert b <= to
        assert old[at : at + size] == new[to : to + size]
        a, b = at + size, to + size
    assert sum(size for _, _, size in kept(old, new)) > 0.5 * len(new) - 1
    parts = list(stretches(old, new))
    assert [line for _, start, end, _, _ in parts for line in old[start:end]] == old
    assert [line for _, _, _, start, end in parts for line in new[start:end]] == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["line"] * 15_000, ["line"] * 100_000),
        (["same"] * 4000, ["same", "other"] * 2000),
        ([str(n) for n in range(50_000)], [str(n) for n in range(50_000) if n % 3]),
        ([str(n) for n in range(50_000)], [str(n) for n in reversed(range(50_000))]),
    ],
    ids=["one line many times", "every other line", "a third gone", "the other way round"],
)
def test_huge_values_take_no_time(old: list[str], new: list[str]) -> None:
    began = time.process_time()
    assert kept(old, new)
    assert time.process_time() - began < 2
