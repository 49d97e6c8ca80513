"""What each person opened last: the way back to a customer who calls again."""

from django.utils import timezone

from accounts.models import User
from subjects.models import Opened, Subject

KEPT = 10


def note_opened(person: User, subject: Subject) -> None:
    """Remember that `person` opened `subject`; what they opened before the last KEPT is forgotten."""
    Opened.objects.bulk_create(
        [Opened(person=person, subject=subject, opened_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["person", "subject"],
        update_fields=["opened_at"],
    )
    older = Opened.objects.filter(person=person).order_by("-opened_at").values("pk")[KEPT:]
    Opened.objects.filter(pk__in=older).delete()


def opened_by(person: User) -> list[Subject]:
    """The subjects that `person` opened last, the last one first."""
    rows = Opened.objects.filter(person=person).select_related("subject").order_by("-opened_at")[:KEPT]
    return [row.subject for row in rows]
