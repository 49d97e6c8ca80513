"""The subject list by template: everybody on a template or a version, and those who differ from it in some way."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from memory_ui.prepared import prepared
from schemas.differences import Kind
from schemas.drift import TOLD, Cell
from schemas.models import BlockSchema, Deviation, Standing, Template, Version
from subjects.list_filters import AddedFilter, register_filter

FILTER = "template"
"""name of the field, and in the address: `template=<id of a template or a version>[:<kind>[:<place of the block>]]`"""
MOST_TEMPLATES = 200


@prepared
def _templates() -> QuerySet[Template, tuple[UUID, str]]:
    return Template.objects.filter(archived_at=None).order_by("name").values_list("pk", "name")[:MOST_TEMPLATES]


class TemplateField(forms.CharField):
    """A template, a version of one, or one of the numbers on its drift page, as a select with what there is."""

    def __init__(self) -> None:
        super().__init__(required=False, label="Template", max_length=100)
        choices = [("", "any"), *((str(pk), name) for pk, name in _templates()), (NONE, "on no template")]
        self.widget = _Select(choices=choices)

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        if text and text != NONE and _parse(text) is None:
            raise forms.ValidationError("Choose one of the templates.")
        return text


NONE = "none"


class _Select(forms.Select):
    """A select that also keeps a choice which came by a link, such as one number of a drift page."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        known = {str(choice) for choice, _ in self.choices}
        if value and value[0] and value[0] not in known and (words := _in_words(value[0])):
            self.choices = [*self.choices, (value[0], words)]
        return super().optgroups(name, value, attrs)


def chosen_of(cell: Cell) -> str:
    """A cell of a drift page as the filter's value."""
    parts = [str(cell.version.pk), cell.kind]
    if cell.label:
        place = BlockSchema.objects.filter(version=cell.version, label=cell.label).values_list("position", flat=True)
        parts.append(str(place[0]))
    return ":".join(parts).rstrip(":")


def condition(value: str) -> Q:
    """Which subjects pass; nobody when what it names is not there."""
    if value == NONE:
        return ~Q(Exists(Standing.objects.filter(subject=OuterRef("pk"))))
    parsed = _parse(value)
    if parsed is None:
        return Q(pk__in=[])
    pk, kind, place = parsed
    if not kind:
        # One is the id of a template, the other of a version.
        versions = list(Version.objects.filter(Q(pk=pk) | Q(template=pk)).values_list("pk", flat=True))
        return Q(Exists(Standing.objects.filter(subject=OuterRef("pk"), version__in=versions)))
    if kind in ("exact", "any"):
        rows = Standing.objects.filter(subject=OuterRef("pk"), version=pk)
        return Q(Exists(rows.filter(kinds=[]) if kind == "exact" else rows.exclude(kinds=[])))
    deviations = Deviation.objects.filter(standing=OuterRef("pk"), version=pk, kind=kind)
    if place is not None:
        label = BlockSchema.objects.filter(version=pk, position=place).values_list("label", flat=True).first()
        deviations = deviations.filter(label=label or "")
    return Q(Exists(deviations))


ADDED = AddedFilter(FILTER, TemplateField, condition)


def register() -> None:
    """Bring the filter to the subject list."""
    register_filter(ADDED)


def _parse(value: str) -> tuple[UUID, str, int | None] | None:
    pk, _, rest = value.partition(":")
    kind, _, place = rest.partition(":")
    if (kind and kind not in ("exact", "any", *TOLD)) or (place and (not place.isdecimal() or len(place) > 5)):
        return None
    try:
        return UUID(pk), kind, int(place) if place else None
    except ValueError:
        return None


def _in_words(value: str) -> str:
    parsed = _parse(value)
    if parsed is None:
        return ""
    pk, kind, place = parsed
    version = Version.objects.filter(pk=pk).select_related("template").first()
    if version is None:
        return Template.objects.filter(pk=pk).values_list("name", flat=True).first() or ""
    words = f"{version.template.name}, version {version.number}"
    if kind in TOLD:
        words += f": {Kind(kind).words}"
        if place is not None and (schema := BlockSchema.objects.filter(version=pk, position=place).first()):
            words += f" {schema.label}"
    elif kind:
        words += ": as it says" if kind == "exact" else ": differing"
    return words
