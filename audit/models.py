"""The record: entries that can only be added, and the seals that make a changed one show.

The database itself refuses to change or remove rows of both tables, whoever asks (migration 0001).
"""

import uuid

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now
from django.utils import timezone


class NextEntry(Func):
    """The number of the next entry, from the database."""

    function = "audit_next_entry"
    arity = 0
    output_field = models.BigIntegerField()


class Entry(models.Model):
    """One thing that somebody did. Opaque ids, codes and counts only; nothing here names a person whom memory is about."""

    id = models.BigIntegerField(primary_key=True, db_default=NextEntry(), editable=False)
    """Rises with time; numbers are missing where a change was rolled back."""
    at = models.DateTimeField(db_default=Now())
    """UTC, by the database's clock."""
    actor_kind = models.CharField(max_length=10)
    """`actions.ActorKind`"""
    actor = models.UUIDField(null=True)
    """`accounts.User.id` or `accounts.ApiKey.id`, no foreign key: entries outlive people. None: the system, or the key
    of the settings."""
    action = models.CharField(max_length=40)
    """`actions.Action`; no choices, or each new word would need a migration of a table that never changes."""
    subject = models.UUIDField(null=True)
    """`subjects.Subject.id`, no foreign key: entries outlive the subject, and mean nobody once it is erased."""
    run = models.UUIDField(null=True)
    """`subjects.Run.id`"""
    reason = models.CharField(max_length=20, blank=True)
    """`actions.Reason`; empty: nobody asked."""
    ticket = models.CharField(max_length=40, blank=True)
    """A reference in another system, such as `HELP-1234`."""
    request = models.UUIDField(null=True)
    """The HTTP request it happened in: all entries of one click carry the same."""
    privacy_request = models.UUIDField(null=True)
    """The privacy request it was done for."""
    detail = models.JSONField(default=dict)
    """Small facts by name: counts, yes or no, opaque ids, codes."""

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            # One for each filter; all lists go by id, newest first.
            models.Index(fields=["subject", "-id"], name="audit_entry_subject", condition=models.Q(subject__isnull=False)),
            models.Index(fields=["actor", "-id"], name="audit_entry_actor"),
            models.Index(fields=["action", "-id"], name="audit_entry_action"),
            models.Index(fields=["at"], name="audit_entry_at"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Seal(models.Model):
    """A batch of entries, closed for good: its hash covers every entry of the batch and the seal before."""

    number = models.BigIntegerField(primary_key=True, editable=False)
    """1, 2, 3 …, without a gap"""
    at = models.DateTimeField()
    """UTC"""
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    """The smallest and the greatest entry of the batch. Between them may lie entries of later batches: an entry that was
    being written while the batch was sealed."""
    count = models.IntegerField()
    rows = models.BinaryField()
    """For each entry, ascending: its id and the start of its hash, so that a broken batch says which entry it was."""
    settled_id = models.BigIntegerField()
    """No entry up to this id was still being written and all are sealed: another one was added past this program."""
    xid = models.BigIntegerField()
    """Postgres's number of the transaction that sealed, to know later which writers it may have missed."""
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["last_id"], name="audit_seal_last_id")]

    def __str__(self) -> str:
        return f"seal {self.pk}"


class Verification(models.Model):
    """One walk over all seals and entries, and what it found. A row to work with, not a part of the record."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        INTACT = "intact", "Intact"
        BROKEN = "broken", "Tampered with"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    asked_by = models.UUIDField(null=True)
    """`accounts.User.id`; none: the daily one."""
    walk = models.JSONField(default=dict)
    """`verifying.Walk`, to go on from after a killed worker."""
    seals_expected = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: nothing to do."""

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="audit_verification_newest"),
            models.Index(fields=["wake_at"], name="audit_verification_wake", condition=models.Q(wake_at__isnull=False)),
        ]
