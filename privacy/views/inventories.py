"""What an erasure would find, before anything happens."""

import zlib
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.recording import record
from privacy import inventory
from privacy.models import Request
from privacy.previewing import preview_of
from privacy.stores import CLEANED
from privacy.waits import wait_of_preview


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def inventory_detail(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """The preview of an erasure: stores with counts. As a fragment it polls until it is there."""
    filed = get_object_or_404(Request, pk=request_pk, kind=Request.Kind.ERASURE)
    preview = preview_of(filed)
    waiting = wait_of_preview(preview)
    seen = f"{zlib.crc32(repr((preview.taken_at, waiting)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    if not request.htmx:
        record(Action.PREVIEWED_ERASURE, by=request.user, subject=filed.subject, privacy_request=filed.pk)
    cleaned = [text for label, text in CLEANED.items() if label != "subjects.ListPart"]
    context = {
        "filed": filed,
        "preview": preview,
        "waiting": waiting,
        "seen": seen,
        "found": preview.found,
        "cleaned": cleaned,
        "nothing_else": inventory.NOTHING_ELSE,
    }
    template = "privacy/inventory_detail.html"
    return render(request, f"{template}#inventory" if request.htmx else template, context)
