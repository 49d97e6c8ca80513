"""Erased subjects that came back: seen, erased again, or let in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from memory_ui.keyset import cursor_of, keyset_page
from privacy import ledger
from privacy.models import Reappearance
from privacy.requesting import NotPossible


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def reappearance_list(request: StaffRequest) -> HttpResponse:
    """What came back and waits for a word, or with `?all=1` all that ever did; the newest first."""
    shows_all = request.GET.get("all") == "1"
    rows = Reappearance.objects.select_related("settled_by")
    page = keyset_page(
        rows if shows_all else rows.filter(settled_at=None), ("-last_seen_at", "-id"), cursor_of(request.GET), anchors=rows
    )
    return render(request, "privacy/reappearance_list.html", {"page": page, "shows_all": shows_all})


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def reappearance_erase(request: StaffRequest, reappearance_pk: UUID) -> HttpResponse:
    """Erase it again; the approval of the first erasure stands."""
    met = get_object_or_404(Reappearance, pk=reappearance_pk)
    try:
        filed = ledger.erase_again(met, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    except LettaError as error:
        messages.error(request, f"Nothing was changed: {error}")
    else:
        return redirect("request-detail", filed.pk)
    return redirect("reappearance-list")


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def reappearance_let_in(request: StaffRequest, reappearance_pk: UUID) -> HttpResponse:
    """The person is a customer again."""
    try:
        ledger.let_in(get_object_or_404(Reappearance, pk=reappearance_pk), request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Let back in: what other programs write for this id is kept from now on.")
    return redirect("reappearance-list")
