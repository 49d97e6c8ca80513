"""Drafts: the editor, publishing, going back to the last version."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from schemas import showing
from schemas.checking import BadSchemas, schemas_of
from schemas.comparing import compare
from schemas.editing import (
    BadTemplate,
    Changed,
    discard_draft,
    newest_version,
    save_template,
    shown_schemas,
    shown_version,
)
from schemas.forms import EditionForm, PublishForm, SchemaRows, SchemaRowSet, TemplateForm, rows_of
from schemas.models import Template
from schemas.prompting import preview
from schemas.publishing import publish

CHANGED = "Somebody changed this template meanwhile. Nothing was overwritten; what it is now is shown here."


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_edit(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """The draft. `action`: save, publish (saves, then asks for the note), check (says what is wrong, as one types), or a
    button that changes the rows (add, share, remove-N, up-N, down-N), which saves nothing."""
    template = get_object_or_404(Template, pk=template_pk)
    if template.archived_at is not None:
        return redirect("template-detail", template.pk)
    action = request.POST.get("action", "")
    form, rows = _forms(request, template)
    context: dict[str, Any] = {"template": template, "form": form, "rows": rows, "oob": bool(request.htmx)}
    status, part = 200, ""
    if request.method == "POST":
        changed = rows.changed_by(action, request.POST.get("shared", ""))
        if changed is not None:
            context |= _rearranged(form, changed, action)
            part = "#rearranged"
        elif action == "check":
            rows.is_valid()
            part = "#said"
        elif _save(request, template, context):
            return redirect("template-publish" if action == "publish" else "template-edit", template.pk)
        else:
            status = 409 if "theirs" in context else 422
    rows = context["rows"]
    context["prompt"] = preview(rows.schemas(), rows.shared_blocks)
    if part != "#said":
        context |= {"shared_blocks": showing.live_shared_blocks(), "version": shown_version(template)}
    return render(request, "schemas/template_edit.html" + (part if request.htmx else ""), context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_publish(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """What the draft changes; with a note it becomes the next version."""
    template = get_object_or_404(Template, pk=template_pk)
    form = PublishForm(request.POST or None, initial={"edition": template.edition})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                version = publish(template, data["note"], edition=data["edition"], by=request.user)
            except Changed as error:
                template, status = error.template, 409
                form = PublishForm(initial={"edition": template.edition, "note": data["note"]})
                messages.warning(request, CHANGED)
            except (BadTemplate, BadSchemas) as error:
                field = getattr(error, "field", "")
                form.add_error(field if field in form.fields else None, str(error))
            else:
                return redirect("version-detail", template.pk, version.number)
    newest = newest_version(template)
    before = [] if newest is None else schemas_of(newest.schemas.all())
    context = {"template": template, "form": form, "newest": newest, "draft": template.versions.filter(number=None).first()}
    context["changes"] = [one for one in compare(before, shown_schemas(template)) if one.kind != "same"]
    return render(request, "schemas/template_publish.html", context, status=status)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def draft_discard(request: StaffRequest, template_pk: UUID) -> HttpResponse:
    """Go back to the last version."""
    template = get_object_or_404(Template, pk=template_pk)
    form = EditionForm(request.POST)
    try:
        discard_draft(template, edition=form.cleaned_data["edition"] if form.is_valid() else 0, by=request.user)
    except Changed:
        messages.warning(request, CHANGED)
    except BadTemplate as error:
        messages.error(request, str(error))
    return redirect("template-detail", template.pk)


def _forms(request: StaffRequest, template: Template) -> tuple[TemplateForm, SchemaRowSet]:
    if request.method == "POST":
        return TemplateForm(request.POST), SchemaRows(request.POST, prefix="blocks")
    start = {"edition": template.edition, "name": template.name, "purpose": template.purpose}
    return TemplateForm(initial=start), SchemaRows(prefix="blocks", initial=rows_of(shown_schemas(template)))


def _rearranged(form: TemplateForm, changed: list[dict[str, Any]], action: str) -> dict[str, Any]:
    """The same form with other rows, and where the reader goes on: in a new row, at the button that moved one."""
    rows = SchemaRows(prefix="blocks", initial=changed)
    way, _, place = action.partition("-")
    focus = ""
    if action == "add":
        rows.focus("label")
    elif way in ("up", "down"):
        there = min(max(int(place) + (1 if way == "down" else -1), 0), len(changed) - 1)
        ends = {"up": 0, "down": len(changed) - 1}
        other = "down" if way == "up" else "up"
        focus = f"{other if there == ends[way] else way}-{there}"
    else:
        focus = "add"
    return {"form": TemplateForm(initial={name: form[name].value() for name in form.fields}), "rows": rows, "focus": focus}


def _save(request: StaffRequest, template: Template, context: dict[str, Any]) -> bool:
    """Save the draft; when something is to be put right first, the forms say it, or `theirs` what others changed."""
    form, rows = context["form"], context["rows"]
    if not (form.is_valid() & rows.is_valid()):
        return False
    data = form.cleaned_data
    schemas = rows.schemas()
    try:
        save_template(template, data["name"], data["purpose"], schemas, edition=data["edition"] or 0, by=request.user)
    except BadTemplate as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    except Changed as error:
        # Saved once more it replaces theirs, which the reader has now seen.
        seen = request.POST.copy()
        seen["edition"] = str(error.template.edition)
        context["form"] = TemplateForm(seen)
        theirs = shown_schemas(error.template)
        context |= {"theirs": [one for one in compare(theirs, schemas) if one.kind != "same"], "template": error.template}
        context["their_version"] = shown_version(error.template)
    else:
        messages.success(request, "The draft is saved.")
        return True
    return False
