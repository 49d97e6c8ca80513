"""Who speaks: the roles of messages under the names that people and programs give them, and lines of `role: text`."""

import re
from collections.abc import Iterator

ROLES = ("user", "assistant", "system", "tool")
# Words other programs and people use for the same roles.
ALIASES = {
    "human": "user",
    "customer": "user",
    "client": "user",
    "caller": "user",
    "ai": "assistant",
    "bot": "assistant",
    "agent": "assistant",
    "model": "assistant",
    "support": "assistant",
    "developer": "system",
    "function": "tool",
}

# A time in brackets, zero-width marks and bullets that chat programs put before a name are not part of it.
_SPEAKER = re.compile(r"(?:\[[^\]\n]{1,40}\])?[\s\u200b\u200e\u200f*>_-]*([A-Za-z]{2,12})[*_]*\s*[:\uff1a][*_]*[ \t]?")


def role_of(word: str) -> str | None:
    """The role that `word` names, in any letter case; None when it names none."""
    word = word.strip().lower()
    return word if word in ROLES else ALIASES.get(word)


def spoken(text: str) -> Iterator[tuple[int, str | None, str]]:
    """(line number, role, text) for each message; text before the first role has the role None."""
    first, role, lines = 1, None, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        match = _SPEAKER.match(line)
        said_by = role_of(match[1]) if match else None
        if match and said_by:
            if role is not None or any(part.strip() for part in lines):
                yield first, role, "\n".join(lines)
            first, role, lines = number, said_by, [line[match.end() :]]
        else:
            if role is None and not any(part.strip() for part in lines):
                first = number
            lines.append(line)
    yield first, role, "\n".join(lines)
