"""The table of shared blocks: one block of Letta's that is attached to many subjects."""

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User


class SharedBlock(models.Model):
    """One block for many subjects, for example the company's policies. One edit of it reaches all of them."""

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
