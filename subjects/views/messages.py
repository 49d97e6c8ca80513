"""The message log of a subject."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.keyset import cursor_of
from subjects import browsing
from subjects.forms import MessageFilter


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def message_list(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What was given to learn from, newest first, filtered by role and days."""
    subject = browsing.subject_or_404(subject_pk)
    note_read(request, Action.LOOKED_AT_MESSAGES, subject.pk)
    form = MessageFilter(request.GET)
    wanted = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    page = browsing.messages_of(subject, cursor_of(request.GET), **wanted)
    context = {"subject": subject, "form": form, "filtered": bool(wanted), "page": page, "tab": "messages"}
    return render(request, "subjects/message_list.html", context)
