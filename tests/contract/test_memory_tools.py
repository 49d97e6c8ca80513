"""What the memory tools do to blocks, and what they refuse: seen as tool returns, by the model and in the run."""

import json
from typing import Any

import pytest

from tests.contract.scripted import Learned, Scripted
from tests.contract.targets import Target
from tests.model_answers import Answer, ToolCall, call, finish, text_of

BEFORE = "Name: Ann\nCity: Bern"
OLD_TOOLS = ["core_memory_append", "core_memory_replace", "memory_finish_edits"]


def edit(scripted: Scripted, answer: Answer, **agent: object) -> Learned:
    """One edit in an agent of its own, then the end."""
    return scripted.learn(scripted.agent(**agent).id, answer, finish())


def told(message: dict[str, Any]) -> str:
    """What a tool message says to the model; the real server wraps it in JSON, with a status and the time."""
    text = text_of(message)
    return str(json.loads(text)["message"]) if text.startswith("{") else text


def succeeded(learned: Learned, value: str) -> None:
    """The tool wrote `value`, and returned it to the model."""
    assert learned.returns, (learned.run.stop_reason, learned.run.metadata)
    assert learned.returns[0] == ("success", value)
    assert learned.blocks == {"human": value, "rules": "fixed"}
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "tool_rule")
    shown = learned.requests[1]["messages"][-1]
    assert shown["role"] == "tool"
    assert value in told(shown)


def refused(learned: Learned, *words: str) -> None:
    """The tool changed nothing, and the run and the model were told why."""
    assert learned.returns, (learned.run.stop_reason, learned.run.metadata)
    status, sentence = learned.returns[0]
    assert status == "error"
    assert all(word in sentence for word in words), sentence
    assert learned.blocks == {"human": BEFORE, "rules": "fixed"}
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "tool_rule")
    assert all(word in told(learned.requests[1]["messages"][-1]) for word in words)


# -- memory_insert --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ({}, f"{BEFORE}\nLikes: tea"),
        ({"insert_line": -1}, f"{BEFORE}\nLikes: tea"),
        ({"insert_line": 0}, f"Likes: tea\n{BEFORE}"),
        ({"insert_line": 1}, "Name: Ann\nLikes: tea\nCity: Bern"),
        ({"insert_line": 2}, f"{BEFORE}\nLikes: tea"),
    ],
)
def test_insert_a_line(scripted: Scripted, line: dict[str, int], value: str) -> None:
    succeeded(edit(scripted, call("memory_insert", label="human", new_string="Likes: tea", **line)), value)


def test_insert_several_lines(scripted: Scripted) -> None:
    succeeded(
        edit(scripted, call("memory_insert", label="human", new_string="a\nb", insert_line=1)), "Name: Ann\na\nb\nCity: Bern"
    )


def test_insert_into_an_empty_block(scripted: Scripted) -> None:
    learned = edit(
        scripted,
        call("memory_insert", label="human", new_string="First"),
        memory_blocks=[{"label": "human", "value": ""}],
    )
    assert learned.returns[0][0] == "success"
    assert learned.blocks["human"].strip() == "First"


@pytest.mark.parametrize("line", [3, 99, -2])
def test_insert_outside_the_block_is_refused(scripted: Scripted, line: int) -> None:
    refused(
        edit(scripted, call("memory_insert", label="human", new_string="x", insert_line=line)),
        "insert_line",
        str(line),
        "[0, 2]",
    )


# -- memory_replace -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("Bern", "Basel", "Name: Ann\nCity: Basel"),
        ("\nCity: Bern", "", "Name: Ann"),
        ("Name: Ann\nCity: Bern", "gone", "gone"),
        ("Ann", "A\\1$&nn", "Name: A\\1$&nn\nCity: Bern"),
    ],
)
def test_replace(scripted: Scripted, old: str, new: str, value: str) -> None:
    succeeded(edit(scripted, call("memory_replace", label="human", old_string=old, new_string=new)), value)


def test_replace_what_is_not_there_is_refused(scripted: Scripted) -> None:
    answer = call("memory_replace", label="human", old_string="bern", new_string="x")
    refused(edit(scripted, answer), "did not appear verbatim", "`bern`", "`human`")


def test_replace_what_is_there_twice_is_refused(scripted: Scripted) -> None:
    answer = call("memory_replace", label="human", old_string="e", new_string="x")
    refused(edit(scripted, answer), "Multiple occurrences", "[1, 2]", "unique")


def test_replace_nothing_is_refused(scripted: Scripted) -> None:
    refused(edit(scripted, call("memory_replace", label="human", old_string="", new_string="x")))


# -- memory_rethink, memory_finish_edits ----------------------------------------------------------------------------


def test_rethink(scripted: Scripted) -> None:
    succeeded(edit(scripted, call("memory_rethink", label="human", new_memory="All\nnew")), "All\nnew")


def test_finish_edits_ends_the_run(scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, finish(), call("memory_rethink", label="human", new_memory="never"))
    assert (learned.run.status, learned.run.stop_reason) == ("completed", "tool_rule")
    assert learned.returns == [("success", "None")]
    assert len(learned.requests) == 1
    assert learned.blocks["human"] == BEFORE


# -- the older tools ------------------------------------------------------------------------------------------------


def old(scripted: Scripted, answer: Answer) -> Learned:
    return edit(scripted, answer, tools=OLD_TOOLS, include_base_tools=False)


def test_core_memory_append(scripted: Scripted) -> None:
    succeeded(old(scripted, call("core_memory_append", label="human", content="Likes: tea")), f"{BEFORE}\nLikes: tea")


def test_core_memory_replace_takes_every_place(scripted: Scripted) -> None:
    answer = call("core_memory_replace", label="human", old_content="e", new_content="E")
    succeeded(old(scripted, answer), "NamE: Ann\nCity: BErn")


def test_core_memory_replace_of_what_is_not_there_is_refused(scripted: Scripted) -> None:
    answer = call("core_memory_replace", label="human", old_content="Rome", new_content="x")
    refused(old(scripted, answer), "'Rome'", "not found", "'human'")


# -- what every tool refuses ----------------------------------------------------------------------------------------

# tool → (arguments that say what to write, given the text; the argument that carries it)
WRITES = {
    "memory_insert": lambda text: {"new_string": text},
    "memory_replace": lambda text: {"old_string": "Bern", "new_string": text},
    "memory_rethink": lambda text: {"new_memory": text},
    "core_memory_append": lambda text: {"content": text},
    "core_memory_replace": lambda text: {"old_content": "Bern", "new_content": text},
}
every_tool = pytest.mark.parametrize("tool", list(WRITES))
newer_tools = pytest.mark.parametrize("tool", [tool for tool in WRITES if tool.startswith("memory")])


def write(scripted: Scripted, tool: str, label: str, text: str) -> Learned:
    answer = call(tool, label=label, **WRITES[tool](text))
    return old(scripted, answer) if tool.startswith("core") else edit(scripted, answer)


@every_tool
def test_an_unknown_block_is_refused(scripted: Scripted, tool: str) -> None:
    refused(write(scripted, tool, "none", "x"), "none", "does not exist", "human", "rules")


@every_tool
def test_a_read_only_block_is_refused(scripted: Scripted, tool: str) -> None:
    learned = write(scripted, tool, "rules", "x")
    refused(learned, "read-only")


@every_tool
def test_more_than_the_limit_is_refused(scripted: Scripted, target: Target, tool: str) -> None:
    learned = write(scripted, tool, "human", "x" * 61)
    if target.expect("tool-limit", engine=True, letta=False):
        refused(learned, "60", "limit")
    else:
        assert learned.returns[0][0] == "success"
        assert len(learned.blocks["human"]) > 60


@every_tool
def test_up_to_the_limit_is_taken(scripted: Scripted, tool: str) -> None:
    room = {"memory_insert": 60 - len(BEFORE) - 1, "core_memory_append": 60 - len(BEFORE) - 1, "memory_rethink": 60}
    learned = write(scripted, tool, "human", "ü" * room.get(tool, 60 - len(BEFORE) + 4))
    assert learned.returns[0][0] == "success"
    assert len(learned.blocks["human"]) == 60


@newer_tools
def test_line_numbers_are_refused(scripted: Scripted, tool: str) -> None:
    """The model is shown numbered lines, and must not write the numbers back."""
    refused(write(scripted, tool, "human", "1→ Likes: tea"), "line number")


@every_tool
def test_a_missing_argument_is_refused(scripted: Scripted, tool: str) -> None:
    answer = call(tool, label="human")
    argument = next(iter(WRITES[tool]("")))
    refused(old(scripted, answer) if tool.startswith("core") else edit(scripted, answer), argument)


@pytest.mark.parametrize("tool", ["nonsense", "core_memory_append"])
def test_a_tool_that_is_not_offered_is_refused(scripted: Scripted, tool: str) -> None:
    refused(edit(scripted, call(tool, label="human", content="x")), tool, "memory_insert", "memory_finish_edits")


# -- what the model sees --------------------------------------------------------------------------------------------


def test_the_model_is_offered_the_tools_and_shown_the_blocks(scripted: Scripted) -> None:
    request = scripted.learn(scripted.agent().id, finish(), text="I like cats").requests[0]
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in request["tools"]}
    assert set(offered) == {"memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits"}
    assert {"label", "new_string", "insert_line"} <= set(offered["memory_insert"]["properties"])
    assert {"label", "old_string", "new_string"} <= set(offered["memory_replace"]["properties"])
    assert {"label", "new_memory"} <= set(offered["memory_rethink"]["properties"])
    system, *_, said = request["messages"]
    assert "Name: Ann\nCity: Bern" in text_of(system)
    assert "read_only=true" in text_of(system)
    assert "I like cats" in text_of(said)


def test_the_model_is_offered_the_tools_that_its_agent_has(scripted: Scripted) -> None:
    request = old(scripted, finish()).requests[0]
    assert sorted(tool["function"]["name"] for tool in request["tools"]) == OLD_TOOLS


def test_the_thinking_argument_is_optional(scripted: Scripted) -> None:
    bare = Answer(tool_calls=(ToolCall("memory_rethink", {"label": "human", "new_memory": "All new"}),))
    succeeded(edit(scripted, bare), "All new")
