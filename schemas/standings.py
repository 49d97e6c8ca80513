"""The table of where subjects stand: which version of which template each of them is on."""

from django.db import models
from django.utils import timezone


class Standing(models.Model):
    """The template version that a subject was created from or last brought to."""

    subject = models.OneToOneField("subjects.Subject", primary_key=True, on_delete=models.CASCADE, related_name="standing")
    version = models.ForeignKey("schemas.Version", on_delete=models.PROTECT, related_name="standings")
    since = models.DateTimeField(default=timezone.now)
