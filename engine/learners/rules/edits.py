"""Plans the memory-tool calls that turn a block's old value into the new one, with Letta's semantics of each tool."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from engine.learners.base import BlockView, ToolCall

MAX_EDITS = 6
"""more edits than this in one block are one rewrite"""

_Edit = tuple[str, dict[str, Any]]


def planned(block: BlockView, value: str) -> list[_Edit]:
    """Tool names and arguments, in order, after which `block` holds `value`; empty when it does already."""
    if value == block.value:
        return []
    whole: list[_Edit] = [("memory_rethink", {"label": block.label, "new_memory": value})]
    if not block.value.strip() or not value.strip() or "\t" in block.value:
        return whole
    old, new = block.value.split("\n"), value.split("\n")
    if not set(old) & set(new) and len(old) > 1:
        return whole
    edits: list[_Edit] = []
    text = block.value
    for tag, i1, i2, j1, j2 in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        edit = (
            _inserted(text, block.label, i1, new[j1:j2])
            if tag == "insert"
            else _replaced(text, block.label, i1, i2, new[j1:j2])
        )
        if edit is None:
            return whole
        edits.append(edit)
        text = applied(text, *edit)
    return edits if text == value and len(edits) <= MAX_EDITS else whole


def calls(edits: Sequence[_Edit]) -> list[ToolCall]:
    """The edits as tool calls, numbered in their order."""
    return [ToolCall(f"rules-{number}", name, arguments) for number, (name, arguments) in enumerate(edits, 1)]


def applied(value: str, name: str, arguments: dict[str, Any]) -> str:
    """What a block holds after the call. Raises ValueError where the tool would refuse it."""
    if name == "memory_rethink":
        return str(arguments["new_memory"])
    if name == "memory_insert":
        lines, at = value.split("\n"), int(arguments["insert_line"])
        at = len(lines) if at == -1 else at
        return "\n".join([*lines[:at], *str(arguments["new_string"]).split("\n"), *lines[at:]])
    if value.count(arguments["old_string"]) != 1:
        raise ValueError("old_string must occur exactly once")
    return value.replace(arguments["old_string"], arguments["new_string"])


def _inserted(text: str, label: str, at: int, lines: list[str]) -> _Edit:
    at = -1 if at == len(text.split("\n")) else at
    return "memory_insert", {"label": label, "new_string": "\n".join(lines), "insert_line": at}


def _replaced(text: str, label: str, start: int, end: int, lines: list[str]) -> _Edit | None:
    """A replacement of whole lines; neighbours join the old string until it is found only once."""
    rows = text.split("\n")
    for before in (0, 1, 2):
        for after in (0, 1, 2):
            first, last = start - before, end + after
            if first < 0 or last > len(rows):
                continue
            old = "\n".join(rows[first:last])
            new = "\n".join([*rows[first:start], *lines, *rows[end:last]])
            if not lines and first == start and last == end:
                continue  # a line is removed together with its line end, which a neighbour brings
            if old and text.count(old) == 1:
                return "memory_replace", {"label": label, "old_string": old, "new_string": new}
    return None
