"""What became of each subject of a rollout: as a list, and as CSV."""

import csv
import io
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of, keyset_page
from schemas.models import Rollout, RolloutItem
from schemas.rollout_forms import ResultFilter
from subjects.saving import harmless

PAGE = 50
PART = 2_000  # rows of a CSV that are read at once
COLUMNS = ("id", "result", "differences", "note", "requests to Letta", "ended (UTC)")


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def rollout_item_list(request: StaffRequest, rollout_pk: UUID) -> HttpResponse:
    """The subjects of a rollout, or those with one result."""
    rollout = get_object_or_404(Rollout.objects.select_related("version__template"), pk=rollout_pk)
    form = ResultFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    rows = rollout.items.select_related("subject").defer("before", "bases")
    page = keyset_page(rows.filter(state=state) if state else rows, ("id",), cursor_of(request.GET), PAGE, anchors=rows)
    context = {"rollout": rollout, "version": rollout.version, "form": form, "state": state, "page": page}
    return render(request, "schemas/rollout_item_list.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def rollout_download(request: StaffRequest, rollout_pk: UUID) -> StreamingHttpResponse:
    """The subjects of a rollout, or those with one result, as CSV."""
    rollout = get_object_or_404(Rollout, pk=rollout_pk)
    form = ResultFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    name = f"rollout-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_csv(rollout, state), headers=headers)


def _csv(rollout: Rollout, state: str) -> Iterator[bytes]:
    yield _written([COLUMNS])
    rows = rollout.items.select_related("subject").defer("before", "bases").order_by("pk")
    if state:
        rows = rows.filter(state=state)
    last = 0
    while items := list(rows.filter(pk__gt=last)[:PART]):
        yield _written([_cells(item) for item in items])
        last = items[-1].pk


def _cells(item: RolloutItem) -> tuple[str, ...]:
    return (
        item.subject.subject_id,
        str(item.get_state_display()),
        ", ".join(item.words),
        item.note,
        str(item.requests),
        f"{item.ended_at:%Y-%m-%d %H:%M:%S}" if item.ended_at else "",
    )


def _written(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
