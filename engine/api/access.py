"""Who may call /v1: a bearer key of `accounts` for what its scopes cover, the key of the settings, or this very process."""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.http import HttpRequest

from accounts.bearer import bearer_of, key_of, lacking
from accounts.models import Scope
from engine.api.errors import Refused

# The scope that a request needs: the first line that fits. Addresses are below /v1/, without a slash at the end.
SCOPES: list[tuple[str, re.Pattern[str], Scope]] = [
    ("GET|HEAD", re.compile(r".*"), Scope.READ),
    ("POST", re.compile(r"(.+/)?search"), Scope.READ),
    ("POST", re.compile(r"agents/[^/]+/messages(/async|/cancel|/stream)?"), Scope.LEARN),
    (".*", re.compile(r".*"), Scope.MANAGE),
]


class InProcessRequest(HttpRequest):
    """A request made by this process itself, through `engine.transport`: trusted by its type, which no client can send."""


def bearer(request: HttpRequest) -> bool:
    """Whether the request carries a key that is known and not revoked.

    Raises:
        Refused: 403, the key is known and has not the scope that the request needs.
    """
    if isinstance(request, InProcessRequest):
        return True
    fixed = settings.ENGINE_API_KEY
    if fixed and secrets.compare_digest(bearer_of(request).encode(), fixed.encode()):
        return True
    key = key_of(request)
    if key is None:
        return False
    request.letta_key = key  # type: ignore[attr-defined]  # whom `telling` names
    scope = scope_for(request.method or "", request.path.partition("/v1/")[2])
    if not key.may(scope):
        raise Refused(403, lacking(scope))
    return True


def scope_for(method: str, path: str) -> Scope:
    """The scope that a request to `path` (below /v1/) needs."""
    path = path.strip("/")
    return next(scope for methods, address, scope in SCOPES if re.fullmatch(methods, method) and address.fullmatch(path))
