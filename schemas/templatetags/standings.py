"""Where a subject stands, for the head of its pages."""

from typing import Any

from django import template

from schemas.differences import Kind
from schemas.models import Standing
from subjects.models import Subject

register = template.Library()


@register.inclusion_tag("schemas/_standing.html")
def standing_of(subject: Subject) -> dict[str, Any]:
    """The template and version that `subject` is on, and in which ways it differs from it. One query."""
    standing = Standing.objects.select_related("version__template").filter(subject=subject.pk).first()
    return {"standing": standing, "kinds": [Kind(kind).words for kind in standing.kinds] if standing else []}
