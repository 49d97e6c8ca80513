"""The tables of retention: rules that let go of what is old, and what each run of a rule removed."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User


class RetentionRule(models.Model):
    """What is let go of after a while. A rule that erases people needs a second person, as an erasure does."""

    class What(models.TextChoices):
        MESSAGES = "messages", "Messages"
        SUBJECTS = "subjects", "Subjects that were not seen"

    class State(models.TextChoices):
        DRAFT = "draft", "Not yet in force"
        ACTIVE = "active", "In force"
        STOPPED = "stopped", "Stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    what = models.CharField(max_length=10, choices=What.choices)
    days = models.IntegerField()
    """Older than this, in days, it goes."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who put it in force; for subjects never who made it, where erasures need approval."""
    stopped_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    """When it is applied next; none: it is not in force."""
    removed = models.BigIntegerField(default=0)
    """Messages removed, or erasures filed, so far."""
    last_at = models.DateTimeField(null=True)
    """When it was last applied to the end."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1) & Q(days__lte=36_500), name="privacy_retention_days"),
            models.CheckConstraint(
                condition=~Q(what="subjects") | Q(approved_by=None) | Q(created_by=None) | ~Q(approved_by=F("created_by")),
                name="privacy_retention_second_person",
            ),
            models.UniqueConstraint(fields=["what"], name="privacy_retention_one_in_force", condition=Q(state="active")),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="privacy_retention_next", condition=Q(state="active")),
            models.Index(fields=["-created_at", "-id"], name="privacy_retention_newest"),
        ]
