"""Watching: how learning goes over all subjects, the runs behind each figure, and whether Letta answers."""

import time

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from memory_ui.keyset import cursor_of
from subjects import browsing, sync_report
from subjects.forms import RunFilter
from subjects.letta import patient_for
from subjects.overview import PERIODS, last_learned, overview

CONNECTION_SECONDS = 3.0


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def overview_detail(request: StaffRequest) -> HttpResponse:
    """Runs by outcome, delay, failures by reason, what stands still: over 24 hours or 30 days."""
    period = PERIODS.get(request.GET.get("period", ""), PERIODS["24h"])
    context = {"overview": overview(period), "periods": PERIODS.values(), "sync": sync_report.look(), "place": "overview"}
    return render(request, "subjects/overview_detail.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def connection_detail(request: StaffRequest) -> HttpResponse:
    """Whether Letta answers, how fast, which version, and how sync goes. The only page that asks it, with a short limit."""
    context: dict[str, object] = {"last_learned": last_learned(), "sync": sync_report.look(), "place": "overview"}
    begun = time.monotonic()
    try:
        with patient_for(CONNECTION_SECONDS) as letta:
            context["health"] = letta.health()
        context["milliseconds"] = round((time.monotonic() - begun) * 1000)
    except LettaError as error:
        context["trouble"] = str(error)
    template = "subjects/connection_detail.html"
    return render(request, f"{template}#connection" if request.htmx else template, context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def sync_detail(request: StaffRequest) -> HttpResponse:
    """How the sync with Letta goes. As a fragment: its card, if anything is new since `seen`."""
    report = sync_report.look()
    if request.htmx and request.GET.get("seen") == report.seen:
        return HttpResponse(status=204)
    template = "subjects/sync_detail.html"
    return render(request, f"{template}#sync" if request.htmx else template, {"sync": report, "place": "overview"})


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def run_browse(request: StaffRequest) -> HttpResponse:
    """The runs of all subjects, newest first, filtered by state, source, days and reason of failure."""
    form = RunFilter(request.GET)
    wanted = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    page = browsing.all_runs(cursor_of(request.GET), **wanted)
    context = {"form": form, "filtered": bool(wanted), "page": page, "place": "runs"}
    return render(request, "subjects/run_browse.html", context)
