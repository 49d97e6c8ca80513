"""Mirrors of subjects follow a shared block: in the background a batch at a time, and at once before one is shown.

The truth of what a shared block says is one row. A million copies of it, with their history, are brought in line without
holding anybody up; whoever opens one of those subjects meanwhile has its copy brought in line first.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from memory_sdk import Block as Seen
from memory_ui.prepared import prepared
from schemas.models import SharedBlock, SharedRevision
from subjects.models import Block, Revision
from subjects.snapshots import Told, mirror_shared

BATCH = 250
"""subjects that are locked together, for some hundredths of a second"""
SOURCES = {
    SharedRevision.Source.CREATED: Revision.Source.OUTSIDE,
    SharedRevision.Source.EDIT: Revision.Source.EDIT,
    SharedRevision.Source.RESTORE: Revision.Source.RESTORE,
    SharedRevision.Source.OUTSIDE: Revision.Source.OUTSIDE,
}


def holders(shared: SharedBlock) -> QuerySet[Block]:
    """The mirrors of a shared block, one for each subject that has it."""
    return Block.objects.filter(block_id=shared.block_id or "", removed_at=None)


def count_holders(shared: SharedBlock) -> int:
    """How many subjects have the block, counted now: off an index, a tenth of a second for a million."""
    return holders(shared).count()


def seen_of(shared: SharedBlock) -> Seen:
    """A shared block as Letta has it."""
    assert shared.block_id is not None
    return Seen(shared.block_id, shared.label, shared.description, shared.value, shared.limit, shared.read_only)


def told_of(shared: SharedBlock) -> Told:
    """Whose the present state of the block is."""
    latest = shared.revisions.select_related("editor").order_by("-number").first()
    if latest is None:
        return Told(Revision.Source.OUTSIDE)
    return Told(SOURCES[SharedRevision.Source(latest.source)], latest.editor, latest.reason)


def follow(shared_pk: str, until: float) -> bool:
    """Bring mirrors in line until `until` (`time.monotonic()`); returns whether all of them are. Safe to interrupt.

    To be called by one worker at a time; an edit that comes meanwhile makes it begin anew.
    """
    while time.monotonic() < until:
        shared = SharedBlock.objects.get(pk=shared_pk)
        if shared.following_since is None:
            return True
        rows = holders(shared).order_by("subject_id")
        if shared.follow_after is not None:
            rows = rows.filter(subject__gt=shared.follow_after)
        pks = list(rows.values_list("subject_id", flat=True)[:BATCH])
        # Only while it still says what we read: else an edit has just begun it anew.
        same = SharedBlock.objects.filter(pk=shared.pk, following_since=shared.following_since)
        with transaction.atomic():
            if not same.select_for_update(no_key=True).exists():
                continue
            mirror_shared(pks, seen_of(shared), told_of(shared))
            same.update(
                **{"follow_after": pks[-1]} if len(pks) == BATCH else {"follow_after": None, "following_since": None}
            )
    return False


def catch_up(subject: Q) -> None:
    """Bring what one subject has of shared blocks in line before it is shown. One query when there is nothing to do.

    `subject`: which blocks, as a condition on `Block`.
    """
    for shared in _followed():
        rows = Block.objects.filter(subject, block_id=shared.block_id, removed_at=None)
        late = rows.exclude(
            value=shared.value, description=shared.description, limit=shared.limit, read_only=shared.read_only
        )
        mirror_shared(list(late.values_list("subject_id", flat=True)[:BATCH]), seen_of(shared), told_of(shared))


@prepared
def _followed() -> QuerySet[SharedBlock]:
    return SharedBlock.objects.filter(following_since__isnull=False, block_id__isnull=False)


OWN_PAGES = ("block-edit", "block-restore")
"""What is changed for all who have it is changed on the page of the shared block."""


class CatchUp:
    """Middleware: the pages of one subject, or of one block, never show an older text of a shared block.

    And where a subject's copy would be changed, the shared block's own page opens instead: it counts whom that affects,
    keeps one history, and reaches everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponseBase | None:
        """Looks at the address only; whether the reader may see the page is the view's business."""
        if not request.user.is_authenticated:
            return None
        if isinstance(pk := kwargs.get("subject_pk"), UUID):
            catch_up(Q(subject=pk))
        elif isinstance(pk := kwargs.get("block_pk"), UUID):
            catch_up(Q(pk=pk))
            match = request.resolver_match
            if match is not None and match.url_name in OWN_PAGES and (shared := managed(pk)) is not None:
                address = reverse("shared-block-detail", args=[shared.pk])
                in_place = request.headers.get("HX-Request") == "true"
                return HttpResponseClientRedirect(address) if in_place else redirect(address)
        return None


def managed(block_pk: UUID) -> SharedBlock | None:
    """The shared block that a subject's block is a copy of, if it is one."""
    return SharedBlock.objects.filter(
        archived_at=None, block_id__in=Block.objects.filter(pk=block_pk, removed_at=None).values("block_id")
    ).first()


def begin(shared: SharedBlock) -> None:
    """Have the mirrors follow what the block says now. Joins the open transaction."""
    SharedBlock.objects.filter(pk=shared.pk).update(
        following_since=timezone.now(), follow_after=None, wake_at=timezone.now()
    )
