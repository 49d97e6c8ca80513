"""An index by which those are listed who never learned. Concurrently: there may be a million subjects."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subjects", "0017_ended_runs")]

    operations = [
        AddIndexConcurrently(
            "subject",
            models.Index(
                fields=["-created_at", "-id"],
                name="subjects_subject_never",
                condition=models.Q(("last_learned_at", None)),
            ),
        ),
    ]
