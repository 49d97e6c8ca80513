"""The HTTP request that is being answered, so that whatever is recorded meanwhile carries its id and its reason."""

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from audit.riding import arrive


@dataclass(frozen=True)
class Current:
    """The request that this thread answers."""

    id: uuid.UUID
    http: HttpRequest


_current: ContextVar[Current | None] = ContextVar("audit_request", default=None)


def current() -> Current | None:
    """The request that is being answered; None outside of one, as in a worker."""
    return _current.get()


class RequestId:
    """Middleware that gives each request an opaque id, kept with its entries, and sees to it that these are all written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        made = Current(uuid.uuid4(), request)
        token = _current.set(made)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
            arrive()
        response["X-Request-ID"] = str(made.id)
        return response
