"""The text formats of the SDK: a batch of messages as Letta's agent reads it, and blocks as a prompt shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from memory_sdk.names import checked_text

ROLES = frozenset({"user", "assistant", "system", "developer", "tool", "function"})
"""Roles of a conversation turn: those of OpenAI's chat API."""

# The spelling is ai-memory-sdk's; the memory agents' prompts and other readers of the log know it so.
_OPENING = "<messages>The following message interactions have occured:\n"
_CLOSING = "</messages>"
_TURN_START = re.compile(rf"^({'|'.join(sorted(ROLES))}): ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One conversation turn: who said it and what, as plain text."""

    role: str
    content: str


def checked_turns(messages: object, name: str = "messages") -> list[Turn]:
    """Turns from dicts with `role` and `content` (other keys are ignored) or from `Turn`s.

    Raises ValueError naming the first thing that is wrong: an empty list, an unknown role, a content that is no text,
    or nothing but blank contents (single blank ones occur in real histories, at tool calls, and are kept).
    """
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Iterable):
        raise ValueError(f"{name} must be a list of dicts with 'role' and 'content'.")
    turns = [_checked_turn(item, f"{name}[{index}]") for index, item in enumerate(messages)]
    if not turns:
        raise ValueError(f"{name} must not be empty.")
    if not any(turn.content.strip() for turn in turns):
        raise ValueError(f"{name} must contain at least one message with text.")
    return turns


def _checked_turn(item: object, name: str) -> Turn:
    role: object
    content: object
    if isinstance(item, Turn):
        role, content = item.role, item.content
    elif isinstance(item, Mapping):
        role, content = item.get("role"), item.get("content")
    else:
        raise ValueError(f"{name} must be a dict with 'role' and 'content'.")
    if not isinstance(role, str) or role not in ROLES:
        raise ValueError(f"{name}['role'] must be one of {', '.join(sorted(ROLES))}.")
    return Turn(role, checked_text(content, f"{name}['content']"))


def format_batch(turns: Sequence[Turn]) -> str:
    """A batch of turns as the one user message that ai-memory-sdk sends.

    A turn that contains the closing tag cannot end the batch early: its `<` is written `&lt;`.
    """
    lines = "\n".join(f"{turn.role}: {_without_closing(turn.content, 'messages')}" for turn in turns)
    return f"{_OPENING}{lines}{_CLOSING}"


def parse_batch(content: str) -> list[Turn] | None:
    """The turns of a message written by `format_batch` or by the original SDKs; None when it is no such message.

    The format has no escape for a line that looks like a new turn, so such a line inside a content starts one.
    """
    if not (content.startswith(_OPENING) and content.endswith(_CLOSING)):
        return None
    body = content[len(_OPENING) : -len(_CLOSING)]
    starts = list(_TURN_START.finditer(body))
    if not starts or starts[0].start() != 0:
        return None
    ends = [start.start() - 1 for start in starts[1:]] + [len(body)]
    return [
        Turn(start.group(1), body[start.end() : end].replace("&lt;/messages", "</messages"))
        for start, end in zip(starts, ends, strict=True)
    ]


def format_block(label: str, description: str | None, value: str) -> str:
    """A block for a prompt: `<human description="…">\\n…\\n</human>`, description escaped, value unable to break out."""
    tag = re.sub(r"[^\w.-]", "_", label) or "block"
    return f'<{tag} description="{escape(description or "")}">\n{_without_closing(value, tag)}\n</{tag}>'


def format_summary(value: str) -> str:
    """A summary block for a prompt: `<conversation_summary>\\n…\\n</conversation_summary>`."""
    tag = "conversation_summary"
    return f"<{tag}>\n{_without_closing(value, tag)}\n</{tag}>"


def _without_closing(text: str, tag: str) -> str:
    """The text with every closing tag of `tag` (any case, any spacing) made harmless, all else untouched."""
    return re.sub(rf"<(?=\s*/\s*{re.escape(tag)}(?![\w.-]))", "&lt;", text, flags=re.IGNORECASE)
