"""The tables of erasing: what it would find, how far it has come, the vacuuming after it, and the signed receipts."""

import uuid

from django.db import models
from django.utils import timezone


class Erasure(models.Model):
    """An erasure on its way: made when its work begins, gone with nothing, for the receipts hang on the request."""

    class Step(models.TextChoices):
        FREEZE = "freeze", "Freeze the subject"
        SETTLE = "settle", "Stop what is being learned"
        COLLECT = "collect", "Take the inventory"
        LEDGER = "ledger", "Enter it in the ledger"
        LETTA = "letta", "Delete in Letta"
        OURS = "ours", "Delete here"
        VACUUM = "vacuum", "Vacuum the tables"
        VERIFY = "verify", "Read everything again"
        RECEIPT = "receipt", "Sign the receipt"
        ENDED = "ended", "Ended"

    request = models.OneToOneField("privacy.Request", on_delete=models.CASCADE, related_name="erasure")
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.FREEZE)
    """The step that is done next. Each is safe to repeat, so a killed worker costs one step at most."""
    attempt = models.IntegerField(default=1)
    """1, and one more for every retry."""
    again = models.IntegerField(default=0)
    """How often reading everything again found something new in this attempt, which was then deleted too."""
    inventory = models.JSONField(default=dict)
    """Ids by store (`found.Found.as_json`), kept until all are proven gone; counts alone after that."""
    deleted = models.JSONField(default=dict)
    """How many of each store were deleted, over all attempts."""
    failures = models.JSONField(default=list)
    """What went wrong in this attempt, in sentences without personal text."""
    progress = models.IntegerField(default=0)
    """Things dealt with in this step."""
    expected = models.IntegerField(default=0)
    """Things there are to deal with in this step; 0: not known."""
    tries = models.IntegerField(default=0)
    """How often in a row this step met trouble."""
    times = models.JSONField(default=dict)
    """When each step of this attempt ended, as ISO 8601."""
    step_at = models.DateTimeField(default=timezone.now)
    """When this step was begun."""
    deleted_at = models.DateTimeField(null=True)
    """When the last row of ours was deleted; a vacuuming that began later has seen it."""
    vacuumed = models.JSONField(default=dict)
    """By table, when it was vacuumed for this erasure, or why not."""
    verified = models.JSONField(default=dict)
    """`verifying.Verified.as_json`"""
    started_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"erasure of request {str(self.request_id)[:8]}"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Every step with how it stands: done, now, or later."""
        order = list(self.Step)
        reached = order.index(self.Step(self.step))
        return [
            (str(step.label), "done" if place < reached else "now" if place == reached else "later")
            for place, step in enumerate(order)
            if step != self.Step.ENDED
        ]


class Vacuuming(models.Model):
    """One vacuuming of every table that holds subjects: many erasures at once share one."""

    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    tables = models.JSONField(default=dict)
    """By table, empty, or why it could not be vacuumed."""


class Receipt(models.Model):
    """A signed record of what one attempt at an erasure removed, re-read and could not reach. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("privacy.Request", on_delete=models.PROTECT, related_name="receipts")
    attempt = models.IntegerField()
    document = models.JSONField()
    """What is signed, as `signing.canonical` writes it."""
    signature = models.CharField(max_length=100)
    """Ed25519, base64"""
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=60)
    """Ed25519, 32 bytes, base64"""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "attempt"], name="privacy_receipt_once")]
        indexes = [models.Index(fields=["-created_at", "-id"], name="privacy_receipt_newest")]

    def __str__(self) -> str:
        return f"receipt {str(self.pk)[:8]}"


class Preview(models.Model):
    """What an erasure would find, counted before anything happens."""

    request = models.OneToOneField("privacy.Request", on_delete=models.CASCADE, related_name="preview")
    asked_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    """None: it is being taken."""
    found = models.JSONField(default=dict)
    """names of stores, counts, opaque ids."""
    failure = models.TextField(blank=True)
    """Why Letta's part is missing, in a sentence without personal text."""
