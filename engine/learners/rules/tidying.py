"""Tidying up by rules: lines that stand in a block twice go; what was said is not read again.

What the conversations taught was written, with its date, when they were read; reading them once more would date it anew.
"""

import re
from collections.abc import Sequence

from engine.learners.base import BlockView, ToolCall, Turn

from .edits import calls, planned
from .facts import TASTES, Kind
from .lines import Line, parsed
from .tokens import squash

_ASKED = re.compile(r"\s*tidy up\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*[-*•]\s+")
_SINGLE = (Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.CITY, Kind.ADDRESS, Kind.COMPANY, Kind.JOB)


def asked_to_tidy(turns: Sequence[Turn]) -> bool:
    """Whether an instruction among the turns asks for tidying up. A customer's words in its place would do no harm."""
    return any(turn.role == "system" and _ASKED.match(turn.content) for turn in turns)


def tidied(blocks: Sequence[BlockView]) -> list[ToolCall]:
    """The memory-tool calls that remove repeated lines; of two that say the same the later dated one stays."""
    return calls([edit for block in blocks if not block.read_only for edit in planned(block, without_repeats(block.value))])


def without_repeats(value: str) -> str:
    """The text with each line once, and each fact of the learner's own format once; nothing else changes."""
    lines = [parsed(text) for text in value.split("\n")]
    best: dict[tuple[str, ...], int] = {}
    dropped: set[int] = set()
    for index, line in enumerate(lines):
        key = _key(line)
        if key is None:
            continue
        other = best.get(key)
        if other is None:
            best[key] = index
        elif _is_better(line, lines[other]):
            dropped.add(other)
            best[key] = index
        else:
            dropped.add(index)
    if not dropped:
        return value
    return "\n".join(line.text for index, line in enumerate(lines) if index not in dropped)


def _key(line: Line) -> tuple[str, ...] | None:
    """What the line says, the same for two lines that say the same; None for blank lines and lists, which may repeat."""
    if line.is_blank or line.items:
        return None
    if line.kind is None:
        words = " ".join(_BULLET.sub("", line.text).lower().split()).rstrip(" .;,")
        return ("text", words) if squash(words) else None
    if line.kind in _SINGLE:
        # Two values of one kind may both be right, so only equal ones are one.
        return (line.kind, line.key, squash(line.before))
    if line.kind in TASTES:
        return (line.kind, *_thing(line.value))
    if line.kind == Kind.REQUEST:
        return (line.kind, line.key)
    return (line.kind, line.label.lower(), line.key)


def _thing(value: str) -> list[str]:
    """The words of what is liked or owned: cats, a cat and the cat are one thing."""
    words = [word for word in re.findall(r"\w+", value.lower()) if word not in ("a", "an", "the", "my")]
    return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words]


def _is_better(line: Line, other: Line) -> bool:
    """Whether the later line is dated later; undated and equal ones leave the first where it stands."""
    return line.day > other.day
