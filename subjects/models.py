"""Our mirror and our memory of Letta: subjects, their blocks with every revision, messages and runs."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Collate, Left, Lower
from django.utils import timezone

from accounts.models import User
from memory_ui.loading import Loaded
from subjects.documents import Document as Document
from subjects.documents import DocumentPart as DocumentPart
from subjects.learning_tests import LearningTest as LearningTest
from subjects.lists import ListExport as ListExport
from subjects.lists import ListPart as ListPart
from subjects.lists import Opened as Opened
from subjects.messages import SEARCHED as SEARCHED
from subjects.messages import Message as Message
from subjects.messages import searched as searched
from subjects.run_hours import REASON as REASON
from subjects.run_hours import RunHour as RunHour
from subjects.sync_state import SyncState as SyncState
from subjects.tags import Tagged as Tagged
from subjects.tidies import Proposal as Proposal
from subjects.tidies import Tidy as Tidy


class Subject(Loaded):
    """Who or what memory is about."""

    class Kind(models.TextChoices):
        USER = "user", "user"
        SUBJECT = "subject", "subject"

    class FrozenFor(models.TextChoices):
        RESTRICTION = "restriction", "restriction"
        ERASURE = "erasure", "erasure"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.CharField(max_length=200, unique=True)
    """The outside name, for example `user_sarah`."""
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SUBJECT)
    """user: the SDK's user agent with its `human` and `summary` blocks; subject: blocks of one's own."""
    agent_id = models.CharField(max_length=64, null=True, unique=True)
    """The Letta agent; none until it has been created there."""
    setup_error = models.TextField(blank=True)
    """Why the agent could not be created yet, in a sentence."""
    setup_refused = models.BooleanField(default=False)
    """Letta refused for good: trying again by itself would not help."""
    wake_at = models.DateTimeField(null=True)
    """When work on this subject (agent to create, runs to deliver or watch) is looked at next; none: nothing to do."""
    tries = models.IntegerField(default=0)
    """Outside calls for this subject that failed in a row, for the pause before the next."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    last_learned_at = models.DateTimeField(null=True)
    mirrored_at = models.DateTimeField(null=True)
    """When the blocks here were last read from Letta."""
    gone_at = models.DateTimeField(null=True)
    """When Letta was first found without this subject's agent. What we know of the subject stays."""
    duplicate_agent_ids = ArrayField(models.CharField(max_length=64), default=list)
    """Further Letta agents that carry this subject id. They should not exist; which one is right is a person's choice."""
    tags = ArrayField(models.CharField(max_length=200), default=list)
    """The agent's tags, without those by which programs of the SDK find it. What makes them findable is `Tagged`."""
    activity_at = models.DateTimeField(null=True)
    """When the agent was last active, as Letta last told."""
    look_at = models.DateTimeField(null=True)
    """When the agent's log and blocks are next read for what others did; none: nothing is known to be new."""
    log_cursor = models.CharField(max_length=64, blank=True)
    """The last message of the agent's log that has been read; empty: none yet."""
    frozen_at = models.DateTimeField(null=True)
    """Since when a privacy request keeps everybody from changing this memory; none: nobody does."""
    frozen_for = models.CharField(max_length=12, choices=FrozenFor.choices, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="subjects_subject_newest"),
            models.Index(fields=["kind", "-created_at", "-id"], name="subjects_subject_kind"),
            models.Index(
                fields=["-last_learned_at", "-id"],
                name="subjects_subject_learned",
                condition=Q(last_learned_at__isnull=False),
            ),
            models.Index(fields=["-created_at", "-id"], name="subjects_subject_never", condition=Q(last_learned_at=None)),
            # What was active last is what people look at, so it is brought in step first.
            models.Index(fields=["-activity_at", "-id"], name="subjects_subject_look", condition=Q(look_at__isnull=False)),
            models.Index(fields=["id"], name="subjects_subject_duplicates", condition=~Q(duplicate_agent_ids=[])),
            # Search by the start of an id, in any letter case; bytewise order is what makes a prefix a range.
            models.Index(Collate(Lower("subject_id"), "C"), "id", name="subjects_subject_search"),
            models.Index(fields=["id"], name="subjects_subject_frozen", condition=Q(frozen_at__isnull=False)),
            models.Index(fields=["wake_at"], name="subjects_subject_wake", condition=Q(wake_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.subject_id


class Block(Loaded):
    """The last known state of one block of a subject."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="blocks")
    block_id = models.CharField(max_length=64, null=True)
    """Letta's id of the block; none until it has been created there."""
    label = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    value = models.TextField(blank=True)
    limit = models.IntegerField(default=5000)
    """characters"""
    read_only = models.BooleanField(default=False)
    position = models.IntegerField(default=0)
    line_revisions = ArrayField(models.IntegerField(), default=list)
    """For each line of `value`, the number of the revision that brought it: why the assistant believes it."""
    created_at = models.DateTimeField(default=timezone.now)
    subject_created_at = models.DateTimeField(null=True, editable=False)
    """A copy of the subject's, made by a trigger: words are found in blocks in the order of the list of subjects."""
    removed_at = models.DateTimeField(null=True)
    """When the block was taken off the subject; its revisions stay."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "label"], name="subjects_block_label", condition=Q(removed_at=None))
        ]
        indexes = [
            # Who has a block of Letta's, in order: one that is shared may be in a million subjects.
            models.Index(fields=["block_id", "subject"], name="subjects_block_sharers"),
            models.Index(
                fields=["label", "-subject_created_at", "-subject"],
                name="subjects_block_by_label",
                condition=Q(removed_at=None),
            ),
            models.Index(fields=["-created_at", "-id"], name="subjects_block_newest", condition=Q(removed_at=None)),
            models.Index(
                fields=["-subject_created_at", "-subject"], name="subjects_block_order", condition=Q(removed_at=None)
            ),
            GinIndex(searched("value"), name="subjects_block_search"),
        ]
        ordering = ["position", "label"]


class Run(Loaded):
    """One batch of messages on its way to being learned. Batches of a subject are learned one at a time, in order."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        LEARNING = "learning", "Learning"
        COMPLETED = "completed", "Learned"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.QUEUED, State.SENDING, State.LEARNING)

    class Source(models.TextChoices):
        TYPED = "typed", "typed in"
        PASTED = "pasted", "pasted"
        UPLOADED = "uploaded", "uploaded"
        IMPORTED = "imported", "imported"
        FILE = "file", "from a file"
        OUTSIDE = "outside", "sent by another program"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="runs")
    position = models.BigIntegerField()
    """Order within the subject, from 0."""
    idempotency_key = models.CharField(max_length=200)
    """Names the batch: the same key for the same subject is the same run, however often it is given."""
    source = models.CharField(max_length=10, choices=Source.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    letta_run_id = models.CharField(max_length=64, null=True)
    attempt = models.IntegerField(default=0)
    """How often it was given to Letta anew; part of the key under which Letta knows the batch."""
    failure = models.TextField(blank=True)
    """Why it failed or waits, in a sentence without personal text."""
    message_count = models.IntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    """When it was given to be learned; anew with every retry."""
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    sending_at = models.DateTimeField(null=True)
    """When the batch was first handed to the network in this attempt; after it, delivery is uncertain until confirmed."""
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "idempotency_key"], name="subjects_run_once"),
            models.UniqueConstraint(fields=["subject", "position"], name="subjects_run_position"),
        ]
        indexes = [
            models.Index(
                fields=["subject", "position"],
                name="subjects_run_open",
                condition=Q(state__in=["queued", "sending", "learning"]),
            ),
            models.Index(fields=["-created_at", "-id"], name="subjects_run_newest"),
            models.Index(fields=["subject", "-created_at", "-position"], name="subjects_run_timeline"),
            models.Index(fields=["state", "-created_at", "-id"], name="subjects_run_state"),
            models.Index(fields=["subject", "position"], name="subjects_run_failed", condition=Q(state="failed")),
            # What was counted by the hour in which it ended is listed by it too: all, one outcome, one reason of failure.
            models.Index(fields=["-ended_at", "-id"], name="subjects_run_ended_newest", condition=Q(ended_at__isnull=False)),
            models.Index(
                fields=["state", "-ended_at", "-id"],
                name="subjects_run_ended_state",
                condition=Q(ended_at__isnull=False),
            ),
            models.Index(
                MD5(Left("failure", REASON)),
                F("ended_at").desc(),
                F("id").desc(),
                name="subjects_run_failed_reason",
                condition=Q(state="failed"),
            ),
            models.Index(
                fields=["created_at"],
                name="subjects_run_waiting",
                condition=Q(state__in=["queued", "sending", "learning"]),
            ),
        ]

    @property
    def is_over(self) -> bool:
        """Whether the run has reached an end."""
        return self.state not in self.OPEN


class Revision(Loaded):
    """One recorded value of a block, with who or what changed it and why."""

    class Source(models.TextChoices):
        CREATED = "created", "created"
        RUN = "run", "run"
        EDIT = "edit", "edit"
        RESTORE = "restore", "restore"
        TIDY = "tidy", "tidy"
        TEMPLATE = "template", "template"
        OUTSIDE = "outside", "outside"
        REMOVED = "removed", "removed"

    id = models.BigAutoField(primary_key=True)
    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()
    """From 1, in the order the changes were seen."""
    value = models.TextField(blank=True)
    description = models.TextField(blank=True)
    limit = models.IntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="revisions")
    editor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            # A run may stand in several revisions of a block: what failed half-way and was retried changed it twice.
            models.UniqueConstraint(fields=["block", "number"], name="subjects_revision_number"),
        ]
        indexes = [
            # The timeline takes the newest of each block of a subject; those of runs stand under their run.
            models.Index(fields=["block", "-created_at", "-id"], name="subjects_revision_timeline", condition=Q(run=None)),
        ]


class Edit(models.Model):
    """A person's correction on its way to Letta, one a block. It becomes a revision when Letta shows it.

    Written before Letta is asked, so that a crash in between loses neither whose correction it was nor why.
    """

    block = models.OneToOneField(Block, on_delete=models.CASCADE, related_name="edit")
    value = models.TextField(blank=True)
    description = models.TextField(blank=True)
    limit = models.IntegerField()
    source = models.CharField(max_length=10, choices=Revision.Source.choices, default=Revision.Source.EDIT)
    editor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)


class Flag(models.Model):
    """A line that a person marked as wrong. The next run is told; closed when the line goes or the mark is taken off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="flags")
    line = models.TextField()
    note = models.TextField(blank=True)
    """What is wrong with it, in the person's words."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["block", "line"], name="subjects_flag_open", condition=Q(closed_at=None))
        ]
