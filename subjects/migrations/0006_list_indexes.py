"""The indexes of the subject list's filters and of search. Concurrently: these tables are large and written all the time."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subjects", "0005_lists")]

    operations = [
        AddIndexConcurrently(
            "block",
            models.Index(
                fields=["label", "subject"], name="subjects_block_by_label", condition=models.Q(("removed_at", None))
            ),
        ),
        AddIndexConcurrently(
            "block",
            models.Index(
                fields=["-created_at", "-id"], name="subjects_block_newest", condition=models.Q(("removed_at", None))
            ),
        ),
        AddIndexConcurrently(
            "run",
            models.Index(fields=["subject", "position"], name="subjects_run_failed", condition=models.Q(("state", "failed"))),
        ),
        AddIndexConcurrently(
            "subject", models.Index(fields=["kind", "-created_at", "-id"], name="subjects_subject_kind")
        ),
    ]
