"""Published versions: one, any two beside each other, and as files."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from schemas import porting, showing
from schemas.checking import schemas_of
from schemas.comparing import compare
from schemas.editing import shown_version
from schemas.forms import CompareForm
from schemas.models import Template, Version
from schemas.prompting import preview, shared_blocks


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def version_detail(request: StaffRequest, template_pk: UUID, number: int) -> HttpResponse:
    """What a version gives a subject. It never changes."""
    version = get_object_or_404(
        Version.objects.select_related("template", "published_by"), template=template_pk, number=number
    )
    newest = version.template.versions.exclude(number=None).order_by("-number").values_list("number", flat=True).first()
    schemas = showing.schemas_of_version(version)
    said = schemas_of(schemas)
    context: dict[str, Any] = {
        "template": version.template,
        "version": version,
        "newest": newest,
        "schemas": schemas,
        "tab": "blocks",
    }
    context["prompt"] = preview(said, shared_blocks(said))
    return render(request, "schemas/version_detail.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def version_compare(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """What lies between the versions `older` and `newer`; 0 is the draft. Without them: what the last one changed."""
    template = get_object_or_404(Template, pk=template_pk)
    versions = {version.number or 0: version for version in showing.versions_of(template)}
    numbers = sorted(versions, key=lambda number: number or float("inf"))
    form = CompareForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    newer = given.get("newer")
    newer = numbers[-1] if newer is None and numbers else newer
    older = given.get("older")
    if older is None and newer in numbers:
        older = numbers[max(numbers.index(newer) - 1, 0)]
    context: dict[str, Any] = {"template": template, "versions": list(versions.values()), "tab": "blocks"}
    context |= {"older": versions.get(older or 0), "newer": versions.get(newer or 0)}
    if context["older"] and context["newer"]:
        both = (schemas_of(context[side].schemas.all()) for side in ("older", "newer"))
        changes = compare(*both)
        context["changes"] = [change for change in changes if change.kind != "same"]
        context["same"] = [change.label for change in changes if change.kind == "same"]
    return render(request, "schemas/version_compare.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def version_export(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """A version as a JSON file; without `version` the draft, else the last one."""
    template = get_object_or_404(Template, pk=template_pk)
    number = request.GET.get("version", "")
    version = (
        template.versions.filter(number=int(number)).first()
        if number.isdecimal() and len(number) < 10
        else shown_version(template)
    )
    if version is None:
        raise Http404
    schemas = schemas_of(version.schemas.all())
    text = porting.write(template.name, template.purpose, schemas, shared_blocks(schemas))
    name = f"{slugify(template.name) or 'template'}{f'-v{version.number}' if version.number else '-draft'}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)
