"""Requests by a list of ids: giving the list, watching it being filed, deciding on it as one act."""

import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.models import User
from accounts.roles import Permission
from memory_ui.waiting import Wait
from privacy import batching, requesting
from privacy.batch_forms import BatchConfirmForm, BatchForm
from privacy.models import Batch, BatchLine, Request
from privacy.waits import wait_of_batch

LISTED = 200
"""ids that were not filed, shown on the page"""


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_REQUESTS)
def batch_create(request: StaffRequest) -> HttpResponse:
    """Give a list of ids, pasted or as a file."""
    form = BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch = batching.start_batch(form.cleaned_data["kind"], form.ids, form.doubles, request.user)
        return redirect("batch-detail", batch.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "most": batching.MOST_IDS}
    return render(request, "privacy/batch_create.html", context, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def batch_detail(request: StaffRequest, batch_pk: UUID) -> HttpResponse:
    """How far a list is filed, then carried out. As a fragment: that, if anything is new since `seen`."""
    found = Batch.objects.select_related("filed_by")
    if not request.htmx:
        return _page(request, get_object_or_404(found, pk=batch_pk))
    batch = found.filter(pk=batch_pk).first()
    if batch is None:
        return HttpResponseStopPolling()
    states = batching.states_of(batch)
    if request.GET.get("seen") == _seen(batch, states, _wait(batch, states)):
        return HttpResponse(status=204)
    return _page(request, batch)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def batch_confirm(request: StaffRequest, batch_pk: UUID) -> HttpResponse:
    """Type how many are to be erased: they then wait for the second person."""
    batch = get_object_or_404(Batch, pk=batch_pk)
    expected = batching.states_of(batch).get(Request.State.RECEIVED, 0)
    form = BatchConfirmForm(request.POST, expected=expected)
    if not form.is_valid():
        return _page(request, batch, status=422, confirm_form=form)
    return _do(request, batch, "{} confirmed.", batching.confirm)


@require_http_methods(["POST"])
@requires(Permission.APPROVE_ERASURE)
def batch_approve(request: StaffRequest, batch_pk: UUID) -> HttpResponse:
    """Agree to all erasures of a list that somebody else asked for."""
    batch = get_object_or_404(Batch, pk=batch_pk)
    return _do(request, batch, "{} approved. They begin as workers are free.", batching.approve)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def batch_withdraw(request: StaffRequest, batch_pk: UUID) -> HttpResponse:
    """Take back what has not begun."""
    batch = get_object_or_404(Batch, pk=batch_pk)
    return _do(request, batch, "{} withdrawn.", batching.withdraw)


def _do(request: StaffRequest, batch: Batch, said: str, verb: Callable[[Batch, User], int]) -> HttpResponse:
    try:
        number = verb(batch, request.user)
    except requesting.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said.format(f"{number:,} request{'' if number == 1 else 's'}"))
    return redirect("batch-detail", batch.pk)


def _page(request: StaffRequest, batch: Batch, status: int = 200, **more: Any) -> HttpResponse:
    states = batching.states_of(batch)
    waiting_for = _wait(batch, states)
    filing = batch.state == Batch.State.FILING
    over = sum(states.get(state, 0) for state in Request.State if state not in Request.OPEN)
    waiting = states.get(Request.State.WAITING, 0)
    handles = request.user.may(Permission.HANDLE_REQUESTS)
    received = states.get(Request.State.RECEIVED, 0)
    left_over = list(batch.lines.exclude(outcome=BatchLine.Outcome.PENDING).order_by("outcome", "pk")[: LISTED + 1])
    context = {
        "batch": batch,
        "kind": Request.Kind(batch.kind).label,
        "seen": _seen(batch, states, waiting_for),
        "waiting_for": waiting_for,
        "filing": filing,
        "polled": filing or any(states.get(state) for state in requesting.UNDER_WAY),
        "looked_at": batch.filed + batch.unknown + batch.already,
        "states": [(state, state.label, states[state]) for state in Request.State if states.get(state)],
        "over": over,
        "waiting": waiting,
        "received": received,
        "can_confirm": handles and not filing and received,
        "can_withdraw": handles and not filing and any(states.get(state) for state in Request.BEFORE_WORK),
        "approval_trouble": batching.approval_trouble(batch, request.user) if waiting else "",
        "needs_approval": settings.ERASURE_NEEDS_APPROVAL,
        "confirm_form": BatchConfirmForm(expected=received),
        "left_over": left_over[:LISTED],
        "more_left_over": len(left_over) > LISTED,
    }
    template = "privacy/batch_detail.html"
    return render(request, f"{template}#standing" if request.htmx else template, context | more, status=status)


def _wait(batch: Batch, states: dict[str, int]) -> Wait:
    return wait_of_batch(batch, any(states.get(state) for state in requesting.UNDER_WAY))


def _seen(batch: Batch, states: dict[str, int], waiting_for: Wait) -> str:
    shown = (batch.state, batch.filed, batch.unknown, batch.already, sorted(states.items()), waiting_for)
    return f"{zlib.crc32(repr(shown).encode()):08x}"
