"""What was said: the table of messages, and what full-text search sees of a text."""

from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Left
from django.utils import timezone

from memory_ui.loading import Loaded

SEARCHED = 100_000
"""characters of a text that search sees; Postgres refuses a tsvector over a megabyte, and with it the row"""


def searched(field: str) -> SearchVector:
    """What full-text search sees of a text field; queries use the very expression that is indexed.

    An index, not a column: no page should carry search vectors over the wire. No stemming: names and numbers count, in
    whatever language people write.
    """
    return SearchVector(Left(field, SEARCHED), config="simple")


class Message(Loaded):
    """One conversation turn that was given to learn from."""

    class Role(models.TextChoices):
        USER = "user", "user"
        ASSISTANT = "assistant", "assistant"
        SYSTEM = "system", "system"
        TOOL = "tool", "tool"

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="messages")
    run = models.ForeignKey("subjects.Run", on_delete=models.CASCADE, related_name="messages")
    position = models.IntegerField()
    """Order within its batch, from 0."""
    role = models.CharField(max_length=10, choices=Role.choices)
    content = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="subjects_message_once")]
        indexes = [
            GinIndex(searched("content"), name="subjects_message_search"),
            # A thousandth of an ordinary index, and enough: messages are written in the order of their time.
            BrinIndex(fields=["created_at"], name="subjects_message_age"),
            models.Index(fields=["subject", "-id"], name="subjects_message_newest"),
            models.Index(fields=["subject", "role", "-id"], name="subjects_message_role"),
        ]
