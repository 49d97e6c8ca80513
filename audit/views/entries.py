"""The audit log: who read and changed what, filtered, paged, and saved as CSV."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.browsing import Line, Wanted, entries_page, everybody, newest_first, number_of
from audit.forms import EntryFilter, uuid_of
from audit.models import Verification
from audit.recording import record

MOST_SAVED = 100_000
"""entries in one CSV file"""
COLUMNS = (
    "entry", "at (UTC)", "who", "who (id)", "kind", "action", "subject", "run", "reason", "ticket", "request",
    "privacy request", "detail",
)  # fmt: skip


@require_http_methods(["GET"])
@requires(Permission.READ_AUDIT)
def entry_list(request: StaffRequest) -> HttpResponse:
    """The entries that fit the filters in the address, newest first."""
    form, wanted = _wanted(request.GET)
    page = entries_page(wanted, number_of(request.GET.get("after")), number_of(request.GET.get("before")))
    record(Action.LOOKED_AT_AUDIT, by=request.user, subject=wanted.subject, lazily=True)
    context: dict[str, Any] = {"form": form, "wanted": wanted, "page": page, "most": MOST_SAVED}
    context["last"] = Verification.objects.order_by("-created_at").first()
    return render(request, "audit/entry_list.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_AUDIT)
def entry_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same entries as CSV, the newest MOST_SAVED of them."""
    _form, wanted = _wanted(request.GET)
    record(Action.EXPORTED_AUDIT, by=request.user, subject=wanted.subject)
    name = f"audit-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_csv(newest_first(wanted, MOST_SAVED)), headers=headers)


def _wanted(parameters: QueryDict) -> tuple[EntryFilter, Wanted]:
    actors = everybody()
    who = uuid_of(parameters.get("who", ""))
    if who and str(who) not in dict(actors):
        actors.append((str(who), f"somebody no longer here ({str(who)[:4]}…)"))
    form = EntryFilter(parameters, actors=actors)
    return form, form.wanted()


def _csv(lines: Iterator[Line]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for place, line in enumerate(lines, 1):
        writer.writerow(_cells(line))
        if place % 500 == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cells(line: Line) -> list[str]:
    entry = line.entry
    ids: list[UUID | None] = [entry.subject, entry.run]
    return [
        str(entry.pk),
        f"{entry.at:%Y-%m-%d %H:%M:%S.%f}",
        # A name is what people type, and a spreadsheet runs what looks like a formula.
        f"'{line.who}" if line.who.startswith(("=", "+", "-", "@", "\t", "\r")) else line.who,
        str(entry.actor or ""),
        entry.actor_kind,
        entry.action,
        *(str(one or "") for one in ids),
        entry.reason,
        f"'{entry.ticket}" if entry.ticket.startswith("-") else entry.ticket,
        str(entry.request or ""),
        str(entry.privacy_request or ""),
        json.dumps(entry.detail, sort_keys=True) if entry.detail else "",
    ]
