"""Templates: the list, a new one, the page of one, and what becomes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of
from schemas import showing
from schemas.checking import schemas_of
from schemas.editing import BadTemplate, create_template, duplicate_template, free_name
from schemas.forms import DefaultForm
from schemas.models import Template
from schemas.porting import schemas_from
from schemas.presets import PRESETS, preset
from schemas.prompting import preview, shared_blocks
from schemas.publishing import archive, end_default, make_default, unarchive


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def template_list(request: StaffRequest) -> HttpResponse:
    """The templates, or with `archived` those put away."""
    archived = bool(request.GET.get("archived"))
    page, rows = showing.templates_page(cursor_of(request.GET), archived=archived)
    return render(request, "schemas/template_list.html", {"page": page, "rows": rows, "archived": archived})


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_create(request: StaffRequest) -> HttpResponse:
    """Choose what to start from; the draft is made under a free name, which the editor lets change."""
    chosen = preset(request.POST.get("preset", ""))
    if request.method == "POST" and chosen is not None:
        name = free_name(chosen.file.name)
        template = create_template(name, chosen.file.purpose, schemas_from(chosen.file, request.user), request.user)
        return redirect("template-edit", template.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "schemas/template_create.html", {"presets": PRESETS}, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def template_detail(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """What the last version (before there is one: the draft) gives a subject, and the versions there are."""
    template = get_object_or_404(Template, pk=template_pk)
    versions = showing.versions_of(template)
    version = next((one for one in versions if not one.is_draft), None) or next(iter(versions), None)
    schemas = [] if version is None else showing.schemas_of_version(version)
    said = schemas_of(schemas)
    context = {
        "template": template,
        "version": version,
        "versions": versions,
        "draft": next((one for one in versions if one.is_draft), None),
        "schemas": schemas,
        "prompt": preview(said, shared_blocks(said)),
        "tab": "blocks",
    }
    return render(request, "schemas/template_detail.html", context)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_duplicate(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """A new draft that starts where this template stands."""
    template = get_object_or_404(Template, pk=template_pk)
    copy = duplicate_template(template, free_name(template.name), request.user)
    return redirect("template-edit", copy.pk)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_archive(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """Put a template away, or with `back` take it out again."""
    template = get_object_or_404(Template, pk=template_pk)
    try:
        if request.POST.get("back"):
            unarchive(template, request.user)
        else:
            archive(template, request.user)
    except BadTemplate as error:
        messages.error(request, str(error))
    return redirect("template-detail", template.pk)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_default(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """Let new subjects start from a template, or no longer."""
    template = get_object_or_404(Template, pk=template_pk)
    form = DefaultForm(request.POST)
    form.is_valid()  # two marks, both optional
    try:
        if form.cleaned_data["is_default"]:
            make_default(template, applies_outside=form.cleaned_data["applies_outside"], by=request.user)
        elif template.is_default:
            end_default(request.user)
    except BadTemplate as error:
        messages.error(request, str(error))
    return redirect("template-detail", template.pk)
