"""Cutting a long text into parts that can be learned from, at places where a reader would pause."""

import re

PART = 20_000
"""characters; the AI Memory SDK cuts what is to be learned at the same length"""

# The best place first: after a paragraph, a line, a sentence, a word.
_PAUSES = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"[.!?…。！？][\"'”’)\]]*\s+"), re.compile(r"\s+"))


def split(text: str, size: int = PART) -> list[str]:
    """The parts of `text`, each at most `size` characters, none blank, nothing lost but the blanks around them."""
    parts = []
    start = 0
    while start < len(text):
        end = start + size
        if end < len(text):
            end = start + _pause(text[start:end])
        if part := text[start:end].strip():
            parts.append(part)
        start = end
    return parts


def _pause(window: str) -> int:
    """Where to cut: at the last of the best pauses in the second half, so that no part is a crumb; else at the end."""
    half = len(window) // 2
    for pause in _PAUSES:
        found = [match.end() for match in pause.finditer(window, half)]
        if found:
            return found[-1]
    return len(window)
