"""The reader's time zone: the browser names it in a cookie, pages are rendered in it; without one, in UTC."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "memory_ui_zone"


class ReadersZone:
    """Middleware that activates the time zone of the `memory_ui_zone` cookie (set by app.js) for one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = zone_named(request.COOKIES.get(COOKIE, "").replace("%2F", "/"))
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name such as `Europe/Amsterdam`; None for anything else, so a forged cookie is only ignored."""
    if not name or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None
