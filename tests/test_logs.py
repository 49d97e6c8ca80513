"""An exception that nobody foresaw is told in the log without its words."""

import pytest

from memory_ui.logs import without_words


def test_the_kind_and_the_place_are_told_and_the_words_are_not() -> None:
    with pytest.raises(ValueError, match="Ida") as raised:
        raise ValueError("Ida lives in Leiden")
    said = without_words(raised.value)
    assert said.startswith("ValueError in test_the_kind_and_the_place_are_told_and_the_words_are_not line ")
    assert "Ida" not in said
