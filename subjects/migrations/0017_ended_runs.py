"""Indexes by which runs are listed as they ended. Concurrently: there may be a million, and they are written all the time.

The old index on `ended_at` alone goes last: what counts runs has the new one by then.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import MD5, Left

ENDED = models.Q(("ended_at__isnull", False))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subjects", "0016_blocks_by_label")]

    operations = [
        # The choices are the field's of a run; the database knows nothing of them.
        migrations.AlterField("runhour", "state", models.CharField(max_length=10)),
        AddIndexConcurrently(
            "run", models.Index(fields=["-ended_at", "-id"], name="subjects_run_ended_newest", condition=ENDED)
        ),
        AddIndexConcurrently(
            "run", models.Index(fields=["state", "-ended_at", "-id"], name="subjects_run_ended_state", condition=ENDED)
        ),
        AddIndexConcurrently(
            "run",
            models.Index(
                MD5(Left("failure", 300)),
                models.F("ended_at").desc(),
                models.F("id").desc(),
                name="subjects_run_failed_reason",
                condition=models.Q(("state", "failed")),
            ),
        ),
        RemoveIndexConcurrently("run", "subjects_run_ended"),
    ]
