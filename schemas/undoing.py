"""What a subject was before a rollout touched it, kept beside the item so that there is a way back."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from schemas.models import RolloutItem, Standing
from schemas.planning import Plan
from subjects.models import Revision, Subject


@dataclass(slots=True)
class Before:
    """The stored form of `RolloutItem.before`. What an earlier attempt noted stays: later it is no "before" any more."""

    version: str | None
    """The version that the subject was on; None: on none."""
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Label → the fields that were set, as they were: description, limit, read_only; value as the number of a revision."""
    added: dict[str, str | None] = field(default_factory=dict)
    """Label → Letta's id of the block that was attached; None while it is not known whether there is one."""
    shared: list[str] = field(default_factory=list)
    """Labels of `added` that are shared blocks."""
    removed: dict[str, str] = field(default_factory=dict)
    """Label → our id of the block that was taken off."""

    @classmethod
    def stored(cls, item: RolloutItem) -> Self:
        """What is noted at an item for which something was done."""
        return cls(**(item.before or {"version": None}))

    @classmethod
    def of(cls, item: RolloutItem, subject: Subject) -> Self:
        """What is noted, or the beginning of it."""
        if item.before is not None:
            return cls.stored(item)
        standing = Standing.objects.filter(subject=subject).values_list("version", flat=True).first()
        return cls(None if standing is None else str(standing))

    def note(self, plan: Plan) -> None:
        """Add what `plan` is going to change."""
        for change in plan.changes:
            noted = self.blocks.setdefault(change.block.label, {})
            for name in ("description", "limit", "read_only"):
                if getattr(change, name) is not None:
                    noted.setdefault(name, getattr(change.block, name))
            if change.value is not None:
                numbers = Revision.objects.filter(block=change.block).order_by("-number").values_list("number", flat=True)
                noted.setdefault("value", numbers[0])
        for addition in plan.additions:
            self.added.setdefault(addition.label, None)
            if addition.shared is not None and addition.label not in self.shared:
                self.shared.append(addition.label)
        for block in plan.removals:
            self.removed.setdefault(block.label, str(block.pk))

    @property
    def has_anything(self) -> bool:
        """Whether any block was touched."""
        return bool(self.blocks or self.added or self.removed)

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)
