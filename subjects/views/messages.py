"""The message log of a subject."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.keyset import Page, cursor_of
from subjects import browsing
from subjects.forms import MessageFilter
from subjects.models import Message
from subjects.searching import TooMuch, terms_of
from subjects.snippets import excerpt


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def message_list(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What was given to learn from, newest first, filtered by role, days and words."""
    subject = browsing.subject_or_404(subject_pk)
    note_read(request, Action.LOOKED_AT_MESSAGES, subject.pk)
    form = MessageFilter(request.GET)
    wanted = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    context: dict[str, object] = {"subject": subject, "form": form, "filtered": bool(wanted), "tab": "messages"}
    text = wanted.pop("text", "")
    terms = terms_of(text)
    page: Page[Message] = Page([])
    if terms or not text:  # signs alone are nothing that could be looked for
        try:
            page = browsing.messages_of(subject, cursor_of(request.GET), **wanted, terms=terms)
        except TooMuch as error:
            context["trouble"] = str(error)
    context["lines"] = [(message, excerpt(message.content, terms)) for message in page.rows]
    return render(request, "subjects/message_list.html", context | {"page": page})
