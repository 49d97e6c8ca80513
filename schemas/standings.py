"""The table of where subjects stand: which version of which template each of them is on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from memory_ui.loading import Loaded


class Standing(Loaded):
    """The template version that a subject was created from or last brought to."""

    subject = models.OneToOneField("subjects.Subject", primary_key=True, on_delete=models.CASCADE, related_name="standing")
    version = models.ForeignKey("schemas.Version", on_delete=models.PROTECT, related_name="standings")
    since = models.DateTimeField(default=timezone.now)
    wake_at = models.DateTimeField(null=True)
    """When a subject from outside is next given the blocks it lacks; none: it owes nothing."""
    tries = models.IntegerField(default=0)
    """How often that failed in a row, for the pause before the next try."""

    kinds = ArrayField(models.CharField(max_length=12), default=list, db_default=[])
    """In which ways the subject differs from its version (`differences.Kind`), in alphabetical order. Kept by triggers."""

    class Meta:
        indexes = [
            models.Index(fields=["wake_at"], name="schemas_standing_wake", condition=Q(wake_at__isnull=False)),
            # The lists behind the drift page: everybody on a version, those who are as it says, those who are not.
            models.Index(fields=["version", "subject"], name="schemas_standing_version"),
            models.Index(fields=["version", "subject"], name="schemas_standing_exact", condition=Q(kinds=[])),
            models.Index(fields=["version", "subject"], name="schemas_standing_differs", condition=~Q(kinds=[])),
        ]
