"""How long something that fails again and again is left alone."""

import pytest

from memory_ui.waking import pause_after


@pytest.mark.parametrize(("tries", "seconds"), [(0, 1), (1, 2), (5, 32), (6, 60), (1_024, 60), (10_000_000, 60)])
def test_pauses_double_up_to_the_longest_for_however_many_days(tries: int, seconds: float) -> None:
    assert pause_after(tries, 60.0) == seconds
