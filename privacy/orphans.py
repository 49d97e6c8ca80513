"""The tables of orphans: one look through Letta for what nobody owns, and what became of each thing it found."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class Scan(models.Model):
    """One look through all of Letta, page by page; the last page is kept, so a killed worker goes on there."""

    class Step(models.TextChoices):
        BLOCKS = "blocks", "blocks"
        ARCHIVES = "archives", "archives"
        FOLDERS = "folders", "folders"
        AGENTS = "agents", "agents"
        ENDED = "ended", "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.BLOCKS)
    """What it looks through now."""
    after = models.CharField(max_length=64, blank=True)
    """Letta's id after which the next page begins."""
    looked_at = models.IntegerField(default=0)
    """Pages that were read."""
    found = models.IntegerField(default=0)
    lacking = models.CharField(max_length=100, blank=True)
    """Kinds of things that this Letta has nothing of."""
    trouble = models.CharField(max_length=300, blank=True)
    """Why it waits, in a sentence without personal text."""
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: it is over."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                name="privacy_scan_one_at_a_time",
                condition=Q(ended_at=None),
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["-started_at"], name="privacy_scan_newest")]


class Orphan(models.Model):
    """A thing in Letta that belongs to nobody we know. What it says is not kept here, but read from Letta when asked for."""

    class Kind(models.TextChoices):
        BLOCK = "block", "Block"
        ARCHIVE = "archive", "Archive with its passages"
        FOLDER = "folder", "Folder with its files"
        AGENT = "agent", "Agent"

    class State(models.TextChoices):
        FOUND = "found", "To be decided"
        REMOVING = "removing", "Being removed"
        REMOVED = "removed", "Removed"
        KEPT = "kept", "Kept"
        CLAIMED = "claimed", "Belongs to somebody now"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    letta_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    """A block's label, the name of an archive, folder or agent."""
    characters = models.IntegerField(null=True)
    """Of a block's value."""
    created_at = models.DateTimeField(null=True)
    """When Letta says it was made."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.FOUND)
    trouble = models.CharField(max_length=300, blank=True)
    """Why removing it waits, in a sentence without personal text."""
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "letta_id"], name="privacy_orphan_once")]
        indexes = [
            models.Index(fields=["state", "-first_seen_at", "-id"], name="privacy_orphan_state"),
            models.Index(fields=["id"], name="privacy_orphan_removing", condition=Q(state="removing")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.letta_id}"
