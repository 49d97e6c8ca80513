"""Runs: the list of a subject's, the card of one, trying again and cancelling."""

import zlib
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.keyset import Cursor, cursor_of
from memory_ui.prepared import prepared
from subjects import browsing, learning, toasts
from subjects.cards import cards_of, state_of
from subjects.models import Run, Subject
from subjects.snippets import excerpt

BESIDE_THE_MEMORY = 6


def runs_aside(subject: Subject) -> dict[str, Any]:
    """Context of the newest runs beside a subject's memory. `runs_seen` stays the same until a run is added or retried."""
    page = browsing.runs_of(subject, Cursor(), BESIDE_THE_MEMORY)
    known = repr([(run.position, run.attempt) for run in page.rows])
    cards = cards_of(page.rows)
    return {
        "cards": cards,
        "more_runs": page.after is not None,
        "runs_seen": f"{zlib.crc32(known.encode()):08x}",
        "live": any(not card.run.is_over for card in cards),
    }


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def run_list(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """All runs of a subject. As a fragment: the newest ones beside its memory, if there is a new one."""
    subject = browsing.subject_or_404(subject_pk)
    if request.htmx:
        aside = runs_aside(subject)
        if request.GET.get("seen") == aside["runs_seen"]:
            return HttpResponse(status=204)
        note_read(request, Action.LOOKED_AT_RUNS, subject.pk)
        response = render(request, "subjects/_runs.html", aside | {"subject": subject})
        # A run that came and ended between two looks has changed the memory all the same.
        return trigger_client_event(response, "memory-changed", after="settle")
    note_read(request, Action.LOOKED_AT_RUNS, subject.pk)
    page = browsing.runs_of(subject, cursor_of(request.GET), 15)
    context = {"subject": subject, "page": page, "cards": cards_of(page.rows), "tab": "runs"}
    return render(request, "subjects/run_list.html", context)


@prepared
def _runs(pk: UUID) -> QuerySet[Run]:
    return Run.objects.filter(pk=pk).select_related("subject", "created_by")


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def run_detail(request: StaffRequest, run_pk: UUID) -> HttpResponse:
    """One run: state, messages, changes. As a fragment: its card, if anything is new since `seen`.

    `turn`: the position of a message that is shown whole, with those around it.
    """
    run = _runs.first(run_pk)
    if request.htmx:
        return _card(request, run)
    if run is None:
        raise Http404
    note_read(request, Action.LOOKED_AT_RUN, run.subject_id, run=run.pk)
    turn = _position(request.GET.get("turn", ""))
    page = browsing.messages_of_run(run, cursor_of(request.GET), turn)
    context = {
        "subject": run.subject,
        "card": cards_of([run])[0],
        "page": page,
        "lines": [(one, None if one.position == turn else excerpt(one.content)) for one in page.rows],
        "tab": "runs",
    }
    return render(request, "subjects/run_detail.html", context)


def _position(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def run_retry(request: StaffRequest, run_pk: UUID) -> HttpResponse:
    """Learn a failed or cancelled batch once more."""
    run = get_object_or_404(Run.objects.select_related("subject"), pk=run_pk)
    again = learning.retry(run, request.user)
    return _after(request, run, toasts.retried(run) if again else None)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def run_cancel(request: StaffRequest, run_pk: UUID) -> HttpResponse:
    """Stop a run that has not ended."""
    run = get_object_or_404(Run.objects.select_related("subject"), pk=run_pk)
    stopped = learning.cancel(run, request.user)
    run.refresh_from_db(fields=["state"])
    return _after(request, run, toasts.cancelled(run) if stopped else toasts.too_late(run))


def _after(request: StaffRequest, run: Run, toast: toasts.Toast | None) -> HttpResponse:
    if request.htmx:
        return _card(request, Run.objects.select_related("subject", "created_by").get(pk=run.pk), toast)
    if toast:
        toasts.tell(request, toast)
    return redirect("run-detail", run.pk)


def _card(request: StaffRequest, run: Run | None, toast: toasts.Toast | None = None) -> HttpResponse:
    if run is None:
        return HttpResponseStopPolling()  # deleted meanwhile: nothing to wait for
    if request.method == "GET" and request.GET.get("seen") == state_of(run).seen:
        return HttpResponse(status=204)
    note_read(request, Action.LOOKED_AT_RUN, run.subject_id, run=run.pk)
    response = render(request, "subjects/_run_card.html", {"card": cards_of([run])[0], "fresh": True, "toast": toast})
    if run.is_over:
        # The memory beside the card, in this tab, is older than the run now.
        trigger_client_event(response, "memory-changed", after="settle")
    return response
