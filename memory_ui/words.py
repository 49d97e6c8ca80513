"""Times, ids and numbers as people read them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.utils import timezone
from django.utils.safestring import SafeString

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
MOMENTS = 5000
"""moments whose writing a process remembers: turns of one run came at the same, and pages are shown again"""


_ZONE: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


@contextmanager
def in_one_zone() -> Iterator[None]:
    """While a page is drawn nobody changes the zone, so it is looked up once and not for every time on the page."""
    token = _ZONE.set(timezone.get_current_timezone())
    try:
        yield
    finally:
        _ZONE.reset(token)


def _zone() -> tzinfo:
    return _ZONE.get() or timezone.get_current_timezone()


def ago(moment: datetime | None) -> SafeString | str:
    """How long ago `moment` (UTC) was, in words, with the exact time in the reader's zone on hover."""
    if moment is None:
        return ""
    return _time(moment, _zone(), since(moment, datetime.now(UTC)), "ago")


def elapsed(moment: datetime | None) -> SafeString | str:
    """How long something has been going on since `moment` (UTC): `4 s`, `2 min`."""
    if moment is None:
        return ""
    return _time(moment, _zone(), duration((timezone.now() - moment).total_seconds()), "elapsed")


def soon(moment: datetime | None) -> SafeString | str:
    """How long it is until `moment` (UTC): `in 20 seconds`, `in 2 minutes`, `any moment now`. app.js counts down."""
    if moment is None:
        return ""
    return _time(moment, _zone(), _until(moment, datetime.now(UTC)), "soon")


def _until(moment: datetime, now: datetime) -> str:
    seconds = int((moment - now).total_seconds())
    if seconds < 2:
        return "any moment now"
    return f"in {seconds} seconds" if seconds < 2 * MINUTE else f"in {seconds // MINUTE} minutes"


def at(moment: datetime | None) -> SafeString | str:
    """The time of day or the date of `moment` (UTC), in the reader's zone."""
    if moment is None:
        return ""
    zone = _zone()
    return _at(moment, zone, datetime.now(zone).date())


@lru_cache(MOMENTS)
def _at(moment: datetime, zone: tzinfo, today: date) -> SafeString:
    local = moment.astimezone(zone)
    text = f"{local.hour:02}:{local.minute:02}"
    if local.date() != today:
        text = f"{_day(local)}, {text}" if local.year == today.year else f"{_day(local)} {local.year}, {text}"
    return _time(moment, zone, text, "")


def exact(moment: datetime) -> str:
    """`2026-11-20 14:06:12 UTC`, in the zone that is active."""
    return _exact(moment.astimezone(_zone()))


def _exact(local: datetime) -> str:
    return f"{local.isoformat(' ', 'seconds')[:19]} {local.tzname()}"  # strftime takes five times as long


def since(moment: datetime, now: datetime) -> str:
    """`12 seconds ago`, `3 minutes ago`, `yesterday`, `5 days ago`, then the date. app.js says the same as time passes."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 5:
        return "just now"
    if seconds < MINUTE:
        return f"{seconds} seconds ago"
    if seconds < HOUR:
        return _count(seconds // MINUTE, "minute")
    if seconds < DAY:
        return _count(seconds // HOUR, "hour")
    local = moment.astimezone(_zone())
    days = (now.astimezone(local.tzinfo).date() - local.date()).days
    if days <= 1:
        return "yesterday"
    if days < 30:
        return _count(days, "day")
    return f"on {_day(local)} {local.year}"


def _day(local: datetime) -> str:
    return f"{local.day} {MONTHS[local.month - 1]}"


def duration(seconds: float) -> str:
    """`4 s`, `2 min`, `3 h`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    return f"{whole // MINUTE} min" if whole < HOUR else f"{whole // HOUR} h"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'} ago"


def _time(moment: datetime, zone: tzinfo, text: str, kind: str) -> SafeString:
    return SafeString(f'{_begun(moment, zone)} data-time="{kind}">{text}</time>')


@lru_cache(MOMENTS)
def _begun(moment: datetime, zone: tzinfo) -> str:
    # Digits and words of ours, so nothing is to be escaped.
    utc = moment.astimezone(UTC).isoformat("T", "seconds")[:19]
    return f'<time datetime="{utc}Z" title="{_exact(moment.astimezone(zone))}"'


def short_id(value: object) -> str:
    """`agent-7f2c…91e4`: enough of an id to tell it from others."""
    text = str(value)
    prefix, dash, rest = text.partition("-")
    if not dash or len(prefix) == 8:  # a bare UUID
        prefix, dash, rest = "", "", text
    return text if len(rest) <= 12 else f"{prefix}{dash}{rest[:4]}…{rest[-4:]}"


def number(value: int) -> str:
    """`10,000`."""
    return f"{value:,}"


def agent_address(agent_id: str) -> str:
    """Where Letta's own pages show an agent; empty where nobody said that it has such."""
    return str(settings.LETTA_AGENT_URL).replace("{id}", quote(agent_id, safe=""))


def as_duration(seconds: float) -> str:
    """`4 s`, `2 min`, `3 h`."""
    return duration(seconds)


def of_percent(limit: int, percent: int) -> int:
    """`percent` per cent of `limit`, for the marks of a meter."""
    return limit * percent // 100


def share_of(size: int, limit: int) -> int:
    """How many per cent of `limit` are used: 100 only when it is full."""
    return size * 100 // limit if limit else 0


def room_left(size: int, limit: int) -> str:
    """How near `size` is to `limit`, as a colour: amber from 80 per cent on, red from 95; of no limit nothing is known."""
    if not limit or size < of_percent(limit, 80):
        return ""
    return "red" if size >= of_percent(limit, 95) else "amber"


def whole_number(typed: object) -> int:
    """What was typed into a field as a number; 0 while it is none."""
    text = str(typed or "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def plain_length(text: object) -> int:
    """The length of a text as Letta counts it: code points, with one for each line end, however the browser sent it."""
    return len(str(text or "").replace("\r\n", "\n"))


def lines_of(lines: Sequence[str]) -> str:
    """Lines as one text."""
    return "\n".join(lines)


def ends_of(lines: Sequence[str]) -> list[str | None]:
    """The first and the last line of a long stretch with None between them; of a short one all."""
    return [lines[0], None, lines[-1]] if len(lines) > 3 else list(lines)


def toast_of(message: Message) -> dict[str, object]:
    """A message of Django's as `_toast.html` takes it, with the way back that `toasts.tell` gave it."""
    way_back = json.loads(message.extra_tags) if message.extra_tags and message.extra_tags.startswith("{") else {}
    return {"text": str(message), **way_back}


def counted(value: int, noun: str) -> str:
    """`1 message`, `3 messages`."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"
