"""Asking why: with AUDIT_ASK_WHY on, once for each subject and session, and once for searching."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from audit.actions import Reason
from memory_ui.unsent import Step, not_taken

KEY = "audit_why"
MOST_KEPT = 500
"""subjects a session remembers the reason for; after that the oldest are asked for again"""


@dataclass(frozen=True, slots=True)
class Why:
    """What a person gave as the reason."""

    reason: Reason
    ticket: str = ""


class WhyNeeded(Exception):
    """The person has not said yet why they look at `subject`; None: why they search."""

    def __init__(self, subject: UUID | None) -> None:
        super().__init__("a reason is needed first")
        self.subject = subject


def why_of(request: HttpRequest, subject: UUID | None) -> Why | None:
    """What was given in this session for `subject`, or for searching. None when nothing was, or nobody asks."""
    if not settings.AUDIT_ASK_WHY or not hasattr(request, "session"):
        return None
    kept = request.session.get(KEY, {}).get(_key(subject))
    return Why(Reason(kept[0]), kept[1]) if kept else None


def must_say_why(request: HttpRequest, subject: UUID | None) -> None:
    """Go on only when it is known why.

    Raises:
        WhyNeeded: it is asked for, and was not said yet. `AskWhy` turns that into the question.
    """
    if settings.AUDIT_ASK_WHY and why_of(request, subject) is None:
        raise WhyNeeded(subject)


def remember(request: HttpRequest, subject: UUID | None, why: Why) -> None:
    """Keep a reason for the rest of the session."""
    kept = request.session.get(KEY, {})
    kept.pop(_key(subject), None)
    kept[_key(subject)] = [why.reason.value, why.ticket]
    request.session[KEY] = dict(list(kept.items())[-MOST_KEPT:])


def way_back(request: HttpRequest, address: str) -> str:
    """`address` when it lies on this site, else the front page."""
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if own and address.startswith("/") else "/"


class AskWhy:
    """Middleware that answers WhyNeeded with the question, and leads back afterwards. What was posted is not lost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The question instead of the page; for a fragment, instead of the page around it."""
        if not isinstance(error, WhyNeeded):
            return None
        name, args = ("why-search", []) if error.subject is None else ("why-detail", [error.subject])
        address = reverse(name, args=args)
        if request.method == "POST":
            what = "look at this subject" if error.subject else "search"
            sentence = f"Say in another tab why you {what}, then send this again."
            return not_taken(request, sentence, 428, Step("Say why", address))
        fragment = bool(getattr(request, "htmx", False))
        around = request.htmx.current_url_abs_path if fragment else request.get_full_path()  # type: ignore[attr-defined]
        address += f"?{urlencode({'next': way_back(request, around or '/')})}"
        return HttpResponseClientRedirect(address) if fragment else redirect(address)


def _key(subject: UUID | None) -> str:
    return str(subject) if subject else "search"
