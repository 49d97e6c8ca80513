"""memory_sdk: long-term memory for assistants over Letta's API. `Memory` to begin with, `Agents` for consoles.

Importing the package loads nothing but this page; letta_client and httpx come with the first call that needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memory_sdk.agents import Agents
    from memory_sdk.async_memory import AsyncMemory
    from memory_sdk.errors import LettaError, NotFound, Refused, RunFailed, Unauthorized, Unavailable
    from memory_sdk.formats import Turn
    from memory_sdk.memory import Memory
    from memory_sdk.models import (
        Agent,
        Batch,
        Block,
        BlockChange,
        Deleted,
        Health,
        LogPage,
        NewBlock,
        Passage,
        RunState,
        Touch,
        Usage,
    )

__all__ = [
    "Agent",
    "Agents",
    "AsyncMemory",
    "Batch",
    "Block",
    "BlockChange",
    "Deleted",
    "Health",
    "LettaError",
    "LogPage",
    "Memory",
    "NewBlock",
    "NotFound",
    "Passage",
    "Refused",
    "RunFailed",
    "RunState",
    "Touch",
    "Turn",
    "Unauthorized",
    "Unavailable",
    "Usage",
]

_ROOMS = {
    "agents": ("Agents",),
    "async_memory": ("AsyncMemory",),
    "errors": ("LettaError", "NotFound", "Refused", "RunFailed", "Unauthorized", "Unavailable"),
    "formats": ("Turn",),
    "memory": ("Memory",),
    "models": (
        "Agent",
        "Batch",
        "Block",
        "BlockChange",
        "Deleted",
        "Health",
        "LogPage",
        "NewBlock",
        "Passage",
        "RunState",
        "Touch",
        "Usage",
    ),
}


if not TYPE_CHECKING:  # type checkers know the names from above, and report others

    def __getattr__(name: str) -> object:
        for room, names in _ROOMS.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{room}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
