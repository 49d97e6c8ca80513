"""The table by which subjects of one tag are found; the database keeps it from `Subject.tags`."""

from django.db import models


class Tagged(models.Model):
    """A tag of a subject, in the order of the list of subjects: common or rare, its page is one stretch of an index.

    A trigger writes these rows (migration `tags_and_order`), so they are what `Subject.tags` says, whoever changes it.
    """

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    tag = models.CharField(max_length=200)
    subject_created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "tag"], name="subjects_tagged_once")]
        indexes = [models.Index(fields=["tag", "-subject_created_at", "-subject"], name="subjects_tagged_newest")]
