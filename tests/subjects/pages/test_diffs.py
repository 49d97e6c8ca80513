"""Word-level diffs: nothing lost, nothing cut inside a character, and readable."""

import random
import time

import pytest

from subjects.diffs import Segment, diff, shortened, tokens


def said(segments: list[Segment]) -> str:
    marks = {"equal": "{}", "insert": "[+{}]", "delete": "[-{}]", "gap": "[…]"}
    return "".join(marks[segment.kind].format(segment.text) for segment in segments)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "all new", "[+all new]"),
        ("all gone", "", "[-all gone]"),
        ("likes cats", "likes dogs", "likes [-cats][+dogs]"),
        ("likes cats", "likes cats and dogs", "likes cats[+ and dogs]"),
        (
            "Lives in Leiden (2025-11-02)\nLikes cats",
            "Lives in Utrecht (2026-11-20), before that Leiden\nLikes cats",
            "Lives in [-Leiden (2025-11-02)][+Utrecht (2026-11-20), before that Leiden]\nLikes cats",
        ),
        ("write a@example.com", "write b@example.com", "write [-a@example.com][+b@example.com]"),
        ("owes 1,000", "owes 1,500", "owes [-1,000][+1,500]"),
        ("a\nb\nc", "a\nc", "a\n[-b\n]c"),
        (
            "Name: Ida\nOrder: 48213 (2026-11-18)",
            "Name: Ida\nLives in Bergen (2026-11-18)\nOrder: 48213 (2026-11-18)\nDislikes calls (2026-11-18)",
            "Name: Ida\n[+Lives in Bergen (2026-11-18)\n]Order: 48213 (2026-11-18)[+\nDislikes calls (2026-11-18)]",
        ),
        ("a\n", "a", "a[-\n]"),
        ("a", "a\n\n", "a[+\n\n]"),
        (
            "Order: 48213 (2026-11-18)",
            "Likes tea (2026-11-18)\nOrder: 48213 (2026-11-18)",
            "[+Likes tea (2026-11-18)\n]Order: 48213 (2026-11-18)",
        ),
        ("我喜欢猫", "我喜欢狗", "我喜欢[-猫][+狗]"),
        ("hi 👨‍👩‍👧", "hi 👨‍👩‍👦", "hi [-👨‍👩‍👧][+👨‍👩‍👦]"),
        ("ok 👍🏽 🇳🇱🇧🇪", "ok 👍🏿 🇳🇱🇩🇪", "ok [-👍🏽 🇳🇱🇧🇪][+👍🏿 🇳🇱🇩🇪]"),
        ("cafe", "cafe\u0301", "[-cafe][+cafe\u0301]"),
        ("cafe\u0301s open", "cafe\u0301s shut", "cafe\u0301s [-open][+shut]"),
    ],
)
def test_words_that_changed(before: str, after: str, expected: str) -> None:
    assert said(diff(before, after)) == expected


def test_an_insert_knows_that_it_replaces() -> None:
    assert [(s.kind, s.replaces) for s in diff("likes cats", "likes dogs")][-1] == ("insert", True)
    assert [(s.kind, s.replaces) for s in diff("likes", "likes dogs")][-1] == ("insert", False)


def test_both_values_can_be_read_from_a_diff() -> None:
    chance = random.Random(7)
    alphabet = ["a", "b", "cat", " ", "\n", "(", "é", "e\u0301", "猫", "👩‍🚀", "🇳🇱", "2026-11-20", ".", "\u200d", "\ufe0f"]
    for _ in range(500):
        before, after = ("".join(chance.choices(alphabet, k=chance.randint(0, 12))) for _ in range(2))
        segments = diff(before, after)
        assert "".join(s.text for s in segments if s.kind != "insert") == before
        assert "".join(s.text for s in segments if s.kind != "delete") == after
        assert all(s.text for s in segments)


def test_tokens_keep_what_people_see_as_one_sign_together() -> None:
    assert list(tokens("e\u0301a 👩‍🚀 🇳🇱🇧🇪 ❤️ 1,000")) == ["e\u0301a", " ", "👩‍🚀", " ", "🇳🇱", "🇧🇪", " ", "❤️", " ", "1,000"]


def test_shortened_shows_the_changed_lines_only() -> None:
    before = "Name: Sarah\nLives in Leiden\nLikes cats\nOwns a bike"
    after = "Name: Sarah\nLives in Utrecht\nLikes cats\nOwns a boat"
    assert said(shortened(diff(before, after))) == "Lives in [-Leiden][+Utrecht]\nOwns a [-bike][+boat]"


def test_shortened_leaves_out_what_is_far_away_in_a_long_line() -> None:
    filler = " ".join(["word"] * 100)
    short = said(shortened(diff(f"{filler} cats {filler}", f"{filler} dogs {filler}"), context=10))
    assert short == "[…]word word [-cats][+dogs] word word[…]"


def test_a_value_rewritten_whole_takes_no_long_time() -> None:
    chance = random.Random(7)
    before, after = (" ".join(str(chance.random()) for _ in range(3000)) for _ in range(2))
    start = time.monotonic()
    segments = diff(before, after)
    assert time.monotonic() - start < 3
    assert "".join(s.text for s in segments if s.kind != "delete") == after


def test_both_values_can_be_read_back_whatever_was_changed() -> None:
    dice = random.Random(5)
    for _ in range(400):
        old, new = ("".join(dice.choice("ab \n") for _ in range(dice.randrange(12))) for _ in range(2))
        segments = diff(old, new)
        assert "".join(segment.text for segment in segments if segment.kind != "insert") == old
        assert "".join(segment.text for segment in segments if segment.kind != "delete") == new
