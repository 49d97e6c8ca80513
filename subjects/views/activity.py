"""Who read and changed a subject's memory: its part of the audit log."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.browsing import Wanted, entries_page, number_of
from audit.reading import note_read
from subjects import browsing

KINDS = {"": "Everything", "reads": "Reads", "changes": "Changes"}


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def activity_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Who looked at a subject and who changed it, newest first; all of it, the reads or the changes."""
    subject = browsing.subject_or_404(subject_pk)
    note_read(request, Action.LOOKED_AT_ACTIVITY, subject.pk)
    kind = request.GET.get("kind", "")
    wanted = Wanted(subject=subject.pk, action=kind if kind in KINDS else "")
    page = entries_page(wanted, number_of(request.GET.get("after")), number_of(request.GET.get("before")))
    context = {"subject": subject, "page": page, "kind": wanted.action, "kinds": KINDS, "tab": "activity"}
    return render(request, "subjects/activity_detail.html", context)
