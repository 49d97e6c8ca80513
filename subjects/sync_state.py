"""How far our copy is in step with Letta: the one row that sync keeps."""

from django.db import models


class SyncState(models.Model):
    """How far our copy is in step with Letta. One row: `SyncState.load()`.

    A *round* looks at every memory agent once, the last created first; between rounds, each pass looks at those that
    were active since the last one. Counts say what was noticed since the first pass, those of agents but in this round.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    started_at = models.DateTimeField(null=True)
    """When the last pass began."""
    succeeded_at = models.DateTimeField(null=True)
    """When a pass last ended without trouble."""
    error = models.TextField(blank=True)
    """Why the last pass ended early, in a sentence; empty: it did not."""
    failing_since = models.DateTimeField(null=True)
    activity_until = models.DateTimeField(null=True)
    """Agents that were active up to this moment (Letta's clock) have been looked at."""
    activity_reached = models.DateTimeField(null=True)
    """What `activity_until` becomes when the listing under way has come to its end."""
    activity_cursor = models.CharField(max_length=64, blank=True)
    """The agent after which that listing goes on."""
    round_started_at = models.DateTimeField(null=True)
    round_listed_at = models.DateTimeField(null=True)
    """When the round had seen all agents; from then on it looks for subjects whose agent it has not seen."""
    round_finished_at = models.DateTimeField(null=True)
    round_cursor = models.CharField(max_length=64, blank=True)
    """The agent, and later the subject, after which the round goes on."""
    first_round_finished_at = models.DateTimeField(null=True)
    """When every agent had been looked at for the first time."""
    agents_seen = models.IntegerField(default=0)
    agents_expected = models.IntegerField(default=0)
    """Agents seen in the last finished round; 0: there was none."""
    subjects_found = models.IntegerField(default=0)
    """Subjects that were new to us."""
    runs_found = models.IntegerField(default=0)
    """Batches that others sent."""
    changes_found = models.IntegerField(default=0)
    """Blocks that others changed."""
    subjects_gone = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)
    """Agents that could not be taken over, at most 50: agent id, reason (without personal text), time as ISO 8601."""

    @classmethod
    def load(cls) -> "SyncState":
        """The one row, made if need be."""
        return cls.objects.get_or_create(pk=1)[0]

    @property
    def round_is_open(self) -> bool:
        """Whether a round is under way."""
        return self.round_started_at is not None and self.round_finished_at is None
