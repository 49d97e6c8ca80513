"""`Found`: what an inventory found, by store and id, as it is kept while an erasure is under way."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Ids = dict[str, list[str]]


@dataclass(slots=True)
class Found:
    """Ids by store: our tables by their labels, Letta's kinds (`memory_sdk.belongings.KINDS`) by their names."""

    ours: Ids = field(default_factory=dict)
    letta: Ids = field(default_factory=dict)
    """What goes."""
    kept: Ids = field(default_factory=dict)
    """What Letta keeps for others, too."""
    asked: Ids = field(default_factory=dict)
    """What we know of by our own tables and by tags, whether Letta still had it or not: read again at the end."""
    strangers: list[str] = field(default_factory=list)
    """Agents of other programs that carry the outside id as a tag."""
    lacking: list[str] = field(default_factory=list)
    """Kinds this Letta has nothing of."""

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Found":
        """From what `as_json` gave; empty from an empty one."""
        return cls(**kept)

    def as_json(self) -> dict[str, Any]:
        """For a JSON column."""
        return asdict(self)

    def add(self, other: "Found") -> None:
        """Add what another look found. What is kept for others was seen anew: the later look decides."""
        for mine, more in ((self.ours, other.ours), (self.letta, other.letta), (self.asked, other.asked)):
            for store, ids in more.items():
                mine[store] = union(mine.get(store, ()), ids)
        self.kept = {kind: list(ids) for kind, ids in other.kept.items()}
        for kind, ids in self.kept.items():
            self.letta[kind] = [one for one in self.letta.get(kind, []) if one not in set(ids)]
        self.strangers = list(other.strangers)
        self.lacking = union(self.lacking, other.lacking)

    def to_ask(self, kind: str) -> list[str]:
        """Everything of a kind that must be gone at the end."""
        kept = set(self.kept.get(kind, ()))
        return [one for one in union(self.letta.get(kind, ()), self.asked.get(kind, ())) if one not in kept]


def union(some: Iterable[str], more: Iterable[str]) -> list[str]:
    """Both without doubles, in their order."""
    return list(dict.fromkeys([*some, *more]))
