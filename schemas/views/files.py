"""Templates as files: taking one in, and the published format."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from schemas import porting
from schemas.editing import BadTemplate, Changed
from schemas.file_forms import ImportForm, chosen
from schemas.showing import TemplateRow

CHANGED = (
    "{} was changed since this page was opened. Nothing was overwritten; import again to replace its draft all the same."
)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_import(request: StaffRequest) -> HttpResponse:
    """A template from a file; it becomes a draft, to be looked at before it is published."""
    posted = request.method == "POST"
    start = {"into": chosen(request.GET.get("into", ""))}
    form = ImportForm(request.POST, request.FILES) if posted else ImportForm(initial=start)
    context: dict[str, Any] = {"form": form}
    status = 422 if posted else 200
    if posted and form.is_valid():
        try:
            taken = _take(request, form)
            return redirect("template-edit" if taken.has_draft else "template-detail", taken.template.pk)
        except porting.BadFile as error:
            context["problems"] = error.problems
        except BadTemplate as error:
            form.add_error("name" if error.field == "name" else None, str(error))
        except Changed as error:
            form.choose_again(error.template)
            form.add_error("into", CHANGED.format(error.template.name))
            status = 409
    return render(request, "schemas/template_import.html", context, status=status)


def _take(request: StaffRequest, form: ImportForm) -> TemplateRow:
    """Import what the form holds; what a person should know of it is said on the next page."""
    file = porting.read(form.content())
    otherwise = porting.read_otherwise(file)
    target, name = form.target, form.cleaned_data["name"]
    if target is None:
        taken = porting.take(file, name, request.user)
    else:
        taken = porting.replace_draft(file, target, edition=target.edition, name=name, by=request.user)
    for label in otherwise:
        messages.warning(request, f"The shared block {label} is here already and reads differently. It is used as it is.")
    has_draft = taken.versions.filter(number=None).exists()
    if not has_draft:
        messages.info(request, "The file says the same as the newest version, so there is no draft to publish.")
    elif target is not None:
        messages.success(request, f"The draft of {taken.name} is what the file says. Look at it, then publish it.")
    return TemplateRow(taken, has_draft=has_draft)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def template_format(request: StaffRequest) -> HttpResponse:
    """The JSON Schema of template files."""
    return HttpResponse(porting.json_schema(), content_type="application/schema+json; charset=utf-8")
