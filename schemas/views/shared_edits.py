"""Changing a shared block for all who have it: its text, back to an earlier revision, and merging two changes."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError, Unavailable
from schemas import sharing
from schemas.following import count_holders
from schemas.models import SharedBlock, SharedRevision
from schemas.shared_pages import changed
from schemas.sharing import ChangedMeanwhile
from schemas.sharing_forms import SharedEditForm
from subjects.editing import BadEdit, Busy
from subjects.sharing import Affects
from subjects.views.correction_forms import RestoreForm
from subjects.views.merge_screen import MergeScreen

BUSY = "A worker is talking to Letta about this block just now. Nothing was changed; try again in a moment."


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def shared_block_edit(request: StaffRequest, shared_block_pk: UUID) -> HttpResponse:
    """Edit a shared block. Whom it affects is confirmed; what changed meanwhile is merged, and nothing typed is lost."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk)
    if request.method == "GET":
        if shared.archived_at:
            return redirect("shared-block-detail", shared.pk)
        latest = shared.revisions.order_by("-number").first()
        return _form(request, shared, SharedEditForm.of(latest or shared, latest.number if latest else 1))
    form = SharedEditForm(request.POST)
    is_valid = form.is_valid()
    screen = MergeScreen.read(form, shared)
    if not is_valid:
        return _form(request, shared, form, screen, status=422)
    data = form.cleaned_data
    if screen and (request.POST.get("action") == "choose" or screen.is_ahead_of(data)):
        return _form(request, shared, SharedEditForm(initial=screen.put_into(data)), screen)
    try:
        sharing.edit(
            shared, form.wording(), base=data["base"], reason=data["reason"], by=request.user,
            confirmed=data["confirmed"] or 0,
        )  # fmt: skip
    except ChangedMeanwhile as meanwhile:
        return _merge(request, shared, form, meanwhile)
    except SharedRevision.DoesNotExist:
        return redirect("shared-block-edit", shared.pk)  # a hand-made revision number
    except (BadEdit, Affects, Busy, LettaError) as error:
        return _form(request, shared, form, screen, status=_tell(form, error))
    return redirect("shared-block-detail", shared.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def shared_block_restore(request: StaffRequest, shared_block_pk: UUID, number: int) -> HttpResponse:
    """Make a shared block what it was at revision `number`: what that changes, for how many, why, and then done."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk)
    wanted = get_object_or_404(shared.revisions, number=number)
    if request.method == "GET" and shared.archived_at:
        return redirect("shared-block-detail", shared.pk)
    latest = shared.revisions.order_by("-number")[0]
    form = RestoreForm(request.POST or None, initial={"base": latest.number})
    status = 422 if request.method == "POST" else 200
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            sharing.restore(
                shared, wanted, base=data["base"], reason=data["reason"], by=request.user, confirmed=data["confirmed"] or 0
            )
        except (ChangedMeanwhile, SharedRevision.DoesNotExist):
            latest = shared.revisions.order_by("-number")[0]
            form = RestoreForm(initial={"base": latest.number, "reason": data["reason"]})
            status, context["meanwhile"] = 409, True
        except (BadEdit, Affects, Busy, LettaError) as error:
            status = _tell(form, error)
        else:
            return redirect("shared-block-detail", shared.pk)
    context |= {"shared": shared, "form": form, "latest": latest, "wanted": wanted, "change": changed(latest, wanted)}
    context["sharers"] = count_holders(shared)
    return render(request, "schemas/shared_block_restore.html", context, status=status)


def _merge(request: StaffRequest, shared: SharedBlock, form: SharedEditForm, meanwhile: ChangedMeanwhile) -> HttpResponse:
    screen = MergeScreen(meanwhile.base, meanwhile.current, asdict(form.wording()))
    initial = screen.proposed | {"reason": form.cleaned_data["reason"]}
    return _form(request, shared, SharedEditForm(initial=initial), screen, status=409)


def _form(
    request: StaffRequest, shared: SharedBlock, form: SharedEditForm, screen: MergeScreen | None = None, status: int = 200
) -> HttpResponse:
    context = {"shared": shared, "form": form, "screen": screen, "sharers": count_holders(shared)}
    # In place the fragment says what is wrong; its status is not an error of the page around it.
    template, status = ("schemas/_shared_form.html", 200) if request.htmx else ("schemas/shared_block_edit.html", status)
    return render(request, template, context, status=status)


def _tell(form: SharedEditForm | RestoreForm, error: Exception) -> int:
    """Say at the form what went wrong; returns the status of the page."""
    if isinstance(error, BadEdit):
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return 422
    if isinstance(error, Affects):
        form.add_error(None, f"{error} Nothing was changed yet: confirm that all of them are meant.")
        return 409
    if isinstance(error, Busy):
        form.add_error(None, BUSY)
        return 409
    if isinstance(error, Unavailable):
        form.add_error(None, f"Not confirmed: {error} Try again; a change that did arrive is recognised.")
    else:
        form.add_error(None, f"Nothing was changed: {error} What you typed is kept here.")
    return 502
