"""Recording that a person read: one entry for each opening of a page, none for the polls that keep it fresh.

Called by views before they show anything, so that there is no read without its entry: it is written with the page's next
query, or before the page is sent (`riding`), and when it cannot be written, the page cannot be read. A fragment or a form
sent from a page belongs to the reading of that page; one that comes out of nowhere, as from a hand-made request, is a
reading of its own. Each web process remembers for itself who is reading what, so several of them may record one reading
several times, and never not at all.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from uuid import UUID

from accounts.access import StaffRequest
from audit.actions import Action
from audit.asking import must_say_why
from audit.recording import Detail, record

READING = 30 * 60.0
"""seconds after its last sign of life in which a page counts as still open"""
MOST_REMEMBERED = 20_000


class _Readings:
    """Who is reading about whom in this process: the newest MOST_REMEMBERED."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[UUID, UUID], float] = OrderedDict()
        self._lock = Lock()

    def goes_on(self, person: UUID, subject: UUID) -> bool:
        """Whether the person had a page of the subject open lately; from now on they have."""
        now = time.monotonic()
        with self._lock:
            last = self._last.pop((person, subject), None)
            self._last[person, subject] = now
            if len(self._last) > MOST_REMEMBERED:
                self._last.popitem(last=False)
        return last is not None and now - last < READING

    def forget(self) -> None:
        """As after a restart."""
        with self._lock:
            self._last.clear()


readings = _Readings()


def note_read(
    request: StaffRequest, action: Action, subject: UUID, *, run: UUID | None = None, detail: Detail | None = None
) -> None:
    """Record that the reader looks at something of `subject` (`Subject.id`), unless the page around it says so already.

    Raises:
        WhyNeeded: the reader is to say why first.
    """
    must_say_why(request, subject)
    goes_on = readings.goes_on(request.user.pk, subject)
    is_page = request.method == "GET" and not request.htmx
    if is_page or not goes_on:
        record(action, by=request.user, subject=subject, run=run, detail=detail, rides=True)


def note_asked(request: StaffRequest, action: Action, subject: UUID, *, detail: Detail | None = None) -> None:
    """Record something of `subject` that the reader asked for, as a page or a fragment: always an entry.

    Raises:
        WhyNeeded: the reader is to say why first.
    """
    must_say_why(request, subject)
    readings.goes_on(request.user.pk, subject)
    record(action, by=request.user, subject=subject, detail=detail, lazily=True)


def note_shown(request: StaffRequest, action: Action, subjects: Iterable[UUID], *, detail: Detail | None = None) -> None:
    """Record that the reader is shown what is remembered of several subjects: an entry for each, in one statement.

    Raises:
        WhyNeeded: the reader is to say why first.
    """
    of = list(subjects)
    if of:
        must_say_why(request, None)
        record(action, by=request.user, subjects=of, detail=detail, rides=True)
