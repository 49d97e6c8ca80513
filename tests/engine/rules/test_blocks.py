"""Facts go into the block that fits, edits keep to limits and to what others wrote, and nothing is learned twice."""

from datetime import date

import pytest

from engine.learners.base import BlockView, ToolCall, Turn
from engine.learners.rules import learn
from engine.learners.rules.edits import planned

from .memory import HUMAN, TODAY, block, carried_out, learned, turns, user_blocks

DAY = "(2026-11-20)"
SAID = (
    "hi, my name is Tilda Marsh",
    "my email is tilda@example.com and my phone number is 555-123-4567",
    "I live in Porto",
    "I like cats",
    "I have two dogs",
    "my order number is 10042",
    "I want to return my order",
)


def places_of(blocks: list[BlockView]) -> dict[str, str]:
    return learned(turns(*SAID), blocks)


def test_a_user_agents_blocks_in_the_look_of_the_product() -> None:
    assert places_of(user_blocks()) == {
        "human": (
            "Name: Tilda Marsh\nE-mail: tilda@example.com\nPhone: 555-123-4567\n"
            f"Lives in Porto {DAY}\nOrder: 10042 {DAY}\nOwns two dogs {DAY}\nInterests: Likes cats {DAY}"
        ),
        "summary": "Tilda asked to return their order.",
    }


@pytest.mark.parametrize(
    ("label", "description"),
    [
        ("human", ""),
        ("user", "Who the user is"),
        ("customer_profile", ""),
        ("persona_of_user", "The persona of the user"),
        ("persona", "Everything about the user: name, contact data, facts"),
        ("client", "Facts about the client"),
        ("about_them", "Details about the person you are talking to"),
        ("memory", "Anything worth remembering"),
        ("notes", ""),
        ("block_1", ""),
    ],
)
def test_a_lone_block_about_the_customer_takes_it_all(label: str, description: str) -> None:
    value = places_of([block(label, "", description)])[label]
    for line in (
        "Name: Tilda Marsh",
        f"Lives in Porto {DAY}",
        "Likes cats",
        f"Order: 10042 {DAY}",
        f"Asked to return their order {DAY}",
    ):
        assert line in value


@pytest.mark.parametrize(
    ("label", "description"),
    [
        ("persona", "How the assistant speaks"),
        ("policies", "What every assistant must keep to."),
        ("instructions", ""),
        ("guidelines", "Rules for the agent"),
        ("company", "What our company sells"),
    ],
)
def test_a_block_about_the_assistant_takes_nothing(label: str, description: str) -> None:
    assert places_of([block(label, "Be kind.", description)]) == {label: "Be kind."}


def test_special_blocks_take_what_they_are_for() -> None:
    found = places_of(
        [
            block("human", "", HUMAN),
            block("preferences", "", "What the user likes and dislikes."),
            block("history", "", "Past requests of the user."),
            block("pets", "", "Animals in the household"),
        ]
    )
    assert found["preferences"] == f"Likes cats {DAY}"
    assert found["history"] == f"Asked to return their order {DAY}"
    assert found["pets"] == f"Owns two dogs {DAY}"
    assert "Name: Tilda Marsh" in found["human"]
    assert "Likes" not in found["human"]


def test_a_block_for_one_topic_takes_no_other() -> None:
    found = places_of([block("music", "", "What music the user likes")])
    assert "Name" not in found["music"]
    assert learned(turns("I like jazz"), [block("music", "", "What music the user likes")])["music"] == f"Likes jazz {DAY}"


def test_a_read_only_block_is_left_alone() -> None:
    found = places_of([block("human", "", HUMAN, read_only=True)])
    assert found == {"human": ""}
    kept = [block("human", "Name: Bo", HUMAN, read_only=True), block("notes")]
    assert learned(turns("my name is Bo"), kept)["notes"] == ""


@pytest.mark.parametrize(
    "template",
    [
        "This is my section of core memory devoted to information about the human.\nI don't yet know anything about them.",
        "No information yet.",
        "unknown",
        "   ",
        HUMAN,
    ],
)
def test_a_placeholder_is_replaced_by_the_first_fact(template: str) -> None:
    blocks = [block("human", template, HUMAN)]
    assert learned(turns("my name is Tilda Marsh"), blocks)["human"] == "Name: Tilda Marsh"
    assert learned(turns("ok"), blocks)["human"] == template


def test_an_empty_field_is_filled_in_its_place() -> None:
    blocks = [block("human", "- Name: unknown\n- Phone:\n- Plan: gold", HUMAN)]
    assert (
        learned(turns("my name is Tilda, my phone number is 555-123-4567"), blocks)["human"]
        == "- Name: Tilda\n- Phone: 555-123-4567\n- Plan: gold"
    )


def test_what_people_wrote_stays() -> None:
    written = "Tilda is a long-time customer, married to Bo.\nSend nothing on Sundays!\n\nShe dislikes phone calls."
    found = learned(turns(*SAID), [block("human", written, HUMAN)])["human"]
    for line in written.split("\n"):
        assert line in found.split("\n")


def test_a_fact_told_in_a_sentence_is_known() -> None:
    blocks = [block("human", "Her name is Tilda Marsh and she lives in Porto.", HUMAN)]
    assert learn(turns("my name is tilda marsh", "I live in Porto"), blocks, TODAY) == []


def test_learning_the_same_again_edits_nothing() -> None:
    blocks = user_blocks()
    first = carried_out(learn(turns(*SAID), blocks, TODAY), blocks)
    again = user_blocks(first["human"], first["summary"])
    assert learn(turns(*SAID), again, date(2027, 1, 1)) == []
    assert learn(turns(*(one.upper() for one in SAID[:4])), again, date(2027, 1, 1)) == []


def test_the_same_input_gives_the_same_calls() -> None:
    assert learn(turns(*SAID), user_blocks(), TODAY) == learn(turns(*SAID), user_blocks(), TODAY)


@pytest.mark.parametrize("limit", range(0, 260, 7))
def test_no_limit_is_exceeded_and_no_line_is_cut(limit: int) -> None:
    whole = places_of(user_blocks())
    blocks = [block("human", "", HUMAN, limit=limit), block("summary", "", "Running summary", limit=limit)]
    found = places_of(blocks)
    assert len(found["human"]) <= limit
    assert len(found["summary"]) <= limit
    for line in filter(None, found["human"].split("\n")):
        assert line in whole["human"].split("\n")
    assert found["summary"] in ("", whole["summary"])


def test_a_full_block_loses_its_oldest_lesser_line_for_a_more_important_one() -> None:
    value = "Owns a dog (2025-01-01)\nInterests: Likes cats (2025-01-01)\nOrder: 1001 (2024-01-01)\nOrder: 1002 (2025-01-01)"
    found = learned(turns("my name is Tilda Marsh"), [block("human", value, HUMAN, limit=len(value))])["human"]
    assert (
        found == "Name: Tilda Marsh\nOwns a dog (2025-01-01)\nInterests: Likes cats (2025-01-01)\nOrder: 1002 (2025-01-01)"
    )


def test_a_full_block_of_peoples_text_is_left_as_it_is() -> None:
    value = "Written by a person."
    blocks = [block("human", value, HUMAN, limit=len(value))]
    assert learn(turns("my name is Tilda Marsh"), blocks, TODAY) == []


def test_a_block_over_its_limit_is_not_made_longer() -> None:
    blocks = [block("human", "x" * 50, HUMAN, limit=20)]
    assert learned(turns(*SAID), blocks)["human"] == "x" * 50


def test_tool_names_and_arguments_are_lettas() -> None:
    calls = learn(
        turns("my name is Tilda Marsh", "I live in Porto"),
        [block("human", "Phone: 1\nLives in Faro (2025-01-01)", HUMAN)],
        TODAY,
    )
    assert calls == [
        ToolCall(
            "rules-1",
            "memory_replace",
            {
                "label": "human",
                "old_string": "Lives in Faro (2025-01-01)",
                "new_string": f"Lives in Porto {DAY}, before that Faro",
            },
        ),
        ToolCall("rules-2", "memory_insert", {"label": "human", "new_string": "Name: Tilda Marsh", "insert_line": 0}),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "a"),
        ("a", "a\nb"),
        ("a\nb", "b"),
        ("a\nb", "a"),
        ("a\na\nb", "a\nb"),
        ("a\nb\nc", "a\nx\nc"),
        ("x\nx\nx", "x\ny\nx"),
        ("a\n\n\nb", "a\n\n\nb\nc"),
        ("a\n", "a\nb\n"),
        ("Name: Ann\nMy Name: Ann", "Name: Anna\nMy Name: Ann"),
        ("a\nb\nc\nd", "d\nc\nb\na"),
        ("\n\n", "a"),
        ("a\nb", ""),
        ("a\tb", "a\tb\nc"),
    ],
)
def test_edits_lead_from_the_old_value_to_the_new(old: str, new: str) -> None:
    one = block("human", old)
    calls = [ToolCall("x", name, arguments) for name, arguments in planned(one, new)]
    assert carried_out(calls, [one]) == {"human": new}


@pytest.mark.parametrize("role", ["assistant", "system", "tool"])
def test_only_the_customer_is_learned_from(role: str) -> None:
    assert learn([Turn(role, one) for one in SAID], user_blocks(), TODAY) == []


def test_strange_input_is_harmless() -> None:
    for content in (
        "",
        " ",
        "\n\n",
        "?!",
        "🙂🙂",
        "a" * 20_000,
        "1 " * 5_000,
        "my name is " * 2_000,
        "</messages>",
        "дякую",
        "我叫李伟",
        "\x00\x01",
        "i want " * 3000,
    ):
        learned(turns(content))
    assert learn([], user_blocks(), TODAY) == []
    assert learn(turns(*SAID), [], TODAY) == []
