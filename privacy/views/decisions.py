"""What officers and approvers decide about a request: each a POST that leads back to its page."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from privacy import clock, holding, noting, requesting, restricting
from privacy.forms import AssignForm, ConfirmForm, ExtendForm, HoldForm, NoteForm, RefuseForm
from privacy.models import Request
from privacy.views.requests import refused, show


def _do(request: StaffRequest, filed: Request, said: str, verb: Callable[..., Any], *args: Any) -> HttpResponse:
    """Do `verb`, say so, and go back to the request; or say why it was not possible."""
    try:
        verb(filed, request.user, *args)
    except requesting.NotPossible as error:
        return refused(request, filed, error)
    messages.success(request, said)
    return redirect("request-detail", filed.pk)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_confirm(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Type the id once more: the erasure then waits for the second person."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = ConfirmForm(request.POST, expected=filed.subject_id)
    if not form.is_valid():
        return show(request, filed, confirm_form=form)
    return _do(request, filed, "Confirmed.", requesting.confirm)


@require_http_methods(["POST"])
@requires(Permission.APPROVE_ERASURE)
def request_approve(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Agree to an erasure that somebody else asked for."""
    filed = get_object_or_404(Request, pk=request_pk)
    return _do(request, filed, "Approved. The erasure begins as soon as a worker is free.", requesting.approve)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_refuse(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Answer with no, for a reason of the list."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = RefuseForm(request.POST, auto_id="refuse_%s")
    if not form.is_valid():
        return show(request, filed, refuse_form=form)
    return _do(request, filed, "Refused.", requesting.refuse, form.cleaned_data["reason"])


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_withdraw(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """The person took it back."""
    filed = get_object_or_404(Request, pk=request_pk)
    return _do(request, filed, "Withdrawn.", requesting.withdraw)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_hold(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Put the subject on legal hold."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = HoldForm(request.POST, about=filed, auto_id="hold_%s")
    if not form.is_valid():
        return show(request, filed, hold_form=form)
    said = "On legal hold: nothing of this subject is erased until it is released."
    return _do(request, filed, said, holding.hold, form.cleaned_data["reason"], form.cleaned_data["ticket"])


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_release(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """End the legal hold."""
    filed = get_object_or_404(Request, pk=request_pk)
    return _do(request, filed, "Released from legal hold.", holding.release)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_extend(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Take 60 days more, once."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = ExtendForm(request.POST, about=filed, auto_id="extend_%s")
    if not form.is_valid():
        return show(request, filed, extend_form=form)
    said = "Extended by 60 days. Tell the person so, and why, before the first 30 are over."
    return _do(request, filed, said, clock.extend, form.cleaned_data["reason"], form.cleaned_data["ticket"])


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_assign(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Put it into somebody's hands: one's own (`action=me`), another's, nobody's."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = AssignForm(request.POST, auto_id="assign_%s")
    if not form.is_valid():
        return show(request, filed, assign_form=form)
    to = request.user if request.POST.get("action") == "me" else form.cleaned_data["to"]
    said = f"In the hands of {to}." if to else "In nobody's hands."
    return _do(request, filed, said, clock.assign, to, form.cleaned_data["before"])


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_retry(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Carry out again what ended partly done."""
    filed = get_object_or_404(Request, pk=request_pk)
    return _do(request, filed, "It is tried again.", requesting.retry)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_lift(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Lift a restriction."""
    filed = get_object_or_404(Request, pk=request_pk)
    return _do(request, filed, "Lifted: the memory is used again.", restricting.lift)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def note_create(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """Leave a note for the others; refused when it names the person."""
    filed = get_object_or_404(Request, pk=request_pk)
    form = NoteForm(request.POST, about=filed, auto_id="note_%s")
    if not form.is_valid():
        return show(request, filed, note_form=form)
    noting.add_note(filed, request.user, form.cleaned_data["text"])
    return redirect("request-detail", filed.pk)
