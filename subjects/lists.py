"""The tables of the subject list: lists on their way to a CSV file, and what each person opened last."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class ListExport(models.Model):
    """A list of subjects that a person saves as CSV, too long to be written while they wait."""

    class State(models.TextChoices):
        WRITING = "writing", "Being written"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    """Who asked for it; nobody else may see it."""
    filters = models.JSONField()
    """`wanted.Wanted.as_json`."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WRITING)
    failure = models.CharField(max_length=200, blank=True)
    """Why it failed, in a sentence without personal text."""
    rows_done = models.IntegerField(default=0)
    rows_expected = models.IntegerField(default=0)
    """About how many there will be; 0: not known."""
    after = models.CharField(max_length=64, blank=True)
    """The subject after which writing goes on."""
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: nothing to do."""

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="subjects_list_export_age"),
            models.Index(fields=["wake_at"], name="subjects_list_export_wake", condition=Q(wake_at__isnull=False)),
        ]


class ListPart(models.Model):
    """A stretch of a list's CSV. In the database, because the worker that writes may be on another machine."""

    id = models.BigAutoField(primary_key=True)
    list_export = models.ForeignKey(ListExport, on_delete=models.CASCADE, related_name="parts")
    position = models.IntegerField()
    content = models.BinaryField()
    """UTF-8"""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_export", "position"], name="subjects_list_part_once")]


class Opened(models.Model):
    """A subject that a person opened lately."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "subject"], name="subjects_opened_once")]
        indexes = [models.Index(fields=["person", "-opened_at"], name="subjects_opened_newest")]
