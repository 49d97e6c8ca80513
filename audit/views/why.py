"""The question why, before a subject's memory or a search is shown."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Reason
from audit.asking import Why, remember, way_back
from audit.forms import WhyForm


@require_http_methods(["GET", "POST"])
@requires(Permission.READ_MEMORY)
def why_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Why the reader looks at a subject: asked for once in a session."""
    return _asked(request, subject_pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.READ_MEMORY)
def why_search(request: StaffRequest) -> HttpResponse:
    """Why the reader searches what is remembered of everybody: asked for once in a session."""
    return _asked(request, None)


def _asked(request: StaffRequest, subject: UUID | None) -> HttpResponse:
    form = WhyForm(request.POST or None)
    next_page = way_back(request, request.GET.get("next", ""))
    if request.method == "POST" and form.is_valid():
        remember(request, subject, Why(Reason(form.cleaned_data["reason"]), form.cleaned_data["ticket"]))
        return redirect(next_page)
    status = 422 if request.method == "POST" else 200
    return render(request, "audit/why_detail.html", {"form": form, "of": subject, "next": next_page}, status=status)
