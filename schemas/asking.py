"""Asking Letta: every request counted, and no block created twice, whoever was killed in between."""

from collections.abc import Callable
from dataclasses import replace

from memory_sdk import Block, NewBlock
from memory_sdk.agents import Agents
from subjects.letta import agents


class Letta:
    """The way to Letta, with every request counted."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, requests: int = 1) -> Agents:
        """The connection, for a call of so many requests."""
        self.requests += requests
        return agents()


def create_once(letta: Callable[[], Agents], new: NewBlock, tag: str, *, again: bool) -> Block:
    """A block that is attached to nothing yet; `again`: the one that an attempt before left behind, if it got so far.

    `tag` is the attempts' own and says nothing of whom: it alone leads to a block whose maker was killed before it could
    write down the id, or attach it. Raises LettaError.
    """
    left_behind = letta().find_blocks(new.label, tag) if again else []
    if not left_behind:
        return letta().create_block(replace(new, tags=(*new.tags, tag)))
    for further in left_behind[1:]:
        letta().delete_block(further.id)
    return left_behind[0]
