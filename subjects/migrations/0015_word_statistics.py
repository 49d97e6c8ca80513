"""Postgres keeps statistics of 3,000 words and not of 1,000.

Search decides by them how to look (`subjects.frequency`). Of ten million messages, a word beyond the first thousand was
taken for five times as frequent as it is, and the page was looked for where it was not.
"""

from django.db import migrations

SET = """
alter index subjects_message_search alter column 1 set statistics 300;
alter index subjects_block_search alter column 1 set statistics 300;
"""
RESET = """
alter index subjects_message_search alter column 1 set statistics -1;
alter index subjects_block_search alter column 1 set statistics -1;
"""


class Migration(migrations.Migration):
    dependencies = [("subjects", "0014_retried_runs")]

    operations = [migrations.RunSQL(SET, RESET)]
