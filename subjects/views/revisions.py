"""The history of a block."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from subjects import browsing
from subjects.cards import change_of
from subjects.models import Block
from subjects.views.cursors import cursor_of


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def revision_list(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Every recorded value of a block, newest first, and word by word what each changed."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    page = browsing.revisions_of(block, cursor_of(request.GET))
    changes = [change_of(revision, block.label) for revision in page.rows]
    # Not named "block": inside {% block %} a template sees its own block by that name.
    context = {"subject": block.subject, "memory_block": block, "page": page, "changes": changes, "tab": "memory"}
    return render(request, "subjects/revision_list.html", context)
