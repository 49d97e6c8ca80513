"""`/v1/health`: the version of Letta's server whose API this is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from engine.api.answers import answer

VERSION = "0.16.8"

router = Router()


@router.get("", auth=None)
def health(request: HttpRequest) -> HttpResponse:
    return answer({"version": VERSION, "status": "ok"})
