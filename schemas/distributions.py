"""The tables of distributions: a shared block on its way to many subjects, or off them, and what became of each."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class Distribution(models.Model):
    """An order to attach a shared block to a selection of subjects, or to detach it."""

    class State(models.TextChoices):
        CHOOSING = "choosing", "Subjects are being listed"
        RUNNING = "running", "Under way"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.CHOOSING, State.RUNNING, State.PAUSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shared_block = models.ForeignKey("schemas.SharedBlock", on_delete=models.PROTECT, related_name="distributions")
    detach = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHOOSING)

    # Whom: one of these
    filters = models.JSONField(default=dict)
    """`wanted.Wanted.as_json`: which subjects, when neither a version nor ids were given."""
    version = models.ForeignKey("schemas.Version", null=True, on_delete=models.PROTECT, related_name="+")
    """All who are on this template version."""
    subject_pks = ArrayField(models.UUIDField(), null=True)
    """Those that were named by id."""
    unknown_count = models.IntegerField(default=0)
    """How many of the ids that were given no subject has."""
    after = models.CharField(max_length=64, blank=True)
    """The subject after which listing goes on."""

    # How far. Each number moves in the transaction that moves the share.
    total = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)

    # How fast
    rate = models.IntegerField(null=True)
    """Subjects a second at most; none: as fast as Letta answers."""
    next_at = models.DateTimeField(null=True)
    """Before this moment no further subject begins, so that the rate holds also when work is taken up again."""
    tries = models.IntegerField(default=0)
    """How often Letta could not do it in a row, for the pause before the next try."""
    trouble = models.TextField(blank=True)
    """Why it waits, in a sentence; empty: it does not."""

    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, default=timezone.now)
    """When a worker looks at it next; none: nothing to do."""

    class Meta:
        indexes = [
            models.Index(fields=["shared_block", "-created_at", "-id"], name="schemas_distribution_newest"),
            models.Index(fields=["wake_at"], name="schemas_distribution_wake", condition=Q(wake_at__isnull=False)),
        ]

    @property
    def done(self) -> int:
        """Subjects that have a result."""
        return self.changed + self.same + self.refused

    @property
    def left(self) -> int:
        """Subjects that have none yet."""
        return self.total - self.done

    @property
    def is_open(self) -> bool:
        """Whether something may still happen."""
        return self.state in self.OPEN

    @property
    def dot(self) -> str:
        """The mark beside its state, named as those of runs are."""
        if self.state == self.State.DONE:
            return "failed" if self.refused else "completed"
        return "learning" if self.state in (self.State.CHOOSING, self.State.RUNNING) else "cancelled"


class Share(models.Model):
    """One subject of a distribution."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CHANGED = "changed", "Changed"
        SAME = "same", "Nothing to change"
        REFUSED = "refused", "Not done"

    class Reason(models.TextChoices):
        TAKEN = "taken", "It has another block with this label."
        FROZEN = "frozen", "Its memory is frozen by a privacy request."
        NO_AGENT = "no-agent", "Letta has no agent for it yet."
        GONE = "gone", "Letta no longer has its agent."
        LETTA = "letta", "Letta refused."
        NO_BLOCK = "no-block", "Letta no longer has the shared block."

    id = models.BigAutoField(primary_key=True)
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="shares")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    """Why it was not done."""
    begun = models.BooleanField(default=False)
    """Letta may have been asked already, so whatever our mirror says, it is asked again."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["distribution", "subject"], name="schemas_share_once")]
        indexes = [models.Index(fields=["distribution", "state", "id"], name="schemas_share_state")]
