"""The tables of tidying up: a revision of a subject's blocks, and what it proposes for each."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class Tidy(models.Model):
    """One revision of all blocks of a subject over all that was said. Nothing changes before a person keeps it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        WORKING = "working", "Revising"
        READY = "ready", "To be looked at"
        NOTHING = "nothing", "Nothing to tidy up"
        KEPT = "kept", "Kept"
        DISMISSED = "dismissed", "Left as it was"
        OUTDATED = "outdated", "Out of date"
        FAILED = "failed", "Failed"

    WORKED_ON = (State.QUEUED, State.WORKING)
    OPEN = (State.QUEUED, State.WORKING, State.READY)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="tidies")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    scratch_agent_id = models.CharField(max_length=64, blank=True)
    """The agent that works on copies of the blocks; empty before it was made and after it was deleted."""
    letta_run_id = models.CharField(max_length=64, blank=True)
    """The run that reads the present part; empty between parts."""
    sending_at = models.DateTimeField(null=True)
    """When Letta was first asked for what has not been confirmed yet: the agent, or the present part's run."""
    sent_at = models.DateTimeField(null=True)
    part = models.IntegerField(default=0)
    """The part that is read now, from 0."""
    last_message = models.BigIntegerField(default=0)
    """The last message to be read; what is said later is not."""
    next_message = models.BigIntegerField(default=0)
    """The message with which the present part begins."""
    offset = models.IntegerField(default=0)
    """Where in that message, in characters."""
    characters = models.BigIntegerField(default=0)
    """Of all messages to be read."""
    characters_read = models.BigIntegerField(default=0)
    failure = models.TextField(blank=True)
    """Why it failed or waits, in a sentence without personal text."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ready_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    """When a worker looks at it next; none: nothing to do."""
    tries = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], name="subjects_tidy_open", condition=Q(state__in=["queued", "working", "ready"])
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="subjects_tidy_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="subjects_tidy_state"),
            models.Index(fields=["subject", "-created_at"], name="subjects_tidy_subject"),
            models.Index(fields=["wake_at"], name="subjects_tidy_wake", condition=Q(wake_at__isnull=False)),
            models.Index(fields=["scratch_agent_id"], name="subjects_tidy_scratch", condition=~Q(scratch_agent_id="")),
        ]

    @property
    def dot(self) -> str:
        """The mark beside its state, named as those of runs are."""
        if self.state in self.WORKED_ON:
            return "learning"
        if self.state == self.State.FAILED:
            return "failed"
        if self.state == self.State.READY:
            return "change"
        return "completed" if self.state in (self.State.KEPT, self.State.NOTHING) else "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether it needs neither a worker nor a person any more."""
        return self.state not in self.OPEN


class Proposal(models.Model):
    """What a tidy-up made of one block, and what a person decided about it."""

    class Decision(models.TextChoices):
        OPEN = "open", "To be decided"
        KEPT = "kept", "Kept"
        LEFT = "left", "Left as it was"
        OUTDATED = "outdated", "Out of date"

    id = models.BigAutoField(primary_key=True)
    tidy = models.ForeignKey(Tidy, on_delete=models.CASCADE, related_name="proposals")
    block = models.ForeignKey("subjects.Block", on_delete=models.CASCADE, related_name="+")
    base = models.IntegerField()
    """The number of the revision that the copy was made of."""
    value = models.TextField(blank=True)
    """What the block would be."""
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tidy", "block"], name="subjects_proposal_once")]
        ordering = ["block__position", "block__label"]
