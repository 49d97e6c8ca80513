"""Times, ids and numbers in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from memory_ui import words

NOW = datetime(2026, 11, 20, 14, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=4), "just now"),
        (timedelta(seconds=12), "12 seconds ago"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=40), "on 11 Oct 2026"),
    ],
)
def test_how_long_ago(age: timedelta, said: str) -> None:
    assert words.since(NOW - age, NOW) == said


def test_a_time_carries_the_exact_one_in_the_readers_zone() -> None:
    with timezone.override("Europe/Amsterdam"):
        assert words.exact(NOW) == "2026-11-20 15:06:12 CET"
    assert 'datetime="2026-11-20T14:06:12Z" title="2026-11-20 14:06:12 UTC"' in words.ago(NOW)
    assert words.ago(None) == words.at(None) == words.elapsed(None) == ""


@pytest.mark.parametrize(("seconds", "said"), [(-1, "0 s"), (4.9, "4 s"), (125, "2 min"), (7300, "2 h")])
def test_how_long(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("agent-7f2c0000-0000-4000-8000-0000000091e4", "agent-7f2c…91e4"),
        ("7f2c0000-0000-4000-8000-0000000091e4", "7f2c…91e4"),
        ("agent-1", "agent-1"),
        ("short", "short"),
    ],
)
def test_ids_are_short(value: str, short: str) -> None:
    assert words.short_id(value) == short


def test_the_time_of_day_and_when_it_was_another_day_the_date() -> None:
    now = timezone.now()
    assert f">{now:%H:%M}<" in words.at(now)
    assert ">5 Mar 2019, 14:06<" in words.at(datetime(2019, 3, 5, 14, 6, tzinfo=UTC))
    other_day = now.replace(month=7 if now.month != 7 else 8, day=9, hour=8, minute=5)
    assert f">9 {'Jul' if now.month != 7 else 'Aug'}, 08:05<" in words.at(other_day)


@pytest.mark.parametrize(
    ("size", "limit", "colour"),
    [(0, 100, ""), (79, 100, ""), (80, 100, "amber"), (94, 100, "amber"), (95, 100, "red"), (200, 100, "red"), (5, 0, "")],
)
def test_how_near_a_text_is_to_its_limit(size: int, limit: int, colour: str) -> None:
    assert words.room_left(size, limit) == colour


@pytest.mark.parametrize(
    ("typed", "number"), [(5000, 5000), (" 40 ", 40), ("", 0), (None, 0), ("-3", 0), ("many", 0), ("9" * 30, 0)]
)
def test_what_was_typed_as_a_number(typed: object, number: int) -> None:
    assert words.whole_number(typed) == number
