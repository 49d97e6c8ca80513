"""What each person opened last: the way back to a customer who calls again."""

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from memory_ui.commits import unawaited
from memory_ui.prepared import prepared
from subjects.models import Opened, Subject

KEPT = 10

# One statement, because it is on the way of every subject page. Both parts see the table as it was before: those to forget
# are counted without the one that is opened now.
_NOTE = """
    with noted as (
        insert into subjects_opened (person_id, subject_id, opened_at)
        select %(person)s, %(subject)s, clock_timestamp() from {unawaited}
        on conflict (person_id, subject_id) do update set opened_at = excluded.opened_at
    )
    delete from subjects_opened where id in (
        select id from subjects_opened where person_id = %(person)s and subject_id <> %(subject)s
        order by opened_at desc offset %(others)s
    )
"""


def note_opened(person: User, subject: Subject) -> None:
    """Remember that `person` opened `subject`; what they opened before the last KEPT is forgotten."""
    statement = _NOTE.format(unawaited=unawaited())  # a way back that a crash forgets is found again by searching
    with connection.cursor() as cursor:
        cursor.execute(statement, {"person": person.pk, "subject": subject.pk, "others": KEPT - 1})


def opened_by(person: User) -> list[Subject]:
    """The subjects that `person` opened last, the last one first."""
    return [row.subject for row in _opened(person.pk)]


@prepared
def _opened(person_pk: UUID) -> QuerySet[Opened]:
    return Opened.objects.filter(person=person_pk).select_related("subject").order_by("-opened_at")[:KEPT]
