"""The memory tools: Letta's names, arguments, results and error sentences (server 0.16.8), with limits that are enforced.

One difference is meant: Letta's server takes an edit that is longer than the block's limit. Here it is refused, and
the learner reads why. What the refusals say was recorded from a running 0.16.8.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.learners.base import ToolCall
from engine.models import Block
from engine.prompt import KEEPERS
from engine.text import storable

FINISH = "memory_finish_edits"

LINE_NUMBER = re.compile(r"^[ \t]*\d+→[ \t]*", re.MULTILINE)
"""A line number as Letta shows it beside a block's lines to some models, which then copy it."""
LINE_NUMBER_WARNING = (
    "# NOTE: Line numbers shown below (with arrows like '1→') are to help during editing. "
    "Do NOT include line number prefixes in your memory edit tool calls."
)
READ_ONLY = "Error This block is read-only and cannot be edited."

IGNORED_ARGUMENTS = ("thinking", "inner_thoughts", "request_heartbeat")
"""Arguments that models trained on Letta's tools add to any of them."""


class Refused(Exception):
    """A tool does not do what was asked; its text is what the learner reads.

    `malformed` when the call itself was wrong (no such tool, arguments missing), not what it wanted.
    """

    def __init__(self, text: str, *, malformed: bool = False) -> None:
        super().__init__(text)
        self.malformed = malformed


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool."""

    name: str
    kind: type
    description: str
    default: Any = None
    """None: the argument is required."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A memory tool: what it takes, and the new value it makes of a block's value."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    edit: Callable[..., str] | None
    """(value, label, other arguments by name) → new value. Raises Refused. None: it edits nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool call returned."""

    text: str
    refused: bool = False
    malformed: bool = False


def _insert(value: str, label: str, new_string: str, insert_line: int) -> str:
    _without_line_numbers("new_string", new_string)
    lines = value.expandtabs().split("\n")
    if insert_line == -1:
        insert_line = len(lines)
    elif not 0 <= insert_line <= len(lines):
        raise Refused(
            f"Invalid `insert_line` parameter: {insert_line}. It should be within the range of lines of the memory "
            f"block: {[0, len(lines)]}, or -1 to append to the end of the memory block."
        )
    if value == "":
        return new_string.expandtabs()  # Letta leaves an empty first line here
    return "\n".join(lines[:insert_line] + new_string.expandtabs().split("\n") + lines[insert_line:])


def _replace(value: str, label: str, old_string: str, new_string: str) -> str:
    _without_line_numbers("old_string", old_string)
    _without_line_numbers("new_string", new_string)
    value, old, new = value.expandtabs(), old_string.expandtabs(), new_string.expandtabs()
    found = value.count(old)
    if found == 0:
        raise Refused(
            f"No replacement was performed, old_string `{old}` did not appear verbatim in memory block with label `{label}`."
        )
    if found > 1:
        lines = [number for number, line in enumerate(value.split("\n"), 1) if old in line]
        raise Refused(
            f"No replacement was performed. Multiple occurrences of old_string `{old}` in lines {lines}. "
            "Please ensure it is unique."
        )
    return value.replace(old, new)


def _rethink(value: str, label: str, new_memory: str) -> str:
    _without_line_numbers("new_memory", new_memory)
    return new_memory


def _append(value: str, label: str, content: str) -> str:
    return f"{value}\n{content}" if value else content


def _replace_all(value: str, label: str, old_content: str, new_content: str) -> str:
    if old_content not in value:
        raise Refused(f"Old content '{old_content}' not found in memory block '{label}'")
    return value.replace(old_content, new_content)


def _without_line_numbers(argument: str, text: str) -> None:
    for kind, found in (("prefix", LINE_NUMBER.search(text)), ("warning", LINE_NUMBER_WARNING in text)):
        if found:
            what = "line numbers" if kind == "prefix" else "line number information"
            raise Refused(
                f"{argument} contains a line number {kind}, which is not allowed. Do not include {what} when "
                "calling memory tools (line numbers are for display purposes only)."
            )


_LABEL = Parameter("label", str, "The block to edit, by its label.")

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "memory_insert",
            "Insert lines of text into a memory block.",
            (
                _LABEL,
                Parameter("new_string", str, "The text to insert, as it shall stand in the block."),
                Parameter(
                    "insert_line",
                    int,
                    "The line after which to insert: 0 before the first, -1 at the end.",
                    -1,
                ),
            ),
            _insert,
        ),
        Tool(
            "memory_replace",
            "Replace one passage of a memory block: to correct a fact, or, with an empty new text, to remove it.",
            (
                _LABEL,
                Parameter(
                    "old_string",
                    str,
                    "The text to replace. It must occur exactly once, character for character.",
                ),
                Parameter("new_string", str, "The text to put in its place."),
            ),
            _replace,
        ),
        Tool(
            "memory_rethink",
            "Rewrite a memory block as a whole: to condense, merge or reorder it. Not for small edits.",
            (
                _LABEL,
                Parameter("new_memory", str, "The whole new value, with everything in it that still holds."),
            ),
            _rethink,
        ),
        Tool(
            FINISH,
            "Say that all edits are made. Call it last, also when nothing had to be changed.",
            (),
            None,
        ),
        Tool(
            "core_memory_append",
            "Append text to a memory block, on a line of its own.",
            (_LABEL, Parameter("content", str, "The text to append.")),
            _append,
        ),
        Tool(
            "core_memory_replace",
            "Replace a text in a memory block wherever it occurs. An empty new text removes it.",
            (
                _LABEL,
                Parameter("old_content", str, "The text to replace, character for character."),
                Parameter("new_content", str, "The text to put in its place."),
            ),
            _replace_all,
        ),
    )
}


def offered(agent_type: str) -> tuple[str, ...]:
    """Names of the tools that an agent of this type is offered, as Letta attaches them."""
    if agent_type in KEEPERS:
        return ("memory_insert", "memory_replace", "memory_rethink", FINISH)
    if agent_type in ("memgpt_agent", "split_thread_agent"):
        return ("core_memory_append", "core_memory_replace")
    return ("memory_insert", "memory_replace", "memory_rethink")


class Toolbox:
    """Carries out the calls of one step on an agent's blocks, which the caller has locked and saves afterwards."""

    def __init__(self, blocks: Iterable[Block], tools: Sequence[str]) -> None:
        self.blocks = {block.label: block for block in blocks}
        self.tools = tools
        self.changed: dict[str, Block] = {}
        """Blocks whose value changed, by id."""

    def would_overwrite_unseen(self, calls: Iterable[ToolCall], seen: Mapping[str, str]) -> bool:
        """Whether a call that relies on a block's whole value meets another one than the learner saw.

        Calls that name the text they replace, or add to the end, are as right as before.
        """
        for call in calls:
            block = self.blocks.get(str(call.arguments.get("label")))
            by_line = call.name == "memory_insert" and call.arguments.get("insert_line", -1) != -1
            if (
                block is not None
                and (by_line or call.name == "memory_rethink")
                and block.value != seen.get(block.label, block.value)
            ):
                return True
        return False

    def carry_out(self, call: ToolCall) -> Result:
        """Do what a call asks. What is refused changes nothing."""
        try:
            return Result(self._carry_out(call))
        except Refused as refused:
            return Result(str(refused), refused=True, malformed=refused.malformed)

    def _carry_out(self, call: ToolCall) -> str:
        if call.problem is not None:
            raise Refused(call.problem, malformed=True)
        tool = TOOLS.get(call.name) if call.name in self.tools else None
        if tool is None:
            raise Refused(
                f"[ToolConstraintError] Cannot call {call.name}, valid tools include: {list(self.tools)}.",
                malformed=True,
            )
        arguments = _arguments(tool, call.arguments)
        if tool.edit is None:
            return "None"
        label = arguments.pop("label")
        block = self.blocks.get(label)
        if block is None:
            sections = ", ".join(self.blocks)
            raise Refused(f"'Block field {label} does not exist (available sections = {sections})'")
        if block.read_only:
            raise Refused(READ_ONLY)
        value = tool.edit(block.value, label, **arguments)
        # A block that is already too long, because a person wrote it so, may be shortened step by step.
        if len(value) > max(block.limit, 0) and len(value) >= len(block.value) and value != block.value:
            raise Refused(
                f"Edit failed: Exceeds {block.limit} character limit (requested {len(value)}). "
                "Make it shorter, or condense the block with memory_rethink first."
            )
        if value != block.value:
            block.value = value
            self.changed[block.pk] = block
        return value


def _arguments(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """The call's arguments, complete and of the right types. Raises Refused, in the words of Python's own errors."""
    arguments = {name: value for name, value in given.items() if name not in IGNORED_ARGUMENTS}
    known = {parameter.name: parameter for parameter in tool.parameters}
    for name in arguments:
        if name not in known:
            raise Refused(f"{tool.name}() got an unexpected keyword argument '{name}'", malformed=True)
    missing = [f"'{p.name}'" for p in tool.parameters if p.default is None and p.name not in arguments]
    if missing:
        count = "argument" if len(missing) == 1 else "arguments"
        names = " and ".join(missing)
        raise Refused(f"{tool.name}() missing {len(missing)} required positional {count}: {names}", malformed=True)
    complete = {}
    for name, parameter in known.items():
        value = arguments.get(name, parameter.default)
        if parameter.kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON does not tell 1 from 1.0
        if not isinstance(value, parameter.kind) or isinstance(value, bool):
            wanted = "an integer" if parameter.kind is int else "a string"
            raise Refused(f"{tool.name}() argument '{name}' must be {wanted}", malformed=True)
        complete[name] = storable(value)
    return complete
