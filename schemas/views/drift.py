"""Drift: where the subjects of a template stand, how they differ from it, and who they are."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of
from schemas.differences import Kind
from schemas.drift import TOLD, Cell, drift_of, standers
from schemas.listing import FILTER, chosen_of
from schemas.models import Template, Version


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def drift_detail(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """How many subjects are on each version, and how they differ from it; each number leads to them."""
    template = get_object_or_404(Template, pk=template_pk)
    versions = drift_of(template)
    context: dict[str, Any] = {
        "template": template,
        "tab": "drift",
        "drifts": [one for one in versions if one.subjects],
        "empty": [one.version for one in versions if not one.subjects],
        "newest": versions[0].version if versions else None,
        "subjects": sum(one.subjects for one in versions),
        "exact": versions[0].exact if versions else 0,
    }
    return render(request, "schemas/drift_detail.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def standing_list(request: StaffRequest, template_pk: UUID, number: int) -> HttpResponse:
    """The subjects behind one number of the drift page: all on a version, or those who differ from it in one way."""
    version = get_object_or_404(Version.objects.select_related("template"), template=template_pk, number=number)
    cell = _cell(request, version)
    rows, page = standers(cell, cursor_of(request.GET))
    chosen = {FILTER: chosen_of(cell)}
    context: dict[str, Any] = {
        "template": version.template,
        "version": version,
        "tab": "drift",
        "cell": cell,
        "kind": Kind(cell.kind) if cell.kind in TOLD else None,
        "newest": version.template.versions.filter(number__isnull=False).order_by("-number")[0],
        "rows": rows,
        "page": page,
        "in_list": f"{reverse('subject-list')}?{urlencode(chosen)}",
        "chosen": urlencode(chosen),
        "kinds": TOLD,
    }
    return render(request, "schemas/standing_list.html", context)


def _cell(request: HttpRequest, version: Version) -> Cell:
    """What `?kind=` and `?schema=` (the place of a block in the version) ask for; everybody for anything else."""
    kind = request.GET.get("kind", "")
    if kind in ("exact", "any"):
        return Cell(version, kind)
    if kind not in TOLD:
        return Cell(version)
    place = request.GET.get("schema", "")
    schema = version.schemas.filter(position=int(place)).first() if place.isdecimal() and len(place) < 6 else None
    return Cell(version, kind, schema.label if schema else "")
