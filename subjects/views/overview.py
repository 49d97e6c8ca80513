"""Watching: how learning goes over all subjects, the runs behind each figure, and whether Letta answers."""

import time

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django_htmx.http import retarget

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from memory_ui.keyset import cursor_of
from subjects import sync_report
from subjects.bars import PERIODS
from subjects.letta import patient_for
from subjects.overview import last_learned, overview
from subjects.run_forms import RunFilter
from subjects.run_listing import WantedRuns, runs_page

CONNECTION_SECONDS = 3.0


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def overview_detail(request: StaffRequest) -> HttpResponse:
    """How learning went over 24 hours or 30 days. As a fragment: what is new of it, or only when it was counted."""
    period = PERIODS.get(request.GET.get("period", ""), PERIODS["24h"])
    shown = overview(period)
    context = {"overview": shown, "periods": PERIODS.values(), "place": "overview"}
    template = "subjects/overview_detail.html"
    if not request.htmx:
        return render(request, template, context | {"sync": sync_report.look()})
    seen = request.GET.get("seen", "")
    if seen == shown.seen:
        return HttpResponse(status=204)
    if seen.partition("-")[0] == shown.digest:
        return render(request, f"{template}#as_of", context)
    return retarget(render(request, f"{template}#counted", context), "#counted")


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
    """The runs of all subjects that fit the filters in the address, in the order in which these find them."""
    form = RunFilter(request.GET)
    wanted = form.wanted()
    page = runs_page(wanted, cursor_of(request.GET))
    context = {"form": form, "wanted": wanted, "filtered": wanted != WantedRuns(), "page": page, "place": "runs"}
    return render(request, "subjects/run_browse.html", context)
