"""New subjects: who may come in, and word of those that came in because other programs made them.

Apps above this one guard the door and listen here, since this one may not know them.
"""

from collections.abc import Callable, Mapping

from django.dispatch import Signal

Guard = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Outside id → the Letta agent it comes with, empty when a person creates it here. Returns those refused, each with a
sentence without personal text. Called outside of transactions."""

guards: list[Guard] = []

arrived = Signal()
"""Sent with `subjects`, a list of Subject rows that were just kept with their blocks. Inside the transaction that keeps
them: what a receiver writes is kept with them or not at all, and it must not call Letta."""


def refused(arriving: Mapping[str, str]) -> dict[str, str]:
    """Those of the arriving subjects, by outside id, that are not to be kept, each with the reason in a sentence."""
    found: dict[str, str] = {}
    for guard in guards if arriving else ():
        found.update(guard(arriving))
    return found
