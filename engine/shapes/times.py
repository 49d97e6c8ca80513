"""Times as Letta writes them, which is differently from resource to resource. All are UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def zulu(moment: datetime | None) -> str | None:
    """`2026-11-20T10:33:09.663145Z`, without the fraction when it is zero."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def naive(moment: datetime | None) -> str | None:
    """`2026-11-20T10:33:09.663145`: a run's end has no zone."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def offset(moment: datetime) -> str:
    """`2026-11-20T10:33:09+00:00`, with the fraction when there is one: times in search results."""
    return moment.astimezone(UTC).isoformat()


def seconds(moment: datetime) -> str:
    """`2026-11-20T10:33:09+00:00`: a message's date."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
