"""The table of learning tests: whether Letta learns, tried on a scratch agent that is removed again."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class LearningTest(models.Model):
    """One round trip: an agent is made, given an invented message, watched, read back and removed."""

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        PASSED = "passed", "Learning works"
        FAILED = "failed", "Learning does not work"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    steps = models.JSONField(default=list)
    """What was done, in order: `trying.Step` as dicts. Sentences of ours about an invented message; nothing personal."""
    scratch_agent_id = models.CharField(max_length=64, blank=True)
    block_id = models.CharField(max_length=64, blank=True)
    letta_run_id = models.CharField(max_length=64, blank=True)
    sending_at = models.DateTimeField(null=True)
    """When Letta was asked for what has not been confirmed yet: the agent, or the run."""
    step_at = models.DateTimeField(default=timezone.now)
    """When the present step began."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    """When it was known whether learning works; removing may go on."""
    removed_at = models.DateTimeField(null=True)
    """When nothing of it was left in Letta."""
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: nothing to do."""
    tries = models.IntegerField(default=0)
    """Attempts to remove that failed in a row."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="subjects_learning_test_one"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="subjects_learning_test_newest"),
            models.Index(fields=["wake_at"], name="subjects_learning_test_wake", condition=Q(wake_at__isnull=False)),
        ]
