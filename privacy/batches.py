"""The tables of requests that are filed by a list of ids."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class Batch(models.Model):
    """A list of ids for which the same is asked. Its requests are filed in the background, confirmed and approved as one."""

    class State(models.TextChoices):
        FILING = "filing", "Being filed"
        FILED = "filed", "Filed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12)
    """`Request.Kind`"""
    state = models.CharField(max_length=10, choices=State.choices, default=State.FILING)
    lines_expected = models.IntegerField()
    """different ids on the list"""
    doubles = models.IntegerField(default=0)
    """ids that stood on the list again, and were ignored"""
    filed = models.IntegerField(default=0)
    """requests that were filed so far"""
    unknown = models.IntegerField(default=0)
    """ids under which we know nobody"""
    already = models.IntegerField(default=0)
    """ids for which the same was open already"""
    filed_at = models.DateTimeField(default=timezone.now)
    filed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    """When the last of its requests was filed."""
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: nothing to do."""

    class Meta:
        indexes = [
            models.Index(fields=["-filed_at", "-id"], name="privacy_batch_newest"),
            models.Index(fields=["wake_at"], name="privacy_batch_wake", condition=Q(wake_at__isnull=False)),
        ]


class BatchLine(models.Model):
    """An id of a list. It goes when its request is filed; those left over are told on the page, for 30 days."""

    class Outcome(models.TextChoices):
        PENDING = "", "not looked at yet"
        UNKNOWN = "unknown", "unknown: nothing is stored under this id"
        ALREADY = "already", "the same is open already"

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="lines")
    subject_id = models.CharField(max_length=200)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.PENDING, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "subject_id"], name="privacy_batch_line_once")]
        indexes = [
            models.Index(fields=["batch", "outcome", "id"], name="privacy_batch_line_outcome"),
            models.Index(fields=["subject_id"], name="privacy_batch_line_subject"),
        ]
