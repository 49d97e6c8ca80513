"""The tables of shared blocks: one block of Letta's that is attached to many subjects, and everything it ever said."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class SharedBlock(models.Model):
    """One block for many subjects, for example the company's policies. One edit of it reaches all of them.

    What it says now stands here. The mirror of each subject follows in the background, and before one is shown it is
    brought in step (`following.py`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    block_id = models.CharField(max_length=64, null=True, unique=True)
    """Letta's id of the block; none until it has been created there."""
    label = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    value = models.TextField(blank=True)
    limit = models.IntegerField(default=5000)
    """characters"""
    read_only = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    archived_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    """When Letta was last asked what it says."""
    trouble = models.TextField(blank=True)
    """Why it is not in Letta, or could not be looked at, in a sentence; empty: it could."""
    following_since = models.DateTimeField(null=True)
    """Since when mirrors of subjects may say something older; none: all of them follow."""
    follow_after = models.UUIDField(null=True)
    """The subject up to which they follow; none: from the first."""
    subjects = models.IntegerField(default=0)
    """How many subjects have it, as last counted."""
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: it is archived."""
    tries = models.IntegerField(default=0)
    """How often Letta did not answer in a row, for the pause before the next try."""

    class Meta:
        indexes = [
            models.Index(fields=["label", "id"], name="schemas_shared_live", condition=Q(archived_at=None)),
            models.Index(fields=["wake_at"], name="schemas_shared_wake", condition=Q(wake_at__isnull=False)),
            models.Index(fields=["id"], name="schemas_shared_following", condition=Q(following_since__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.label


class SharedRevision(models.Model):
    """One recorded state of a shared block, with who changed it and why."""

    class Source(models.TextChoices):
        CREATED = "created", "created"
        EDIT = "edit", "edit"
        RESTORE = "restore", "restore"
        OUTSIDE = "outside", "outside"

    id = models.BigAutoField(primary_key=True)
    shared_block = models.ForeignKey(SharedBlock, on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()
    """From 1, in the order the changes were seen."""
    value = models.TextField(blank=True)
    description = models.TextField(blank=True)
    limit = models.IntegerField()
    read_only = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source.choices)
    editor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shared_block", "number"], name="schemas_shared_revision_number")]


class SharedEdit(models.Model):
    """A change on its way to Letta, one a block; written before Letta is asked, as `subjects.Edit` is."""

    shared_block = models.OneToOneField(SharedBlock, on_delete=models.CASCADE, related_name="edit")
    value = models.TextField(blank=True)
    description = models.TextField(blank=True)
    limit = models.IntegerField()
    read_only = models.BooleanField()
    source = models.CharField(max_length=10, choices=SharedRevision.Source.choices)
    editor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
