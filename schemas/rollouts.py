"""The tables of rollouts: bringing existing subjects to a template version, and what became of each of them."""

import uuid
from collections import Counter

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from schemas.differences import WORDS


class Rollout(models.Model):
    """A published version on its way to a selection of subjects, or on its way back. It is counted, looked at, then run."""

    class State(models.TextChoices):
        COUNTING = "counting", "Being counted"
        READY = "ready", "To be looked at"
        RUNNING = "running", "Under way"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        DISCARDED = "discarded", "Not begun"

    OPEN = (State.RUNNING, State.PAUSED)
    """Its subjects belong to it: no other rollout may begin with them."""
    OVER = (State.DONE, State.CANCELLED, State.DISCARDED)

    class Extras(models.TextChoices):
        LEAVE = "leave", "Leave them"
        DETACH = "detach", "Take them off"

    class Values(models.TextChoices):
        LEAVE = "leave", "Never touch values"
        UNTOUCHED = "untouched", "Only where the value is still the one it started with"
        ALWAYS = "always", "Always, whatever was learned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey("schemas.Version", on_delete=models.PROTECT, related_name="+")
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    """The rollout that this one takes back."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.COUNTING)

    # Whom
    filters = models.JSONField(default=dict)
    """`wanted.Wanted.as_json`: which subjects, when no ids were given."""
    subject_pks = ArrayField(models.UUIDField(), null=True)
    """Those that were named by id; none: the filters say."""
    percent = models.FloatField(default=100)
    """Of the selection; which ones is told by a hash of their id, so that 10 % are part of 50 %."""
    unknown_ids = ArrayField(models.TextField(), default=list)
    """The first ids that no subject has, as they were given."""
    unknown_count = models.IntegerField(default=0)

    # What
    add_missing = models.BooleanField(default=True)
    update_described = models.BooleanField(default=True)
    """Bring description, limit and read-only mark to the version's."""
    extras = models.CharField(max_length=10, choices=Extras.choices, default=Extras.LEAVE)
    values = models.CharField(max_length=10, choices=Values.choices, default=Values.LEAVE)

    # Counted before it begins
    after = models.UUIDField(null=True)
    """The subject after which counting goes on."""
    looked_at = models.IntegerField(default=0)
    """Subjects that counting has passed."""
    expected = models.IntegerField(default=0)
    """About how many it will pass; 0: not known."""
    found = models.JSONField(default=dict)
    """Kind of difference → [subjects, blocks]."""
    left_out = models.JSONField(default=dict)
    """`RolloutItem.Reason` → subjects that nothing will be done for."""
    samples = ArrayField(models.BigIntegerField(), default=list)
    """Items that show what will happen, ten at most."""
    counted_at = models.DateTimeField(null=True)

    # How far. Each number moves in the transaction that moves the item.
    total = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    requests = models.BigIntegerField(default=0)
    """Requests to Letta, those without an answer too."""

    # How fast
    rate = models.IntegerField(null=True)
    """Subjects a second at most; none: as fast as Letta answers."""
    next_at = models.DateTimeField(null=True)
    """When the next subject may begin, so that the rate holds over all workers."""
    slowness = models.IntegerField(default=0)
    """How often Letta could not do it, less what went well since; above 0 one subject at a time."""
    pause_until = models.DateTimeField(null=True)
    """Before this moment Letta is not asked."""
    trouble = models.TextField(blank=True)
    """Why it goes slowly, in a sentence; empty: it does not."""
    pace = models.FloatField(default=0)
    """Subjects a second of late, for the time that is left."""
    pace_at = models.DateTimeField(null=True)
    pace_done = models.IntegerField(default=0)

    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="schemas_rollout_newest"),
            models.Index(
                fields=["id"], name="schemas_rollout_worked_on", condition=Q(state__in=["counting", "running", "paused"])
            ),
        ]

    @property
    def done(self) -> int:
        """Subjects that have a result."""
        return self.changed + self.same + self.skipped + self.failed

    @property
    def left(self) -> int:
        """Subjects that have none yet."""
        return self.total - self.done

    @property
    def dot(self) -> str:
        """The mark beside its state, named as those of runs are."""
        marks = {self.State.COUNTING: "learning", self.State.RUNNING: "learning", self.State.READY: "change"}
        if self.state == self.State.DONE:
            return "failed" if self.failed else "completed"
        return marks.get(self.State(self.state), "cancelled")


class RolloutItem(models.Model):
    """One subject of a rollout."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Being changed"
        CHANGED = "changed", "Changed"
        SAME = "same", "Nothing to change"
        SKIPPED = "skipped", "Left out"
        FAILED = "failed", "Failed"

    UNDONE = (State.WAITING, State.WORKING)

    class Reason(models.TextChoices):
        FROZEN = "frozen", "frozen by a privacy request"
        ERASING = "erasing", "being erased"
        GONE = "gone", "gone from Letta"
        NO_AGENT = "no_agent", "without an agent in Letta yet"
        MOVED_ON = "moved_on", "on another version meanwhile"

    id = models.BigAutoField(primary_key=True)
    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="items")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    kinds = ArrayField(models.CharField(max_length=12), default=list)
    """`differences.Kind` of what separates or separated it from the version."""
    bases = models.JSONField(null=True)
    """Label → number of the revision that was counted, where values are to be set."""
    before = models.JSONField(null=True)
    """What it was before, to roll back to: see undoing.py. None: nothing was done."""
    note = models.TextField(blank=True)
    """What a person should know of the result, in sentences."""
    lane = models.SmallIntegerField(null=True)
    """Which of the rollout's lanes works on it. The lane's lock says whether somebody does."""
    not_before = models.DateTimeField(null=True)
    """When it is tried again; none: at once."""
    tries = models.IntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    """When Letta was first asked to change something."""
    requests = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "rollout"], name="schemas_item_once")]
        indexes = [
            models.Index(fields=["rollout", "id"], name="schemas_item_all"),
            models.Index(fields=["rollout", "state", "id"], name="schemas_item_state"),
        ]

    @property
    def dot(self) -> str:
        """The mark beside its state, named as those of runs are."""
        marks = {self.State.CHANGED: "completed", self.State.FAILED: "failed", self.State.WORKING: "learning"}
        return marks.get(self.State(self.state), "cancelled")

    @property
    def words(self) -> list[str]:
        """What separates or separated it from the version, for people: `3 × missing block`."""
        counted = Counter(self.kinds)
        return [f"{f'{number} × ' if number > 1 else ''}{WORDS.get(kind, kind)}" for kind, number in counted.items()]
