"""Names for agents whose creator gave none: two words, as Letta does it."""

from __future__ import annotations

import secrets

_FIRST = (
    "Amber", "Brave", "Calm", "Clever", "Eager", "Gentle", "Golden", "Happy", "Honest", "Kind", "Lively", "Lucky", "Mellow",
    "Patient", "Quiet", "Silver", "Sunny", "Swift", "Tidy", "Wise",
)  # fmt: skip
_SECOND = (
    "Badger", "Beaver", "Cedar", "Comet", "Crane", "Falcon", "Finch", "Fjord", "Harbor", "Heron", "Lark", "Maple", "Meadow",
    "Otter", "Pebble", "Plover", "River", "Robin", "Walnut", "Wren",
)  # fmt: skip


def random_name() -> str:
    return secrets.choice(_FIRST) + secrets.choice(_SECOND)
