"""Conversations as people bring them, typed, JSON, JSON Lines or plain `role: text`, read into turns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation: who said it (`user`, `assistant`, `system` or `tool`) and what."""

    role: str
    content: str
