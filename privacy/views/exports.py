"""Fetching an archive."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from privacy.exporting import content_of, may_fetch
from privacy.models import Export


@require_http_methods(["GET"])
@requires(Permission.HANDLE_REQUESTS)
def export_download(request: StaffRequest, request_pk: UUID) -> StreamingHttpResponse:
    """The archive that answers a request, for its asker alone, until it expires."""
    ready = Export.objects.filter(state=Export.State.READY, expires_at__gt=timezone.now()).select_related("request")
    export = get_object_or_404(ready, request=request_pk)
    if not may_fetch(export, request.user):
        raise Http404
    name = f"{export.request.kind}-{str(request_pk)[:8]}.zip"
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(export.size),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(content_of(export, request.user), headers=headers)
