"""The bodies of requests about messages."""

from __future__ import annotations

from typing import Any

from engine.api.errors import Invalid, Refused


def text_of(content: str | list[dict[str, Any]]) -> str:
    """The text of a message's content: a string, or Letta's list of parts, of which the engine reads text.

    Raises Refused (501) for images and other parts.
    """
    if isinstance(content, str):
        return content
    parts = []
    for part in content:
        if part.get("type", "text") != "text":
            raise Refused(501, "The memory engine reads text only: images and other parts of a message are not supported.")
        if not isinstance(part.get("text"), str):
            raise Invalid("missing", ("body", "messages", "content", "text"), "Field required", part)
        parts.append(part["text"])
    return "\n".join(parts)
