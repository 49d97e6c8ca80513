"""The tables of the ledger: keyed hashes of those who were erased, and the times they came back."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class LedgerEntry(models.Model):
    """Somebody who was erased. Only who knows the outside id, and has the key, can tell who."""

    subject_hash = models.CharField(max_length=64, primary_key=True)
    """`hashing.keyed_hash` of the outside id."""
    request = models.UUIDField(null=True)
    """`Request.id` of the last erasure; no foreign key: a ledger that is read back after a restore may know more."""
    entered_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)
    """When a privacy officer let the person back in; none: whatever comes back is refused."""
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")


class Reappearance(models.Model):
    """An erased subject that was met again: refused at the door, and somebody has to say what becomes of it."""

    class How(models.TextChoices):
        SYNC = "sync", "Another program wrote to Letta"
        CONSOLE = "console", "Somebody tried to create it here"
        RESTORE = "restore", "A backup was restored"

    class Outcome(models.TextChoices):
        ERASED = "erased", "Erased again"
        LET_IN = "let-in", "Let back in"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.CASCADE, related_name="reappearances")
    how = models.CharField(max_length=8, choices=How.choices)
    agent_id = models.CharField(max_length=64, blank=True)
    """The Letta agent it came back with; empty when it came from a person or a backup."""
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """None, once settled: memory_ui itself, because the settings say that what comes back is erased again."""
    request = models.UUIDField(null=True)
    """`Request.id` of the erasure that followed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "how", "agent_id"], name="privacy_reappearance_open_once", condition=Q(settled_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["-last_seen_at", "-id"], name="privacy_reappearance_newest"),
            models.Index(fields=["-last_seen_at", "-id"], name="privacy_reappearance_open", condition=Q(settled_at=None)),
        ]
