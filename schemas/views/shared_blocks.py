"""Shared blocks: their list, a new one, one that other programs share, the page of one, and who has it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from memory_ui.keyset import cursor_of
from schemas import shared_pages, sharing
from schemas.models import SharedBlock
from schemas.sharing_forms import AdoptForm, NewSharedBlockForm
from schemas.waits import wait_of_following
from subjects.editing import BadEdit
from subjects.models import Block


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def shared_block_list(request: StaffRequest) -> HttpResponse:
    """The shared blocks, or with `archived` those put aside."""
    archived = bool(request.GET.get("archived"))
    page = shared_pages.shared_blocks(cursor_of(request.GET), archived=archived)
    return render(request, "schemas/shared_block_list.html", {"page": page, "archived": archived})


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def shared_block_create(request: StaffRequest) -> HttpResponse:
    """A shared block that nobody has yet."""
    form = NewSharedBlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shared = sharing.create(form.cleaned_data["label"], form.wording(), request.user)
        except BadEdit as error:
            form.add_error(error.field, str(error))
        else:
            return redirect("shared-block-detail", shared.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "schemas/shared_block_create.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_TEMPLATES)
def shared_block_adopt(request: StaffRequest) -> HttpResponse:
    """Take over a block that other programs share; `block` names one that stands on a page here."""
    named = _letta_id(request.GET.get("block", ""))
    if named and (known := SharedBlock.objects.filter(block_id=named).first()) is not None:
        return redirect("shared-block-detail", known.pk)
    form = AdoptForm(request.POST or None, initial={"block_id": named})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            shared = sharing.adopt(form.cleaned_data["block_id"], request.user)
        except BadEdit as error:
            form.add_error("block_id", str(error))
        except LettaError as error:
            form.add_error(None, f"Nothing was taken over: {error}")
            status = 502
        else:
            return redirect("shared-block-detail", shared.pk)
    return render(request, "schemas/shared_block_adopt.html", {"form": form}, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def shared_block_detail(request: StaffRequest, shared_block_pk: UUID) -> HttpResponse:
    """What a shared block says, who changed it, and what is being done with it."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk)
    changes, page = shared_pages.history(shared, cursor_of(request.GET))
    context = {"shared": shared, "changes": changes, "page": page, "tab": "block"}
    context["waiting"] = wait_of_following(shared)
    context["latest"] = shared.revisions.select_related("editor").order_by("-number").first()
    context["distributions"] = shared_pages.newest_distributions(shared)
    return render(request, "schemas/shared_block_detail.html", context)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_TEMPLATES)
def shared_block_archive(request: StaffRequest, shared_block_pk: UUID) -> HttpResponse:
    """Put aside a shared block that nobody has."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk)
    try:
        sharing.archive(shared, request.user)
    except BadEdit as error:
        messages.error(request, str(error))
    return redirect("shared-block-detail", shared.pk)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def holder_list(request: StaffRequest, shared_block_pk: UUID) -> HttpResponse:
    """The subjects that have a shared block."""
    shared = get_object_or_404(SharedBlock, pk=shared_block_pk)
    page = shared_pages.holders_page(shared, cursor_of(request.GET))
    return render(request, "schemas/holder_list.html", {"shared": shared, "page": page, "tab": "holders"})


def _letta_id(block_pk: str) -> str:
    try:
        return Block.objects.filter(pk=UUID(block_pk)).values_list("block_id", flat=True).first() or ""
    except ValueError:
        return ""
