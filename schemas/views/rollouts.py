"""Rollouts: asked for, counted and looked at, watched, steered, taken back."""

import zlib
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of, keyset_page
from memory_ui.waiting import Wait
from schemas import outlook, previewing, steering
from schemas.models import Rollout
from schemas.rollout_forms import PaceForm, RolloutForm, WhomForm
from schemas.steering import CannotRollOut
from schemas.waits import wait_of_rollout

AT_ONCE = 0.7
"""seconds for which a rollout is counted while the person waits; a short one is looked at without a wait"""


def _rollouts() -> QuerySet[Rollout]:
    return Rollout.objects.select_related("version__template", "undoes", "created_by", "started_by")


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def rollout_list(request: StaffRequest) -> HttpResponse:
    """All rollouts, newest first."""
    rows = _rollouts().defer("subject_pks", "unknown_ids")
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET))
    return render(request, "schemas/rollout_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_create(request: StaffRequest) -> HttpResponse:
    """Say what is rolled out to whom; it is counted, and nothing is sent before that was looked at."""
    if request.method == "POST":
        form, whom = RolloutForm(request.POST, request.FILES), WhomForm(request.POST)
        if form.is_valid() and whom.is_valid():
            try:
                selection = form.selection(whom)
                rollout = steering.count(form.cleaned_data["version"], selection, form.asked(), request.user)
            except CannotRollOut as error:
                form.add_error(error.field or None, str(error))
            else:
                previewing.advance(rollout.pk, AT_ONCE)
                return redirect("rollout-detail", rollout.pk)
    else:
        form = RolloutForm(initial={"version": request.GET.get("version")})
        whom = WhomForm(request.GET)
    context = {"form": form, "whom": whom, "narrowed": whom.is_valid() and whom.wanted().is_filtered}
    return render(request, "schemas/rollout_create.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def rollout_detail(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """One rollout: what was counted, how far it is, what it came to. As a fragment: that, if anything is new."""
    rows = _rollouts().defer("subject_pks") if request.htmx else _rollouts()
    if not request.htmx:
        return _page(request, get_object_or_404(rows, pk=rollout_pk))
    rollout = rows.filter(pk=rollout_pk).first()
    if rollout is None:
        return HttpResponseStopPolling()  # forgotten: nothing to wait for
    if request.GET.get("seen") == _seen(rollout, wait_of_rollout(rollout)):
        return HttpResponse(status=204)
    return _page(request, rollout)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_begin(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Begin with what was counted."""
    rollout = get_object_or_404(_rollouts(), pk=rollout_pk)
    form = PaceForm(request.POST)
    if not form.is_valid():
        return _page(request, rollout, pace=form, status=422)
    try:
        steering.begin(rollout, request.user, form.cleaned_data["rate"])
    except CannotRollOut as error:
        if rollout.state != Rollout.State.READY:
            messages.error(request, str(error))
            return redirect("rollout-detail", rollout.pk)
        form.add_error(error.field or None, str(error))
        return _page(request, rollout, pace=form, status=422)
    return redirect("rollout-detail", rollout.pk)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_pace(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Go at another rate from now on."""
    rollout = get_object_or_404(_rollouts(), pk=rollout_pk)
    form = PaceForm(request.POST)
    try:
        if form.is_valid():
            steering.set_rate(rollout, form.cleaned_data["rate"])
            return redirect("rollout-detail", rollout.pk)
    except CannotRollOut as error:
        form.add_error(error.field or None, str(error))
    return _page(request, rollout, pace=form, status=422)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_pause(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Stop after the subjects that are in hand."""
    return _steered(request, rollout_pk, lambda rollout: steering.pause(rollout, request.user))


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_resume(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Go on."""
    return _steered(request, rollout_pk, lambda rollout: steering.resume(rollout, request.user))


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_cancel(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """End it for good; what is done stays done. One that was only counted is put away."""
    return _steered(request, rollout_pk, lambda rollout: steering.discard(rollout) or steering.cancel(rollout, request.user))


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_retry(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Try the failed ones again."""
    return _steered(request, rollout_pk, lambda rollout: bool(steering.retry_failed(rollout, request.user)))


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def rollout_undo(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """Have counted what it takes to bring everybody back; that is looked at before it begins, too."""
    rollout = get_object_or_404(_rollouts(), pk=rollout_pk)
    try:
        back = steering.roll_back(rollout, request.user)
    except CannotRollOut as error:
        messages.error(request, str(error))
        return redirect("rollout-detail", rollout.pk)
    previewing.advance(back.pk, AT_ONCE)
    return redirect("rollout-detail", back.pk)


def _steered(request: StaffRequest, rollout_pk: UUID, step: Callable[[Rollout], bool]) -> HttpResponse:
    rollout = get_object_or_404(_rollouts(), pk=rollout_pk)
    try:
        if not step(rollout):
            messages.warning(request, "It had gone on meanwhile; nothing was done. This is how it stands now.")
    except CannotRollOut as error:
        messages.error(request, str(error))
    return redirect("rollout-detail", rollout.pk)


def _page(request: StaffRequest, rollout: Rollout, pace: PaceForm | None = None, status: int = 200) -> HttpResponse:
    ready, waiting = rollout.state == Rollout.State.READY, wait_of_rollout(rollout)
    context = {
        "rollout": rollout,
        "version": rollout.version,
        "seen": _seen(rollout, waiting),
        "waiting": waiting,
        "polled": rollout.state in (Rollout.State.COUNTING, Rollout.State.RUNNING),
        "lines": outlook.lines_of(rollout),
        "left_out": outlook.left_out_of(rollout),
        "to_do": rollout.total - rollout.skipped,
        "samples": outlook.samples_of(rollout) if ready else [],
        "asked": outlook.asked_of(rollout),
        "time_left": outlook.time_left(rollout),
        "pace": pace or PaceForm(initial={"rate": rollout.rate}),
        "back": rollout.undone_by.order_by("-created_at").first() if rollout.state in Rollout.OVER else None,
    }
    if not request.htmx:
        context["whom"] = outlook.whom(rollout)
    template = "schemas/rollout_detail.html"
    return render(request, f"{template}#progress" if request.htmx else template, context, status=status)


def _seen(rollout: Rollout, waiting: Wait) -> str:
    """Stands for all that the page shows: while it stays the same, a poll answers 204."""
    shown = (
        rollout.state,
        rollout.looked_at,
        rollout.changed,
        rollout.same,
        rollout.skipped,
        rollout.failed,
        rollout.rate,
        rollout.trouble,
        rollout.pause_until,
        waiting,
    )
    return f"{zlib.crc32(repr(shown).encode()):08x}"
