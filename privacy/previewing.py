"""The preview of an erasure: what it would find, counted in the background, for a Letta may be slow."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from memory_sdk import LettaError
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from privacy import inventory, rows
from privacy.found import Found
from privacy.models import Preview, Request
from privacy.stores import name_of

TAKE = "privacy.tasks.take_preview"
FRESH = timedelta(minutes=10)
SILENCE = timedelta(seconds=60)
"""After which a preview that nobody took is asked for again."""
LISTED = 10
"""ids of one store that are shown"""


def preview_of(request: Request) -> Preview:
    """The preview as it is now; one that is old, or that nobody takes, is asked for anew while nothing has begun."""
    now = timezone.now()
    preview, made = Preview.objects.get_or_create(request=request)
    stale = Q(taken_at__lt=now - FRESH) | Q(taken_at=None, asked_at__lt=now - SILENCE)
    if made:
        wake(TAKE, str(request.pk))
    elif request.state in Request.BEFORE_WORK and Preview.objects.filter(stale, pk=preview.pk).update(
        asked_at=now, taken_at=None
    ):
        preview.refresh_from_db()
        wake(TAKE, str(request.pk))
    return preview


def take(request_pk: UUID | str) -> None:
    """Count what there is; what Letta does not tell is said in a sentence. Changes nothing else."""
    with exclusively(lock_name(request_pk)) as mine:
        request = Request.objects.filter(pk=request_pk, state__in=Request.BEFORE_WORK).first()
        if not mine or request is None:
            return
        failure = ""
        found = Found()
        try:
            found = inventory.take(request.subject_id, request.subject)
        except LettaError as error:
            failure = f"Letta's part could not be counted: {error}"
        counts = rows.counts_of(request.subject)
        Preview.objects.filter(request=request).update(taken_at=timezone.now(), failure=failure, found=_shown(found, counts))


def lock_name(request_pk: UUID | str) -> str:
    """The lock that is held by whoever counts."""
    return f"preview-{request_pk}"


def _shown(found: Found, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "here": [{"name": name_of(label), "count": count} for label, count in counts.items()],
        "letta": [_line(line) for line in inventory.letta_lines(found.letta)],
        "kept": [_line(line) for line in inventory.letta_lines(found.kept)],
        "strangers": found.strangers[:LISTED],
        "unreachable": [{"what": what, "why": why} for what, why in inventory.unreachable(found.lacking)],
    }


def _line(line: inventory.Line) -> dict[str, Any]:
    return {"name": line.name, "count": line.count, "ids": list(line.ids[:LISTED]), "more": max(0, line.count - LISTED)}
