"""The memory tools: what each does, and each thing it refuses, in the words a running Letta 0.16.8 answered with."""

from typing import Any

import pytest

from engine.learners.base import ToolCall
from engine.models import Block
from engine.tools import FINISH, LINE_NUMBER_WARNING, TOOLS, Result, Toolbox, offered

EVERY = tuple(TOOLS)


def toolbox(value: str = "Name: Ann\nCity: Bern", limit: int = 60) -> Toolbox:
    return Toolbox(
        [
            Block(id="block-1", label="human", value=value, limit=limit),
            Block(id="block-2", label="ro", value="fixed", limit=60, read_only=True),
        ],
        EVERY,
    )


def use(box: Toolbox, name: str, **arguments: Any) -> Result:
    return box.carry_out(ToolCall("call_1", name, arguments))


@pytest.mark.parametrize(
    ("tool", "arguments", "value"),
    [
        ("memory_insert", {"new_string": "Likes tea"}, "Name: Ann\nCity: Bern\nLikes tea"),
        ("memory_insert", {"new_string": "Likes tea", "insert_line": -1}, "Name: Ann\nCity: Bern\nLikes tea"),
        ("memory_insert", {"new_string": "Likes tea", "insert_line": 0}, "Likes tea\nName: Ann\nCity: Bern"),
        ("memory_insert", {"new_string": "a\nb", "insert_line": 1}, "Name: Ann\na\nb\nCity: Bern"),
        ("memory_insert", {"new_string": "a", "insert_line": 2.0}, "Name: Ann\nCity: Bern\na"),
        ("memory_insert", {"new_string": "a\tb"}, "Name: Ann\nCity: Bern\na       b"),
        ("memory_insert", {"new_string": "Line 1: b"}, "Name: Ann\nCity: Bern\nLine 1: b"),
        ("memory_insert", {"new_string": "a\x00b"}, "Name: Ann\nCity: Bern\nab"),
        ("memory_replace", {"old_string": "Bern", "new_string": "Basel"}, "Name: Ann\nCity: Basel"),
        ("memory_replace", {"old_string": "\nCity: Bern", "new_string": ""}, "Name: Ann"),
        ("memory_rethink", {"new_memory": "All new"}, "All new"),
        ("memory_rethink", {"new_memory": ""}, ""),
        ("core_memory_append", {"content": "Likes tea"}, "Name: Ann\nCity: Bern\nLikes tea"),
        ("core_memory_replace", {"old_content": "n", "new_content": "m"}, "Name: Amm\nCity: Berm"),
        ("core_memory_replace", {"old_content": "Bern", "new_content": ""}, "Name: Ann\nCity: "),
    ],
)
def test_an_edit(tool: str, arguments: dict[str, Any], value: str) -> None:
    box = toolbox()
    assert use(box, tool, label="human", **arguments) == Result(value)
    assert box.blocks["human"].value == value
    assert list(box.changed) == ["block-1"]


@pytest.mark.parametrize("tool", ["memory_insert", "core_memory_append"])
def test_the_first_line_of_an_empty_block_stands_first(tool: str) -> None:
    argument = {"memory_insert": "new_string", "core_memory_append": "content"}[tool]
    assert use(toolbox(""), tool, label="human", **{argument: "Likes tea"}) == Result("Likes tea")


LINE_NUMBERS = "when calling memory tools (line numbers are for display purposes only)."
PREFIX = f"{{}} contains a line number prefix, which is not allowed. Do not include line numbers {LINE_NUMBERS}"
WARNING = f"{{}} contains a line number warning, which is not allowed. Do not include line number information {LINE_NUMBERS}"
RANGE = (
    "Invalid `insert_line` parameter: {}. It should be within the range of lines of the memory block: [0, 2], "
    "or -1 to append to the end of the memory block."
)
SEVERAL = (
    "No replacement was performed. Multiple occurrences of old_string `{}` in lines [1, 2]. Please ensure it is unique."
)
CONSTRAINT = f"[ToolConstraintError] Cannot call nosuchtool, valid tools include: {list(EVERY)}."


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        (
            "memory_insert",
            {"new_string": "z", "insert_line": 99},
            RANGE.format(99),
        ),
        (
            "memory_insert",
            {"new_string": "z", "insert_line": -5},
            RANGE.format(-5),
        ),
        ("memory_insert", {"new_string": "1→ z"}, PREFIX.format("new_string")),
        ("memory_insert", {"new_string": "a\n  12→z"}, PREFIX.format("new_string")),
        ("memory_insert", {"new_string": f"{LINE_NUMBER_WARNING}\nz"}, WARNING.format("new_string")),
        (
            "memory_replace",
            {"old_string": "nothere", "new_string": "z"},
            "No replacement was performed, old_string `nothere` did not appear verbatim in memory block with label `human`.",
        ),
        (
            "memory_replace",
            {"old_string": "n", "new_string": "z"},
            SEVERAL.format("n"),
        ),
        (
            "memory_replace",
            {"old_string": "", "new_string": "z"},
            SEVERAL.format(""),
        ),
        ("memory_replace", {"old_string": "1→ Name", "new_string": "z"}, PREFIX.format("old_string")),
        ("memory_replace", {"old_string": "Name", "new_string": "1→ z"}, PREFIX.format("new_string")),
        (
            "memory_replace",
            {"old_string": LINE_NUMBER_WARNING, "new_string": "z"},
            WARNING.format("old_string"),
        ),
        ("memory_rethink", {"new_memory": "1→ z"}, PREFIX.format("new_memory")),
        ("memory_rethink", {"new_memory": LINE_NUMBER_WARNING}, WARNING.format("new_memory")),
        (
            "core_memory_replace",
            {"old_content": "nothere", "new_content": "z"},
            "Old content 'nothere' not found in memory block 'human'",
        ),
    ],
)
def test_a_refused_edit(tool: str, arguments: dict[str, Any], said: str) -> None:
    box = toolbox()
    assert use(box, tool, label="human", **arguments) == Result(said, refused=True)
    assert box.changed == {}


ANY_EDIT: list[tuple[str, dict[str, str]]] = [
    ("memory_insert", {"new_string": "z"}),
    ("memory_replace", {"old_string": "fixed", "new_string": "z"}),
    ("memory_rethink", {"new_memory": "z"}),
    ("core_memory_append", {"content": "z"}),
    ("core_memory_replace", {"old_content": "fixed", "new_content": "z"}),
]


@pytest.mark.parametrize(("tool", "arguments"), ANY_EDIT)
def test_no_tool_edits_a_read_only_block_or_one_that_is_not_there(tool: str, arguments: dict[str, str]) -> None:
    box = toolbox()
    refused = use(box, tool, label="ro", **arguments)
    assert refused == Result("Error This block is read-only and cannot be edited.", refused=True)
    refused = use(box, tool, label="none", **arguments)
    assert refused == Result("'Block field none does not exist (available sections = human, ro)'", refused=True)
    assert box.changed == {}


@pytest.mark.parametrize(
    ("tool", "arguments", "length"),
    [
        ("memory_insert", {"new_string": "x" * 41}, 62),
        ("memory_replace", {"old_string": "Bern", "new_string": "x" * 45}, 61),
        ("memory_rethink", {"new_memory": "x" * 61}, 61),
        ("core_memory_append", {"content": "x" * 41}, 62),
        ("core_memory_replace", {"old_content": "Bern", "new_content": "x" * 45}, 61),
    ],
)
def test_no_tool_goes_past_the_limit(tool: str, arguments: dict[str, str], length: int) -> None:
    box = toolbox()
    refused = use(box, tool, label="human", **arguments)
    assert refused.refused
    assert refused.text.startswith(f"Edit failed: Exceeds 60 character limit (requested {length}).")
    assert box.changed == {}
    assert box.blocks["human"].value == "Name: Ann\nCity: Bern"


def test_the_limit_itself_is_allowed_and_a_block_that_is_too_long_may_shrink() -> None:
    assert not use(toolbox(), "memory_rethink", label="human", new_memory="x" * 60).refused
    box = toolbox("x" * 100 + "y")
    assert not use(box, "memory_replace", label="human", old_string="y", new_string="").refused
    assert use(box, "memory_insert", label="human", new_string="z").refused


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        (
            "nosuchtool",
            {"label": "human"},
            CONSTRAINT,
        ),
        (
            "memory_insert",
            {"label": "human"},
            "memory_insert() missing 1 required positional argument: 'new_string'",
        ),
        (
            "memory_replace",
            {"label": "human"},
            "memory_replace() missing 2 required positional arguments: 'old_string' and 'new_string'",
        ),
        (
            "memory_rethink",
            {"label": "human", "new_memory": "z", "mood": "good"},
            "memory_rethink() got an unexpected keyword argument 'mood'",
        ),
        (FINISH, {"label": "human"}, "memory_finish_edits() got an unexpected keyword argument 'label'"),
        (
            "memory_insert",
            {"label": "human", "new_string": "z", "insert_line": "two"},
            "memory_insert() argument 'insert_line' must be an integer",
        ),
        (
            "memory_insert",
            {"label": "human", "new_string": "z", "insert_line": True},
            "memory_insert() argument 'insert_line' must be an integer",
        ),
        (
            "memory_rethink",
            {"label": "human", "new_memory": ["a", "list"]},
            "memory_rethink() argument 'new_memory' must be a string",
        ),
        (
            "memory_rethink",
            {"label": None, "new_memory": "z"},
            "memory_rethink() argument 'label' must be a string",
        ),
    ],
)
def test_a_malformed_call(name: str, arguments: dict[str, Any], said: str) -> None:
    box = toolbox()
    assert box.carry_out(ToolCall("call_1", name, arguments)) == Result(said, refused=True, malformed=True)
    assert box.changed == {}


def test_a_call_that_could_not_be_read_says_why() -> None:
    result = toolbox().carry_out(ToolCall("call_1", "memory_insert", {}, "The arguments are not valid JSON."))
    assert result == Result("The arguments are not valid JSON.", refused=True, malformed=True)


def test_arguments_that_letta_adds_to_its_tools_are_ignored() -> None:
    extra = {"thinking": "t", "inner_thoughts": "t", "request_heartbeat": True}
    assert use(toolbox(), "memory_rethink", label="human", new_memory="z", **extra) == Result("z")
    assert use(toolbox(), FINISH, **extra) == Result("None")


def test_an_edit_that_changes_nothing_writes_nothing() -> None:
    box = toolbox()
    assert use(box, "memory_rethink", label="human", new_memory="Name: Ann\nCity: Bern").refused is False
    assert box.changed == {}


@pytest.mark.parametrize("agent_type", ["sleeptime_agent", "voice_sleeptime_agent", "memgpt_agent", "letta_v1_agent"])
def test_every_offered_tool_exists_and_only_sleeptime_agents_finish_by_a_tool(agent_type: str) -> None:
    names = offered(agent_type)
    assert set(names) <= set(TOOLS)
    assert (FINISH in names) == ("sleeptime" in agent_type)
