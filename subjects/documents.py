"""The tables of files that are learned from: a document, and the parts its text is cut into."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class Document(models.Model):
    """A file that was given to learn from, from its upload until every part is stored and given to the agent."""

    class Kind(models.TextChoices):
        TEXT = "text", "text"
        MARKDOWN = "markdown", "Markdown"
        PDF = "pdf", "PDF"
        HTML = "html", "HTML"
        DOCX = "docx", "DOCX"
        CSV = "csv", "CSV"

    class State(models.TextChoices):
        READING = "reading", "Reading the file"
        READY = "ready", "Ready to learn from"
        STORING = "storing", "Storing its parts"
        STORED = "stored", "Stored"
        UNREADABLE = "unreadable", "Cannot be read"
        FAILED = "failed", "Failed"
        DISCARDED = "discarded", "Discarded"

    WORKING = (State.READING, State.STORING)
    GIVEN = (State.READING, State.READY, State.STORING, State.STORED, State.FAILED)
    """States in which the same file again is the same document."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=200)
    """The file's name as the person had it."""
    kind = models.CharField(max_length=10, choices=Kind.choices)
    size = models.IntegerField()
    """bytes"""
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    """The file itself, only until its text has been read."""
    characters = models.IntegerField(default=0)
    part_count = models.IntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    failure = models.TextField(blank=True)
    """Why it cannot be read, failed, or waits, in a sentence without personal text."""
    storing_at = models.DateTimeField(null=True)
    """When parts were handed to Letta whose storing is not confirmed yet."""
    archived = models.BooleanField(default=True)
    """Whether its parts went into archival memory; False when Letta refused that, and they were only learned."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    """When a worker looks at it next; none: nothing to do."""
    tries = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "sha256"],
                name="subjects_document_once",
                condition=~Q(state__in=["unreadable", "discarded"]),
            )
        ]
        indexes = [
            models.Index(fields=["subject", "-created_at", "-id"], name="subjects_document_newest"),
            models.Index(fields=["wake_at"], name="subjects_document_wake", condition=Q(wake_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dot(self) -> str:
        """The mark beside its state, named as those of runs are."""
        if self.state in self.WORKING:
            return "learning"
        if self.state in (self.State.FAILED, self.State.UNREADABLE):
            return "failed"
        if self.state == self.State.READY:
            return "change"
        return "completed" if self.state == self.State.STORED else "cancelled"


class DocumentPart(models.Model):
    """A stretch of a document's text, small enough to be learned in one run."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="parts")
    position = models.IntegerField()
    """Order within the document, from 0."""
    text = models.TextField(blank=True)
    """Empty once the part is stored and given to learn from: the run's message has it then."""
    run = models.ForeignKey("subjects.Run", null=True, on_delete=models.SET_NULL, related_name="+")
    """The run that learns it; none until it is given."""
    stored = models.BooleanField(default=False)
    """It has been dealt with: stored as a passage, as far as Letta takes passages, and given to learn from."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="subjects_document_part")]
