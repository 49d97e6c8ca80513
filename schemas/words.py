"""Where a subject stands, for the head of its pages."""

from uuid import UUID

from django.db.models import QuerySet

from memory_ui.prepared import prepared
from schemas.differences import Kind
from schemas.models import Standing
from subjects.models import Subject


def standing_of(subject: Subject) -> tuple[Standing | None, list[str]]:
    """The template and version that `subject` is on, and in which ways it differs from it. One query."""
    standing = _standing.first(subject.pk)
    return standing, [Kind(kind).words for kind in standing.kinds] if standing else []


@prepared
def _standing(subject_pk: UUID) -> QuerySet[Standing]:
    return Standing.objects.select_related("version__template").filter(subject=subject_pk)[:1]
