"""Templates as files: taking one in, and the published format."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from schemas import porting
from schemas.editing import BadTemplate
from schemas.forms import ImportForm


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def template_import(request: StaffRequest) -> HttpResponse:
    """A template from a file; it becomes a draft, to be looked at before it is published."""
    posted = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if posted else ImportForm()
    context: dict[str, Any] = {"form": form}
    if posted and form.is_valid():
        try:
            file = porting.read(form.content())
            otherwise = porting.read_otherwise(file)
            template = porting.take(file, form.cleaned_data["name"], request.user)
        except porting.BadFile as error:
            context["problems"] = error.problems
        except BadTemplate as error:
            form.add_error("name" if error.field == "name" else None, str(error))
        else:
            for label in otherwise:
                messages.warning(
                    request, f"The shared block {label} is here already and reads differently. It is used as it is."
                )
            return redirect("template-edit", template.pk)
    return render(request, "schemas/template_import.html", context, status=422 if posted else 200)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def template_format(request: StaffRequest) -> HttpResponse:
    """The JSON Schema of template files."""
    return HttpResponse(porting.json_schema(), content_type="application/schema+json; charset=utf-8")
