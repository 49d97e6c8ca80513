"""The tables of drift: in which ways subjects differ from their version, and how many do. Triggers keep both true.

`Standing.kinds` and `Deviation` are written by `schemas_compare` whenever a subject's blocks or its version change, in the
same transaction, whoever changes them (migration 0002); the rows of `Tally` come with them. Code only reads.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Deviation(models.Model):
    """One way in which one block of a subject differs from the version that the subject is on."""

    id = models.BigAutoField(primary_key=True)
    standing = models.ForeignKey("schemas.Standing", on_delete=models.CASCADE, db_index=False, related_name="deviations")
    version = models.ForeignKey("schemas.Version", on_delete=models.CASCADE, db_index=False, related_name="+")
    """The version of the standing, repeated for the indexes."""
    kind = models.CharField(max_length=12)
    """`differences.Kind`"""
    label = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["standing", "kind", "label"], name="schemas_deviation_once")]
        indexes = [
            # The subjects behind each number of the drift page, in order.
            models.Index(fields=["version", "kind", "standing"], name="schemas_deviation_kind"),
            models.Index(fields=["version", "kind", "label", "standing"], name="schemas_deviation_label"),
        ]


class Tally(models.Model):
    """A change of the numbers on the drift page, +1 and -1; a number is the sum of its rows.

    Appended, so that a thousand rollouts at once do not wait for one row; folded together every few seconds
    (`drift.fold`). Of two sorts: subjects with the same `kinds` of difference, where `kind` is empty; and subjects with a
    difference of one `kind` in the block `label`. Extra blocks are not told by label: those are as many as people invent.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey("schemas.Version", on_delete=models.CASCADE, db_index=False, related_name="+")
    kinds = ArrayField(models.CharField(max_length=12), null=True)
    kind = models.CharField(max_length=12, blank=True)
    label = models.CharField(max_length=200, blank=True)
    number = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["version"], name="schemas_tally_version")]
