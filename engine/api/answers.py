"""Responses: plain dicts, written as JSON once. What the engine sends is built, not validated; tests hold its shape."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

LACKING = 501
NO_USE = {"x-should-retry": "false"}
"""What letta-client heeds before it asks again (`_should_retry`): it waits half a second after every other 5xx."""


def answer(data: Any, *, status: int = 200) -> HttpResponse:
    """`data` as a JSON response. What the engine has not got it will not have a moment later: no client need ask again."""
    headers = NO_USE if status == LACKING else None
    return HttpResponse(_encode(data).encode(), status=status, headers=headers, content_type="application/json")
