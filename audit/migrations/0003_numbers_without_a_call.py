"""The number of an entry as one expression, which Postgres puts into the statement instead of calling a function.

`case` keeps the order: the transaction's number first, then the entry's (see docs/decisions.md, "A seal names its entries").
"""

from django.db import migrations

NUMBER = """
create or replace function audit_next_entry() returns bigint language sql volatile as $$
    select case when pg_current_xact_id() is not null then nextval('audit_entry_number') end
$$;
"""
NUMBER_BEFORE = """
create or replace function audit_next_entry() returns bigint language plpgsql volatile as $$
begin
    perform pg_current_xact_id();
    return nextval('audit_entry_number');
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_verifications")]

    operations = [migrations.RunSQL(NUMBER, NUMBER_BEFORE)]
