"""What may begin: requests that are approved, less erasures that are on hold; and the lock under which that is decided."""

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from memory_ui.locks import number
from privacy.models import Request

Kind, State = Request.Kind, Request.State


def ready() -> QuerySet[Request]:
    """Requests that are begun as soon as there is room."""
    on_hold = Request.objects.filter(subject_hash=OuterRef("subject_hash"), held_at__isnull=False)
    return Request.objects.filter(state=State.APPROVED).exclude(Q(kind=Kind.ERASURE) & Exists(on_hold))


def lock_beginnings() -> None:
    """Until the end of this transaction nothing else begins and nothing else is put on hold."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [number("privacy-begin")])
