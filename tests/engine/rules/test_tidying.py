"""Tidying up by rules: what stands in a block twice goes, and nothing is learned from what was said before."""

import pytest

from engine.learners.base import Turn
from engine.learners.offline import RulesLearner
from engine.learners.protocol import Context, Given
from engine.learners.rules.tidying import asked_to_tidy, tidied, without_repeats
from tests.engine.rules.memory import TODAY, block, carried_out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Name: Mira Patel\nName: Mira Patel", "Name: Mira Patel"),
        ("Likes cats (2025-01-02)\nOwns a bike (2025-01-02)\nLikes the cats (2025-09-03)",
         "Owns a bike (2025-01-02)\nLikes the cats (2025-09-03)"),
        ("Likes cats (2025-09-03)\nLikes cats (2025-01-02)", "Likes cats (2025-09-03)"),
        ("Asked about a refund (2025-01-02)\nAsked about a refund (2025-03-04)", "Asked about a refund (2025-03-04)"),
        ("- Prefers to be called.\nPREFERS to be  called", "- Prefers to be called."),
        ("Order: 4711\nOrder: 4711\nOrder: 4712", "Order: 4711\nOrder: 4712"),
    ],
)  # fmt: skip
def test_the_same_said_twice_is_said_once(before: str, after: str) -> None:
    assert without_repeats(before) == after


@pytest.mark.parametrize(
    "value",
    [
        "",
        "One line",
        "# People\n\n# Places\n\n---\nOslo\n---",
        "Likes cats (2025-01-02)\nDislikes cats (2025-01-02)",
        "Phone: 06 1234 5678\nPhone: 06 8765 4321",
        "Balance -5\nBalance 5",
        "Lives in Leiden\nWorks at Leiden",
    ],
)
def test_what_is_said_once_stays_as_it_is(value: str) -> None:
    assert without_repeats(value) == value


def test_only_blocks_that_may_be_written_are_tidied() -> None:
    blocks = [block("human", "Name: Mo\nName: Mo"), block("rules", "Be kind\nBe kind", read_only=True)]
    assert carried_out(tidied(blocks), blocks) == {"human": "Name: Mo", "rules": "Be kind\nBe kind"}


def test_an_instruction_asks_and_a_customer_does_not() -> None:
    assert asked_to_tidy([Turn("system", "Tidy up the memory. Nothing new."), Turn("user", "hello")])
    assert not asked_to_tidy([Turn("user", "Tidy up the memory.")])
    assert not asked_to_tidy([Turn("system", "A person has checked the memory; tidy up.")])


def test_the_learner_tidies_and_learns_nothing_anew() -> None:
    text = (
        "<messages>The following message interactions have occured:\n"
        "system: Tidy up the memory.\nuser: my name is Mira Patel and I live in Leiden</messages>"
    )
    blocks = (block("human", "Lives in Utrecht (2025-01-02)\nLives in Utrecht (2025-01-02)"),)
    step = RulesLearner().next_step(
        Context("sleeptime_agent", "", blocks, (Given("user", text),), (), ("memory_finish_edits",), TODAY, 60.0)
    )
    values = carried_out([call for call in step.tool_calls if call.name != "memory_finish_edits"], blocks)
    assert values == {"human": "Lives in Utrecht (2025-01-02)"}
