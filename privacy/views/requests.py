"""Requests: the queue, filing one, and the page of one."""

import zlib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models.fields.json import KT
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.recording import record
from memory_ui.keyset import cursor_of
from memory_ui.waiting import Wait
from privacy import clock, exporting, requesting
from privacy.forms import (
    AssignForm,
    ConfirmForm,
    ExtendForm,
    FindForm,
    HoldForm,
    NoteForm,
    QueueFilter,
    RefuseForm,
    RequestForm,
)
from privacy.hashing import keyed_hash
from privacy.holding import holds_on
from privacy.models import Erasure, Export, LedgerEntry, Request
from privacy.queue import FOUND, figures, queue_page, requests_of, rows_of
from privacy.restricting import stands
from privacy.waits import wait_of_request
from subjects.models import Subject

POLLED = (Request.State.WAITING, *requesting.UNDER_WAY)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def request_list(request: StaffRequest) -> HttpResponse:
    """The queue: what is to be answered, what is due first on top."""
    form = QueueFilter(request.GET)
    wanted = form.wanted()
    page = queue_page(wanted, request.user, cursor_of(request.GET))
    context = {
        "form": form,
        "find_form": FindForm(auto_id="find_%s"),
        "wanted": wanted,
        "page": page,
        "rows": rows_of(page.rows, timezone.now()),
        "figures": figures(),
    }
    return render(request, "privacy/request_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.READ_REQUESTS)
def request_find(request: StaffRequest) -> HttpResponse:
    """The requests of one person, by the id that is typed: hashed, compared, and written down nowhere."""
    form = FindForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form, "rows": None}
    if form.is_valid():
        subject_id = form.cleaned_data["subject_id"]
        found = requests_of(subject_id)
        known = next((one.subject for one in found if one.subject), None)
        record(Action.LOOKED_FOR_REQUESTS, by=request.user, subject=known, detail={"found": len(found)})
        context["rows"], context["more"] = rows_of(found[:FOUND], timezone.now()), len(found) > FOUND
        context["entry"] = LedgerEntry.objects.filter(pk=keyed_hash(subject_id)).first()
    return render(request, "privacy/request_find.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_REQUESTS)
def request_create(request: StaffRequest) -> HttpResponse:
    """File a request, about a subject of ours (`?subject=`, our opaque id) or about any id."""
    subject = _subject_of(request.GET.get("subject"))
    first = {"subject_id": subject.subject_id} if subject else {}
    form = RequestForm(request.POST if request.method == "POST" else None, initial=first)
    context: dict[str, object] = {"form": form, "subject": subject}
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            filed = requesting.file(chosen["kind"], chosen["subject_id"], requesting.Filer(request.user))
        except requesting.AlreadyOpen as error:
            form.add_error(None, str(error))
            context["already"] = error.request
        else:
            return redirect("request-detail", filed.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "privacy/request_create.html", context, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def request_detail(request: StaffRequest, request_pk: UUID) -> HttpResponse:
    """One request. As a fragment: where it stands, if anything is new since `seen`."""
    found = Request.objects.select_related("filed_by", "filed_key", "confirmed_by", "approved_by", "assignee", "batch")
    if not request.htmx:
        filed = get_object_or_404(found, pk=request_pk)
        record(Action.LOOKED_AT_REQUEST, by=request.user, subject=filed.subject, privacy_request=filed.pk)
        return render(request, "privacy/request_detail.html", context_of(filed, request))
    filed_or_none = found.filter(pk=request_pk).first()
    if filed_or_none is None:
        return HttpResponseStopPolling()
    if request.GET.get("seen") == _seen(filed_or_none, _wait(filed_or_none)):
        return HttpResponse(status=204)
    return render(request, "privacy/request_detail.html#standing", context_of(filed_or_none, request))


def show(request: StaffRequest, filed: Request, **forms: Any) -> HttpResponse:
    """The page of a request with forms that were not right, each beside its act."""
    return render(request, "privacy/request_detail.html", context_of(filed, request) | forms, status=422)


def refused(request: StaffRequest, filed: Request, error: requesting.NotPossible) -> HttpResponse:
    """Back to the page of a request, saying why nothing was changed."""
    messages.error(request, str(error))
    return redirect("request-detail", filed.pk)


def context_of(filed: Request, request: StaffRequest) -> dict[str, Any]:
    """All that the page of a request shows."""
    user = request.user
    subject = Subject.objects.filter(pk=filed.subject).first() if filed.subject else None
    handles = user.may(Permission.HANDLE_REQUESTS)
    export = Export.objects.select_related("request").filter(request=filed).first()
    before_work = filed.state in Request.BEFORE_WORK
    waiting = _wait(filed)
    return {
        "filed": filed,
        "seen": _seen(filed, waiting),
        "waiting": waiting,
        "erasure": Erasure.objects.filter(request=filed).first(),
        "receipts": filed.receipts.annotate(result=KT("document__result")).defer("document").order_by("-attempt"),
        "before_work": Request.BEFORE_WORK,
        "may_fetch": handles and export is not None and exporting.may_fetch(export, user),
        "polled": filed.state in POLLED,
        "under_way": filed.state in requesting.UNDER_WAY,
        "subject": subject,
        "needs_approval": settings.ERASURE_NEEDS_APPROVAL,
        "approval_trouble": requesting.approval_trouble(filed, user) if filed.state == Request.State.WAITING else "",
        "approvers": requesting.approvers_of(filed) if filed.state == Request.State.WAITING else [],
        "can_assign": handles and clock.can_be_assigned(filed),
        "can_confirm": handles and filed.state == Request.State.RECEIVED,
        "can_decide": handles and before_work,
        "can_hold": handles and filed.is_open and not filed.held_at,
        "can_extend": handles and filed.is_open and not filed.extended_at,
        "can_retry": handles and filed.state == Request.State.PARTIAL,
        "can_lift": handles and stands(filed),
        "holds": holds_on(filed),
        "events": filed.events.select_related("by", "whom").order_by("-id")[:100],
        "notes": filed.notes.select_related("by").order_by("-id")[:100],
        "confirm_form": ConfirmForm(expected=filed.subject_id),
        "hold_form": HoldForm(about=filed, auto_id="hold_%s"),
        "extend_form": ExtendForm(about=filed, auto_id="extend_%s"),
        "refuse_form": RefuseForm(auto_id="refuse_%s"),
        "note_form": NoteForm(about=filed, auto_id="note_%s"),
        "assign_form": AssignForm(initial={"to": filed.assignee_id, "before": filed.assignee_id}, auto_id="assign_%s"),
    }


def _subject_of(text: str | None) -> Subject | None:
    try:
        return Subject.objects.filter(pk=UUID(text)).first() if text else None
    except ValueError:
        return None  # a hand-made link


def _wait(filed: Request) -> Wait:
    if filed.state not in requesting.UNDER_WAY:
        return Wait()
    return wait_of_request(filed, Erasure.objects.filter(request=filed).first(), bool(filed.held_at or holds_on(filed)))


def _seen(filed: Request, waiting: Wait) -> str:
    """Stands for all that changes on the page by itself: while it stays the same, a poll answers 204."""
    last = filed.events.order_by("-id").values_list("id", flat=True).first()
    export = Export.objects.filter(request=filed.pk).values_list("state", "done").first()
    erasure = Erasure.objects.filter(request=filed.pk).values_list("attempt", "step", "progress", "expected").first()
    shown = (erasure, export, filed.state, filed.failure, filed.held_at, filed.assignee_id, filed.due_at, last, waiting)
    return f"{zlib.crc32(repr(shown).encode()):08x}"
