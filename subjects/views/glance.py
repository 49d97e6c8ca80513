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
from subjects.freshness import Known
from subjects.timeline import Place


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
    """Ask Letta whether our copy is what it has. As a fragment after first paint; without JavaScript by a link.

    A page that was told before sends what it knows (`freshness.Known`). Then Letta is mostly not asked: only whether a
    change was recorded here since, in another tab, by a colleague or by a run, and every few minutes Letta again.
    """
    subject = browsing.subject_or_404(subject_pk)
    known = Known.read(request.GET.dict()) if request.htmx else None
    was_gone = subject.gone_at is not None
    found = freshness.news(subject, known) if known else freshness.check(subject)
    if found is None:
        return HttpResponse(status=204)
    if not request.htmx:
        sentence = f"{found.sentence} Checked just now." if found.checked_at else found.sentence
        (messages.info if found.well else messages.warning)(request, sentence)
        return redirect("subject-detail", subject.pk)
    subject.refresh_from_db()
    context = freshness.told(subject, found, known) | {"block_count": browsing.block_count(subject), "fresh": True}
    response = render(request, "subjects/_freshness.html", context)
    if found.changes or was_gone != (subject.gone_at is not None):
        trigger_client_event(response, "memory-changed", after="settle")
    return response
