"""Where the engine's word of what programs did over /v1 becomes entries of the audit log, about subjects.

A module of its own beside the apps, since neither of the two may know the other: the engine knows agents and no subjects.
"""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import ApiKey
from audit.actions import Action
from audit.recording import SETTINGS_KEY, Detail, record_each
from engine.signals import Kind, memory_touched
from subjects.models import Subject

DID = {
    Kind.READ: Action.READ_BY_API,
    Kind.CHANGED: Action.CHANGED_BY_API,
    Kind.TAUGHT: Action.TAUGHT_BY_API,
    Kind.DELETED: Action.DELETED_BY_API,
}


@receiver(memory_touched)
def record_touched(sender: object, kind: Kind, key: ApiKey | None, agents: set[str], **_more: Any) -> None:
    """An entry for each agent, with its subject where it is known: agents are known here a moment after they are made."""
    known = dict(Subject.objects.filter(agent_id__in=agents).values_list("agent_id", "pk"))
    of: list[tuple[UUID | None, Detail]] = [(known.get(agent), {"agent": agent}) for agent in sorted(agents)]
    record_each(DID[kind], by=key or SETTINGS_KEY, of=of, lazily=kind == Kind.READ)
