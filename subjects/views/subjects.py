"""The page of a subject. New ones are made in `schemas`, which knows the templates they start from."""

import zlib
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.prepared import prepared
from subjects import browsing
from subjects.creation import retry_setup
from subjects.models import Run, Tidy
from subjects.opening import note_opened
from subjects.views.runs import runs_aside
from subjects.waits import wait_of_setup


@prepared
def _ready_tidies(subject_pk: UUID) -> QuerySet[Tidy]:
    return Tidy.objects.filter(subject=subject_pk, state=Tidy.State.READY).order_by("id")[:1]


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def subject_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What is remembered about a subject, and the runs that taught it. As a fragment: only the memory, if it changed."""
    subject = browsing.subject_or_404(subject_pk)
    waiting = wait_of_setup(subject)
    seen = f"{zlib.crc32(repr((subject.agent_id, subject.setup_error, subject.setup_refused, waiting)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    note_read(request, Action.LOOKED_AT_MEMORY, subject.pk)
    aside = {} if request.htmx else runs_aside(subject)
    blocks = browsing.blocks_of(subject)
    context = {"subject": subject, "blocks": blocks, "block_count": len(blocks), "seen": seen, "tab": "memory"}
    context["waiting"] = waiting
    newest = subject.runs.order_by("-position")[:1] if request.htmx else [card.run for card in aside["cards"]]
    last_run = next(iter(newest), None)
    context["failed_run"] = last_run if last_run and last_run.state == Run.State.FAILED else None
    context["ready_tidy"] = _ready_tidies.first(subject.pk)
    if request.htmx:
        return render(request, "subjects/subject_detail.html#refreshed", context | {"fresh": True})
    note_opened(request.user, subject)
    return render(request, "subjects/subject_detail.html", context | aside)


@require_http_methods(["POST"])
@requires(Permission.CREATE_SUBJECT)
def subject_retry(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Try again to create the agent of a subject."""
    subject = browsing.subject_or_404(subject_pk)
    retry_setup(subject, request.user)
    return redirect("subject-detail", subject.pk)
