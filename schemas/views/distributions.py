"""Attaching and detaching a shared block in bulk: whom, how far it is, and steering it."""

import zlib
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of
from schemas import distributing, shared_pages
from schemas.models import Distribution, Share, SharedBlock
from schemas.sharing_forms import DistributionForm
from schemas.waits import wait_of_distribution
from subjects.models import Subject

SHOWN = (Share.State.REFUSED, Share.State.CHANGED, Share.State.SAME, Share.State.WAITING)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def distribution_create(request: StaffRequest, shared_block_pk: UUID) -> HttpResponse:
    """Choose whom a shared block is attached to or detached from; it begins at once, in the background."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk, archived_at=None)
    initial = {name: request.GET[name] for name in ("what", "whom", "template", "subject") if name in request.GET}
    form = DistributionForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        detach = data["what"] == "detach"
        order = distributing.start(shared, data["chosen"], by=request.user, detach=detach, rate=data["rate"])
        return redirect("distribution-detail", order.pk)
    context = {"shared": shared, "form": form, "subject": _subject(initial.get("subject", ""))}
    status = 422 if request.method == "POST" else 200
    return render(request, "schemas/distribution_create.html", context, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def distribution_detail(request: StaffRequest, distribution_pk: UUID) -> HttpResponse:
    """How far it is, and the result of each subject. As a fragment: how far, if anything is new since `seen`."""
    order = get_object_or_404(
        Distribution.objects.select_related("shared_block", "created_by", "version__template"), pk=distribution_pk
    )
    waiting = wait_of_distribution(order)
    told = (order.state, order.total, order.done, order.refused, order.trouble, waiting)
    seen = f"{zlib.crc32(repr(told).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context: dict[str, Any] = {"order": order, "shared": order.shared_block, "seen": seen, "waiting": waiting}
    if request.htmx:
        return render(request, "schemas/distribution_detail.html#progress", context)
    state = request.GET.get("state", "")
    state = state if state in SHOWN else Share.State.REFUSED if order.refused else Share.State.CHANGED
    context |= {"state": state, "states": SHOWN, "page": shared_pages.shares_page(order, state, cursor_of(request.GET))}
    return render(request, "schemas/distribution_detail.html", context)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def distribution_steer(request: StaffRequest, distribution_pk: UUID) -> HttpResponse:
    """Pause, resume or cancel it, or try again those that were not done. What came too late changes nothing."""
    order = get_object_or_404(Distribution, pk=distribution_pk)
    match request.POST.get("action"):
        case "pause":
            distributing.pause(order, request.user)
        case "resume":
            distributing.resume(order, request.user, order.rate)
        case "cancel":
            distributing.cancel(order, request.user)
        case "retry":
            distributing.retry(order, request.user)
    return redirect("distribution-detail", order.pk)


def _subject(pk: str) -> Subject | None:
    try:
        return Subject.objects.filter(pk=UUID(pk)).first()
    except ValueError:
        return None
