"""The list of subjects, and saving it as CSV."""

import zlib

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_shown
from audit.recording import record
from memory_ui.keyset import Page, cursor_of
from subjects import saving, waits
from subjects.list_forms import SubjectFilter
from subjects.listing import SubjectPage, subjects_page, with_lines
from subjects.models import ListExport
from subjects.opening import opened_by
from subjects.searching import TooMuch
from subjects.tidying import MOST_AT_ONCE
from subjects.wanted import Wanted


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def subject_list(request: StaffRequest) -> HttpResponse:
    """The subjects that fit the filters in the address, and above them those that the reader opened last."""
    form = SubjectFilter(request.GET)
    wanted = form.wanted()
    only_id = wanted == Wanted(q=wanted.q, sort=wanted.sort)
    context: dict[str, object] = {"form": form, "wanted": wanted, "search": wanted.q, "only_id": only_id}
    context["most_tidied"] = MOST_AT_ONCE
    try:
        page = subjects_page(wanted, cursor_of(request.GET))
    except TooMuch as error:
        context["found"] = SubjectPage([], Page([]), "")
        context["trouble"] = str(error)
    else:
        if wanted.text:  # being in the list then says what somebody's memory holds
            note_shown(request, Action.WAS_SHOWN_IN_LIST, (subject.pk for subject in page.rows))
        context["found"] = with_lines(page, wanted)
    if not wanted.is_filtered and not request.GET.get("after"):
        context["opened"] = opened_by(request.user)
    return render(request, "subjects/subject_list.html", context)


@require_http_methods(["POST"])
@requires(Permission.READ_MEMORY)
def list_export_create(request: StaffRequest) -> HttpResponse:
    """Save the list that the filters describe: at once when it is short, else in the background."""
    form = SubjectFilter(request.POST)
    if not form.is_valid():
        return redirect("subject-list")
    wanted = form.wanted()
    try:
        content = saving.short_list(wanted)
    except TooMuch:
        content = None  # the worker has more patience, and says so if it fails
    if content is None:
        return redirect("list-export-detail", saving.start_export(wanted, request.user).pk)
    record(Action.EXPORTED_LIST, by=request.user, detail={"rows": content.count(b"\n") - 1, "by_words": bool(wanted.text)})
    return HttpResponse(content, headers=_as_file())


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def list_export_detail(request: StaffRequest, list_export_pk: str) -> HttpResponse:
    """How far a list that the reader asked for is written. As a fragment: its card, if anything is new since `seen`."""
    mine = ListExport.objects.filter(person=request.user)
    if request.htmx:
        export = mine.filter(pk=list_export_pk).first()
        if export is None:
            return HttpResponseStopPolling()  # too old, and deleted
    else:
        export = get_object_or_404(mine, pk=list_export_pk)
    waiting = waits.wait_of_list(export)
    seen = f"{zlib.crc32(repr((export.state, export.rows_done, waiting)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {"export": export, "seen": seen, "waiting": waiting, "until": export.created_at + saving.KEPT}
    template = "subjects/list_export_detail.html"
    return render(request, f"{template}#card" if request.htmx else template, context)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def list_export_download(request: StaffRequest, list_export_pk: str) -> StreamingHttpResponse:
    """The CSV of a list that the reader asked for, for 24 hours."""
    mine = ListExport.objects.filter(
        person=request.user, state=ListExport.State.READY, created_at__gte=timezone.now() - saving.KEPT
    )
    export = get_object_or_404(mine, pk=list_export_pk)
    record(Action.DOWNLOADED_EXPORT, by=request.user, detail={"list": export.pk, "rows": export.rows_done})
    return StreamingHttpResponse(saving.content_of(export), headers=_as_file())


def _as_file() -> dict[str, str]:
    name = f"subjects-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    return {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
