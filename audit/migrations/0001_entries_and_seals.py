"""Entries and seals, and the triggers that let nobody change or remove one.

A number is given only once its transaction has a number too (`pg_current_xact_id`), so that sealing can tell from
Postgres's snapshot which numbers may still turn up: see `audit.sealing`.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

import audit.models

NUMBERS = """
create sequence audit_entry_number as bigint;
create function audit_next_entry() returns bigint language plpgsql volatile as $$
begin
    perform pg_current_xact_id();
    return nextval('audit_entry_number');
end
$$;
"""
NO_NUMBERS = "drop function audit_next_entry(); drop sequence audit_entry_number;"

REFUSE = """
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only: % of % is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_entry_kept before update or delete on audit_entry
    for each row execute function audit_refuse();
create trigger audit_entry_not_emptied before truncate on audit_entry
    for each statement execute function audit_refuse();
create trigger audit_seal_kept before update or delete on audit_seal
    for each row execute function audit_refuse();
create trigger audit_seal_not_emptied before truncate on audit_seal
    for each statement execute function audit_refuse();
"""
REFUSE_NO_MORE = """
drop trigger audit_entry_kept on audit_entry;
drop trigger audit_entry_not_emptied on audit_entry;
drop trigger audit_seal_kept on audit_seal;
drop trigger audit_seal_not_emptied on audit_seal;
drop function audit_refuse();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(NUMBERS, NO_NUMBERS),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('count', models.IntegerField()),
                ('rows', models.BinaryField()),
                ('settled_id', models.BigIntegerField()),
                ('xid', models.BigIntegerField()),
                ('previous_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigIntegerField(db_default=audit.models.NextEntry(), editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor_kind', models.CharField(max_length=10)),
                ('actor', models.UUIDField(null=True)),
                ('action', models.CharField(max_length=40)),
                ('subject', models.UUIDField(null=True)),
                ('run', models.UUIDField(null=True)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('ticket', models.CharField(blank=True, max_length=40)),
                ('request', models.UUIDField(null=True)),
                ('privacy_request', models.UUIDField(null=True)),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'entries',
                'indexes': [models.Index(condition=models.Q(('subject__isnull', False)), fields=['subject', '-id'], name='audit_entry_subject'), models.Index(fields=['actor', '-id'], name='audit_entry_actor'), models.Index(fields=['action', '-id'], name='audit_entry_action'), models.Index(fields=['at'], name='audit_entry_at')],
            },
        ),
        migrations.RunSQL(REFUSE, REFUSE_NO_MORE),
    ]
