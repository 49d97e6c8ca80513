"""Where a subject stands, for the head of its pages."""

from schemas.differences import Kind
from schemas.models import Standing
from subjects.models import Subject


def standing_of(subject: Subject) -> tuple[Standing | None, list[str]]:
    """The template and version that `subject` is on, and in which ways it differs from it. One query."""
    standing = Standing.objects.select_related("version__template").filter(subject=subject.pk).first()
    return standing, [Kind(kind).words for kind in standing.kinds] if standing else []
