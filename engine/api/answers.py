"""Responses: plain dicts, written as JSON once. What the engine sends is built, not validated; tests hold its shape."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def answer(data: Any, *, status: int = 200) -> HttpResponse:
    """`data` as a JSON response."""
    return HttpResponse(_encode(data).encode(), status=status, content_type="application/json")
