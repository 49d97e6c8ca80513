"""The tables of exports: a person's archive on its way, and its bytes until it expires or the person is erased."""

import uuid

from django.db import models
from django.utils import timezone


class Export(models.Model):
    """The archive that answers one request for access or portability. Only whoever filed the request may fetch it."""

    class State(models.TextChoices):
        WRITING = "writing", "Being made"
        READY = "ready", "Ready"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField("privacy.Request", on_delete=models.CASCADE, related_name="export")
    subject = models.UUIDField()
    """`Subject.id`; no foreign key: that it was made is told after the person was erased, too."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.WRITING)
    done = models.IntegerField(default=0)
    """Records written so far: revisions, messages, passages and what else there is."""
    expected = models.IntegerField(default=0)
    """About how many there will be."""
    size = models.BigIntegerField(default=0)
    """bytes"""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the whole archive: what was handed out can be recognised."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    """When it was last fetched."""

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="privacy_export_subject"),
            models.Index(fields=["expires_at"], name="privacy_export_expiry", condition=models.Q(state="ready")),
        ]

    def __str__(self) -> str:
        return f"export of request {str(self.request_id)[:8]}"


class ExportPart(models.Model):
    """A stretch of an archive. In the database, because the worker that makes it may be on another machine."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    position = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "position"], name="privacy_export_part_once")]
