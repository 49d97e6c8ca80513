"""Plans: what to ask Letta and what to make of the answers, without saying how the waiting is done.

A plan is a generator that yields `Call`s and is sent their JSON answers (or thrown their `LettaError`s). `Connection`
drives it with blocking calls, `AsyncConnection` with awaited ones, so that `Memory` and `AsyncMemory` share every
decision. Plans call each other with `yield from`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from memory_sdk.calls import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before going on. The driver sleeps; the plan is sent None."""

    seconds: float


Plan: TypeAlias = Generator[Call | Pause, object, T]
