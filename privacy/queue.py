"""The queue of requests: its filters, its order and its figures, each served by an index."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from memory_ui.keyset import Cursor, Page, keyset_page
from privacy.clock import SOON, Colour, colour_of, words_of
from privacy.hashing import keyed_hash
from privacy.models import Request

COUNTED = 1000
"""The figures above the queue are exact up to here."""
PAGE = 50
FOUND = 100
"""Requests of one person that are shown."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests the queue is to show."""

    kind: str = ""
    state: str = ""
    """A state; `held`; `all`; empty: those that are still to be answered."""
    due: Literal["", "soon", "late"] = ""
    """Overdue (`late`), or due within a week and not overdue (`soon`)."""
    who: Literal["", "me", "nobody"] = ""
    """In whose hands."""
    batch: UUID | None = None
    """Filed with this list of ids."""

    @property
    def is_filtered(self) -> bool:
        """Whether an open request could be left out."""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the queue."""

    request: Request
    colour: Colour
    due: str
    """`due in 12 days`; empty when it is answered."""


def queue_page(wanted: Wanted, reader: User, cursor: Cursor) -> Page[Request]:
    """Requests that are still to be answered, those due first on top; or others, newest first."""
    found = _filtered(Request.objects.select_related("filed_by", "filed_key", "assignee", "batch"), wanted, reader)
    by_clock = wanted.state in ("", "held", *Request.OPEN) or bool(wanted.due)
    order = ("due_at", "id") if by_clock else ("-filed_at", "-id")
    return keyset_page(found, order, cursor, PAGE, anchors=Request.objects.all())


def requests_of(subject_id: str) -> list[Request]:
    """What was ever asked for about whoever is called so outside, erased or not; newest first, FOUND + 1 at most."""
    found = Request.objects.select_related("filed_by", "filed_key", "assignee", "batch")
    return list(found.filter(subject_hash=keyed_hash(subject_id)).order_by("-filed_at")[: FOUND + 1])


def rows_of(requests: list[Request], now: datetime) -> list[QueueRow]:
    """What the lines of these requests say."""
    return [
        QueueRow(
            request,
            colour_of(request.due_at, now) if request.is_open else "calm",
            words_of(request.due_at, now) if request.is_open else "",
        )
        for request in requests
    ]


def _filtered(found: QuerySet[Request], wanted: Wanted, reader: User) -> QuerySet[Request]:
    now = timezone.now()
    if wanted.state == "held":
        found = found.filter(held_at__isnull=False)
    elif wanted.state and wanted.state != "all":
        found = found.filter(state=wanted.state)
    if wanted.state == "" or (wanted.due and wanted.state in ("all", "held")):
        found = found.filter(state__in=Request.OPEN)
    if wanted.batch:
        found = found.filter(batch=wanted.batch)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.due == "late":
        found = found.filter(due_at__lte=now)
    elif wanted.due == "soon":
        found = found.filter(due_at__gt=now, due_at__lte=now + SOON)
    if wanted.who == "me":
        found = found.filter(assignee=reader)
    elif wanted.who == "nobody":
        found = found.filter(assignee=None)
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """How many there are, in words: `12`, or `1,000+` where counting on would take long."""

    states: dict[str, str]
    late: str
    soon: str
    held: str


# The sign of an open request is written as in the partial index that serves it.
_COUNT = """
    select one.state, (select count(*) from
        (select 1 from privacy_request r where r.state = one.state limit %(most)s) as few)
    from unnest(%(states)s::text[]) as one (state)
    union all select 'late', (select count(*) from
        (select 1 from privacy_request r where r.state in ('received', 'waiting', 'approved', 'working')
        and r.due_at <= %(now)s limit %(most)s) as few)
    union all select 'soon', (select count(*) from
        (select 1 from privacy_request r where r.state in ('received', 'waiting', 'approved', 'working')
        and r.due_at > %(now)s and r.due_at <= %(soon)s limit %(most)s) as few)
    union all select 'held', (select count(*) from
        (select 1 from privacy_request r where r.held_at is not null limit %(most)s) as few)
"""


def figures() -> Figures:
    """One query, and never more than COUNTED rows of each kind are looked at."""
    now = timezone.now()
    values: dict[str, Any] = {"most": COUNTED + 1, "states": list(Request.State.values), "now": now, "soon": now + SOON}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        found = {name: f"{COUNTED:,}+" if count > COUNTED else f"{count:,}" for name, count in cursor.fetchall()}
    return Figures({state: found[state] for state in Request.State.values}, found["late"], found["soon"], found["held"])
