"""The one table of the ground: when each periodic task last ran."""

from django.db import models


class Pulse(models.Model):
    """The last time that a periodic task ran, whichever worker ran it."""

    task = models.CharField(max_length=100, primary_key=True)
    """Its name in Celery, as `subjects.tasks.sweep`."""
    ended_at = models.DateTimeField()
    seconds = models.FloatField()
    """How long it took."""
    failed = models.BooleanField(default=False)
    """It raised an error; the worker's log has it."""

    def __str__(self) -> str:
        return self.task
