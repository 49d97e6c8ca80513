"""Which subjects a list is to show, and in which order: what was chosen above it, in the address or in a stored list."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Sort = Literal["", "newest", "id", "learned", "longest"]
ORDERS: dict[str, tuple[str, ...]] = {
    "newest": ("-created_at", "-id"),
    "id": ("search_key", "id"),
    "learned": ("-last_learned_at", "-id"),
    "longest": ("last_learned_at", "id"),
}
"""the last two are orders of those who learned once"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subjects a list is to show, and in which order."""

    q: str = ""
    """How the id begins, in any letter case; or a whole agent id."""
    kind: str = ""
    since: datetime | None = None
    """Last learned at this moment or later."""
    until: datetime | None = None
    """Last learned before this moment."""
    never: bool = False
    """Nothing was learned about them yet."""
    failed: bool = False
    """The last run failed."""
    doubled: bool = False
    """Letta has further agents with the id."""
    label: str = ""
    """Has a block with this label."""
    text: str = ""
    """Has a block with these words."""
    tag: str = ""
    """The agent has this tag."""
    added: tuple[tuple[str, str], ...] = ()
    """What was chosen of the filters that other apps bring: name and value."""
    sort: Sort = ""

    @property
    def is_filtered(self) -> bool:
        """Whether anybody could be left out."""
        return self != Wanted(sort=self.sort) or self.is_by_learning

    @property
    def has_more(self) -> bool:
        """Whether a filter besides id and words was chosen."""
        flags = (self.never, self.failed, self.doubled)
        return any((self.kind, self.label, self.tag, self.since, self.until, self.added, *flags))

    @property
    def order(self) -> tuple[str, ...]:
        """The order that was asked for, or the one in which the filter's own index lies."""
        if self.sort:
            return ORDERS[self.sort]
        if self.q and not self.q.startswith("agent-"):
            return ORDERS["id"]
        return ORDERS["learned" if self.since or self.until else "newest"]

    @property
    def is_by_learning(self) -> bool:
        """Whether the order is one of when they last learned, in which who never did has no place."""
        return self.order in (ORDERS["learned"], ORDERS["longest"])

    def as_json(self) -> dict[str, Any]:
        """What was chosen, for a stored list."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in chosen.items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Wanted":
        """The reverse of `as_json`."""
        moments: dict[str, Any] = {
            name: datetime.fromisoformat(stored[name]) for name in ("since", "until") if name in stored
        }
        added = tuple((name, value) for name, value in stored.get("added", ()))
        return cls(**(stored | moments | {"added": added}))
