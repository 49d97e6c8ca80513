"""Who may call /v1: a bearer key of `accounts`, the fixed key of the settings, or this very process."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest

from accounts.models import ApiKey


class InProcessRequest(HttpRequest):
    """A request made by this process itself, through `engine.transport`: trusted by its type, which no client can send."""


def bearer(request: HttpRequest) -> bool:
    """Whether the request carries a key that is known and not revoked."""
    if isinstance(request, InProcessRequest):
        return True
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return False
    fixed = settings.ENGINE_API_KEY
    if fixed and secrets.compare_digest(key.encode(), fixed.encode()):
        return True
    return "\x00" not in key and ApiKey.verify(key) is not None
