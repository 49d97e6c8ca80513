"""The two indexes of the timeline. Concurrently: runs and revisions are large and written all the time."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subjects", "0003_run_counts")]

    operations = [
        AddIndexConcurrently(
            "run", models.Index(fields=["subject", "-created_at", "-position"], name="subjects_run_timeline")
        ),
        AddIndexConcurrently(
            "revision",
            models.Index(
                fields=["block", "-created_at", "-id"], name="subjects_revision_timeline", condition=models.Q(("run", None))
            ),
        ),
    ]
