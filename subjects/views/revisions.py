"""The history of a block, and any two of its revisions beside each other."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.keyset import cursor_of
from subjects import browsing
from subjects.cards import change_between, change_of
from subjects.comparing import side_by_side
from subjects.models import Block
from subjects.views.correction_forms import CompareForm


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def revision_list(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Every recorded value of a block, newest first, and word by word what each changed."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_HISTORY, block.subject_id, detail={"block": block.pk})
    page = browsing.revisions_of(block, cursor_of(request.GET))
    changes = [change_of(revision, block.label) for revision in page.rows]
    # Not named "block": inside {% block %} a template sees its own block by that name.
    context = {"subject": block.subject, "memory_block": block, "page": page, "changes": changes, "tab": "memory"}
    context["latest_number"] = block.revisions.order_by("-number").values_list("number", flat=True).first()
    return render(request, "subjects/revision_list.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def revision_compare(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """What lies between the revisions `older` and `newer`; without them, what the last one changed."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.COMPARED_REVISIONS, block.subject_id, detail={"block": block.pk})
    last = block.revisions.order_by("-number").values_list("number", flat=True).first() or 1
    form = CompareForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    newer_number = given.get("newer") or last
    older_number = given.get("older") or max(newer_number - 1, 1)
    known = {
        one.number: one
        for one in block.revisions.filter(number__in=[older_number, newer_number]).select_related("run", "editor")
    }
    older, newer = known.get(older_number), known.get(newer_number)
    context = {"subject": block.subject, "memory_block": block, "form": form, "last": last, "tab": "memory"}
    context |= {"older": older, "newer": newer, "older_number": older_number, "newer_number": newer_number}
    context["view"] = given.get("view") or "inline"
    if older and newer:
        context["change"] = change_between(older, newer, block.label)
        beside = context["view"] == "side"
        context["rows"] = side_by_side(older.value, newer.value) if beside else None
        if beside and older.description != newer.description:
            context["described"] = side_by_side(older.description, newer.description)
    return render(request, "subjects/revision_compare.html", context)
