"""Archival memory: passages, and the archives they lie in. An agent has one archive, made with its first passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from engine.models import Agent, Archive, Passage

DESCRIPTION = "Default archive created automatically"


class AnotherArchive(Exception):
    """The agent has an archive already, and can have only one."""


@dataclass(frozen=True, slots=True)
class NewPassage:
    text: str
    tags: Sequence[str] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    """UTC; None: now"""


def add(archive_id: str, passages: Sequence[NewPassage]) -> list[Passage]:
    """Store texts in an archive, in one statement. They are found by their words at once; `engine.embedding` follows."""
    now = timezone.now()
    rows = [
        Passage(
            archive_id=archive_id,
            text=new.text,
            tags=list(dict.fromkeys(new.tags)),
            metadata=new.metadata,
            created_at=new.created_at or now,
            updated_at=now,
        )
        for new in passages
    ]
    return Passage.objects.bulk_create(rows)


def archive_of(agent: Agent) -> str:
    """The id of the agent's archive, which is made if need be. Raises Agent.DoesNotExist."""
    if agent.archive_id is not None:
        return str(agent.archive_id)
    with transaction.atomic():
        locked = Agent.objects.select_for_update(no_key=True).only("archive_id", "name", "embedding").get(pk=agent.pk)
        if locked.archive_id is None:
            locked.archive = Archive.objects.create(
                name=f"{locked.name}'s Archive", description=DESCRIPTION, embedding=locked.embedding
            )
            locked.save(update_fields=["archive"])
    return str(locked.archive_id)


def attach(agent_id: str, archive: Archive) -> None:
    """Make `archive` the agent's. Raises AnotherArchive and Agent.DoesNotExist."""
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).only("archive_id").get(pk=agent_id)
        if agent.archive_id not in (None, archive.pk):
            raise AnotherArchive
        agent.archive = archive
        agent.save(update_fields=["archive"])


def of_archive(archive_id: str | None) -> QuerySet[Passage]:
    """The passages of an archive; none for an agent that has no archive yet. Without their vectors, which are long."""
    rows = Passage.objects.defer("embedding", "search")
    return rows.none() if archive_id is None else rows.filter(archive_id=archive_id)


def delete_archive(archive_id: str) -> bool:
    """Delete an archive with its passages; False when there is none. Agents that had it have none then."""
    with transaction.atomic():
        Passage.objects.filter(archive_id=archive_id).delete()
        return bool(Archive.objects.filter(pk=archive_id).delete()[0])
