"""A subject at a glance: its timeline, the prompt an assistant gets, and whether our copy is in step with Letta."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from subjects import browsing, freshness, prompts, timeline
from subjects.freshness import Freshness
from subjects.timeline import Place

UNDER_WAY = "-under-way"


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def timeline_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Everything that happened to a subject's memory, newest first."""
    subject = browsing.subject_or_404(subject_pk)
    note_read(request, Action.LOOKED_AT_TIMELINE, subject.pk)
    after, before = (Place.read(request.GET.get(name)) for name in ("after", "before"))
    page = timeline.stream_of(subject, after, before)
    return render(request, "subjects/timeline_detail.html", {"subject": subject, "page": page, "tab": "timeline"})


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def prompt_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What an assistant gets for its prompt, as our copy of the memory has it."""
    subject = browsing.subject_or_404(subject_pk)
    note_read(request, Action.LOOKED_AT_PROMPT, subject.pk)
    prompt = prompts.prompt_of(subject, browsing.blocks_of(subject))
    return render(request, "subjects/prompt_detail.html", {"subject": subject, "prompt": prompt, "tab": "memory"})


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def freshness_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Ask Letta once whether our copy is what it has. As a fragment after first paint; without JavaScript by a link.

    With `mark` (of `freshness.mark_of`) nobody is asked: only whether a change was recorded here since, in another tab,
    by a colleague or by a run. A mark that ends in UNDER_WAY was given during a run, after which Letta is asked.
    """
    subject = browsing.subject_or_404(subject_pk)
    known, mark = request.GET.get("mark"), freshness.mark_of(subject)
    if request.htmx and known == str(mark):
        return HttpResponse(status=204)
    if request.htmx and known == f"{mark}{UNDER_WAY}":
        if freshness.is_under_way(subject):
            return HttpResponse(status=204)
        known = None
    found = Freshness("Changed since; that is shown now.", True, 1) if request.htmx and known else freshness.check(subject)
    if not request.htmx:
        (messages.info if found.well else messages.warning)(request, found.sentence)
        return redirect("subject-detail", subject.pk)
    subject.refresh_from_db()
    mark_now = f"{freshness.mark_of(subject)}{UNDER_WAY if found.under_way else ''}"
    context = {"subject": subject, "found": found, "mark": mark_now}
    response = render(request, "subjects/_freshness.html", context)
    if found.changes:
        trigger_client_event(response, "memory-changed", after="settle")
    return response
