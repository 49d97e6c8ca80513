"""Orphans: what lies in Letta and belongs to nobody, looked for, looked at, removed or kept."""

import zlib
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError, NotFound
from memory_ui.filters import Filters
from memory_ui.keyset import cursor_of, keyset_page
from memory_ui.waiting import Wait
from privacy import scanning
from privacy.models import Orphan, Scan
from privacy.waits import wait_of_scan
from subjects.letta import patient_for

PATIENCE = 5.0  # seconds
MOST_AT_ONCE = 500


class OrphanFilter(Filters):
    """Which orphans to show."""

    state = forms.ChoiceField(label="State", choices=Orphan.State.choices, required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("", "All kinds"), *Orphan.Kind.choices], required=False)


class DecisionForm(forms.Form):
    """What becomes of the ticked ones."""

    decision = forms.ChoiceField(choices=[("remove", "Remove"), ("keep", "Keep")])


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def orphan_list(request: StaffRequest) -> HttpResponse:
    """What was found, those to be decided first. As a fragment: how the look stands, if anything is new since `seen`."""
    scan = Scan.objects.order_by("-started_at").first()
    waiting = wait_of_scan(scan) if scan else Wait()
    seen = f"{zlib.crc32(repr(scan and (scan.step, scan.looked_at, scan.found, waiting)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    form = OrphanFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    state = chosen.get("state") or Orphan.State.FOUND
    rows = Orphan.objects.filter(state=state)
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    page = keyset_page(rows, ("-first_seen_at", "-id"), cursor_of(request.GET), anchors=Orphan.objects.all())
    context = {"scan": scan, "waiting": waiting, "seen": seen, "form": form, "state": state, "page": page}
    template = "privacy/orphan_list.html"
    return render(request, f"{template}#scan" if request.htmx else template, context)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def scan_create(request: StaffRequest) -> HttpResponse:
    """Look through Letta anew."""
    scanning.start(request.user)
    return redirect("orphan-list")


@require_http_methods(["GET"])
@requires(Permission.HANDLE_REQUESTS)
def orphan_detail(request: StaffRequest, orphan_pk: UUID) -> HttpResponse:
    """One orphan with what it says, read from Letta now: nothing of it is kept here."""
    orphan = get_object_or_404(Orphan, pk=orphan_pk)
    context: dict[str, Any] = {"orphan": orphan, "text": "", "trouble": ""}
    if orphan.kind == Orphan.Kind.BLOCK:
        try:
            with patient_for(PATIENCE) as letta:
                context["text"] = letta.get_block(orphan.letta_id).value
        except NotFound:
            context["trouble"] = "Letta no longer has it."
        except LettaError as error:
            context["trouble"] = str(error)
    return render(request, "privacy/orphan_detail.html", context)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def orphan_decide(request: StaffRequest) -> HttpResponse:
    """Remove or keep the ticked ones."""
    form = DecisionForm(request.POST)
    ticked = Orphan.objects.filter(pk__in=_uuids(request.POST.getlist("orphan")[:MOST_AT_ONCE]))
    if not form.is_valid() or not ticked:
        messages.error(request, "Tick what is to be removed or kept.")
        return redirect("orphan-list")
    removes = form.cleaned_data["decision"] == "remove"
    decided = scanning.decide(ticked, removes, request.user)
    said = "being removed, an hour after it was found at the earliest" if removes else "kept"
    messages.success(request, f"{decided} {'is' if decided == 1 else 'are'} {said}.")
    return redirect("orphan-list")


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
