"""The runs of all subjects: which are wanted, in which order, by which address; each list is a stretch of an index."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import MD5, Collate, Left, Lower
from django.utils import timezone

from memory_ui.filters import in_address
from memory_ui.keyset import Cursor, Page, Rows, keyset_page
from memory_ui.prepared import prepared
from memory_ui.rendering import url
from subjects.models import REASON, Run, Subject

SHOWN = ("state", "source", "message_count", "created_at", "ended_at", "failure", "subject__subject_id")
"""what the list says of each"""
STANDING_STILL = timedelta(minutes=10)
"""a run that has not ended so long after it was given stands still"""
OPEN, STUCK = "open", "stuck"
MOST_ALIKE = 20
"""subjects whose ids differ only in their letter case, of which the runs are listed together"""


@dataclass(frozen=True, slots=True)
class WantedRuns:
    """Which runs a list is to show."""

    state: str = ""
    """A state, or `OPEN`: has not ended yet, or `STUCK`: of these, those that stand still."""
    subject: str = ""
    """The subject's id, in any letter case."""
    source: str = ""
    reason: str = ""
    """Failed for this reason (`reasons.digest_of`)."""
    since: datetime | None = None
    """Given at this moment or later."""
    until: datetime | None = None
    """Given before this moment."""
    ended_since: datetime | None = None
    ended_until: datetime | None = None

    @property
    def by_end(self) -> bool:
        """Whether the list is in the order in which runs ended."""
        return bool(self.reason or self.ended_since or self.ended_until)

    @property
    def has_more(self) -> bool:
        """Whether a moment was chosen."""
        return bool(self.since or self.until or self.ended_since or self.ended_until)

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which the index lies: of those that stand still, the ones that have longest come first."""
        if self.by_end:
            return ("-ended_at", "-id")
        return ("created_at", "id") if self.state == STUCK else ("-created_at", "-id")

    @property
    def in_words(self) -> str:
        """The order, for those who hear the list."""
        if self.by_end:
            return "the last to end first"
        return "the longest standing first" if self.state == STUCK else "newest first"

    @property
    def address(self) -> str:
        """Of the page that lists them."""
        chosen = {name: value for name in _NAMES if (value := getattr(self, name))}
        sent = {name: in_address(value) if isinstance(value, datetime) else value for name, value in chosen.items()}
        return f"{url('run-browse')}?{urlencode(sent, safe=':')}"


_NAMES = [field.name for field in fields(WantedRuns)]


def standing_still(now: datetime | None = None) -> QuerySet[Run]:
    """Runs that were given, and given again, so long ago that they should have ended."""
    return standing_since((now or timezone.now()) - STANDING_STILL)


def standing_since(before: datetime) -> QuerySet[Run]:
    """Runs that have not ended, and were given, and given again, before a moment."""
    return Run.objects.filter(state__in=Run.OPEN, created_at__lt=before, queued_at__lt=before)


def runs_page(wanted: WantedRuns, cursor: Cursor) -> Page[Run]:
    """The runs that are wanted."""
    conditions: list[tuple[str, Any]] = [
        ("source", wanted.source),
        ("digest", wanted.reason),
        ("created_at__gte", wanted.since),
        ("created_at__lt", wanted.until),
        ("ended_at__gte", wanted.ended_since),
        ("ended_at__lt", wanted.ended_until),
    ]
    if wanted.state == STUCK:
        before = timezone.now() - STANDING_STILL
        conditions += [("created_at__lt", before), ("queued_at__lt", before)]
    elif wanted.state != OPEN:
        # An index of the failed ones alone is what has their reasons.
        conditions.append(("state", wanted.state or (Run.State.FAILED if wanted.reason else "")))
    if wanted.subject:
        alike = tuple(_named(wanted.subject))
        if not alike:
            return Page([])
        conditions.append(("subject", alike[0]) if len(alike) == 1 else ("subject__in", alike))
    chosen = [(name, value) for name, value in conditions if value]
    names, values = tuple([name for name, _ in chosen]), [value for _, value in chosen]
    found = Rows(Run, _wanted, *values, names=names, unended=wanted.state in (OPEN, STUCK))
    return keyset_page(found, wanted.order, cursor, anchors=Rows(Run, Run.objects.all))


def _wanted(*values: Any, names: tuple[str, ...], unended: bool) -> QuerySet[Run]:
    found = Run.objects.select_related("subject").only(*SHOWN)
    if "digest" in names:
        found = found.alias(digest=MD5(Left("failure", REASON)))
    for name, value in zip(names, values, strict=True):
        found = found.filter(**{name: value})
    return found.filter(state__in=Run.OPEN) if unended else found


@prepared
def _named(subject_id: str) -> QuerySet[Subject, UUID]:
    same = Subject.objects.alias(key=Collate(Lower("subject_id"), "C")).filter(key=Collate(Lower(Value(subject_id)), "C"))
    return same.order_by().values_list("pk", flat=True)[:MOST_ALIKE]
