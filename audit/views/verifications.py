"""Whether the record is as it was written: the last verification, and a new one on request."""

import zlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.browsing import actor_names
from audit.checking import lock_name, start_verification
from audit.models import Verification
from audit.verifying import Walk
from memory_ui.waiting import Wait, waiting_for


@require_http_methods(["GET"])
@requires(Permission.READ_AUDIT)
def verification_detail(request: StaffRequest) -> HttpResponse:
    """The last verification: how far it is, then what it found. As a fragment: its card, if anything is new."""
    last = Verification.objects.order_by("-created_at").first()
    walk = Walk(**last.walk) if last else Walk()
    waiting = _wait(last, walk) if last else Wait()
    seen = f"{zlib.crc32(repr((last and (last.pk, last.state), walk.number, waiting)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    asked_by = actor_names([last.asked_by]) if last and last.asked_by else {}
    context: dict[str, Any] = {
        "last": last,
        "walk": walk,
        "waiting": waiting,
        "problems": walk.found,
        "seen": seen,
        "asked_by": next(iter(asked_by.values()), ""),
    }
    context["left_out"] = walk.problem_count - len(walk.problems)
    template = "audit/verification_detail.html"
    return render(request, f"{template}#card" if request.htmx else template, context)


@require_http_methods(["POST"])
@requires(Permission.READ_AUDIT)
def verification_create(request: StaffRequest) -> HttpResponse:
    """Verify now."""
    start_verification(request.user)
    return redirect("verification-detail")


def _wait(last: Verification, walk: Walk) -> Wait:
    if last.state != Verification.State.RUNNING:
        return Wait()
    lock = "" if walk.number else lock_name(last.pk)
    return waiting_for(last.created_at, doing="A worker is reading every entry again.", lock=lock)
