"""The table from which the overview is read: ended runs, counted by the hour ahead of anybody asking."""

from django.db import models

REASON = 300
"""characters of a failure's sentence by which failures are told apart"""


class RunHour(models.Model):
    """What the runs that ended in one hour came to, counted ahead so that the overview never counts runs."""

    hour = models.DateTimeField()
    """When the hour began, in UTC."""
    state = models.CharField(max_length=10)
    """`Run.state` of all of them."""
    reason = models.CharField(max_length=REASON, blank=True)
    """How `Run.failure` of all of them begins."""
    runs = models.IntegerField()
    seconds = models.FloatField()
    """From being given to its end, all runs together."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "state", "reason"], name="subjects_run_hour")]
