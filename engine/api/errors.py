"""What goes wrong, in Letta's words: status codes and bodies as server 0.16.8 writes them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from engine.api.answers import answer

logger = logging.getLogger("engine.api")


class Refused(Exception):
    """The request cannot be answered; `status` and `detail` say why. Details are shown to clients."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class NotFound(Refused):
    """404."""

    def __init__(self, detail: str) -> None:
        super().__init__(404, detail)


class Conflict(Refused):
    """409."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, detail)


class PreconditionFailed(Refused):
    """412: what a conditional request depends on is not so (any more)."""

    def __init__(self, detail: str) -> None:
        super().__init__(412, detail)


class BadArgument(Refused):
    """400, as Letta answers arguments that are well-formed and make no sense."""

    def __init__(self, sentence: str) -> None:
        super().__init__(400, f"INVALID_ARGUMENT: {sentence}")


class Invalid(Exception):
    """422: one value is not what it should be; `loc` is its place, as in pydantic's errors."""

    def __init__(self, kind: str, loc: tuple[str | int, ...], message: str, value: object = None) -> None:
        super().__init__(kind, loc, message)
        self.error = {"type": kind, "loc": loc, "msg": message, "input": value}


def no_block(block_id: str) -> NotFound:
    return NotFound(f"Block with id '{block_id}' not found")


def no_agent(agent_id: str) -> NotFound:
    return NotFound(f"Agent with ID {agent_id} not found")


def invalid(errors: list[dict[str, Any]]) -> HttpResponse:
    """422. Letta sends pydantic's list of errors as one string, in Python's notation."""
    body: dict[str, Any] = {"trace_id": "", "detail": str(errors)}
    examples = [_example(error) for error in errors if _is_id(error)]
    if examples:
        body["examples"] = examples
    return answer(body, status=422)


def _is_id(error: dict[str, Any]) -> bool:
    return (error["type"], error["loc"][0]) == ("string_pattern_mismatch", "path")


def _example(error: dict[str, Any]) -> str:
    prefix = error["ctx"]["pattern"].removeprefix("^").partition("-")[0]
    return f"{prefix}-123e4567-e89b-42d3-8456-426614174000"


def on_validation(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    for error in exc.errors:
        if _is_id(error):
            prefix = error["ctx"]["pattern"].removeprefix("^").partition("-")[0]
            error["msg"] = f"String should match pattern '{prefix}-{{uuid4}}'"
    return invalid(exc.errors)


def on_invalid(request: HttpRequest, exc: Invalid) -> HttpResponse:
    return invalid([exc.error])


def on_refused(request: HttpRequest, exc: Refused) -> HttpResponse:
    return answer({"detail": exc.detail}, status=exc.status)


def on_big_body(request: HttpRequest, exc: RequestDataTooBig) -> HttpResponse:
    return answer({"detail": "Request body too large"}, status=413)


def on_http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    if isinstance(exc.__cause__, Invalid):  # django-ninja wraps what its parser raises
        return invalid([exc.__cause__.error])
    return answer({"detail": exc.message}, status=exc.status_code)


def on_data_error(request: HttpRequest, exc: DataError) -> HttpResponse:
    """A value that no check of ours caught and Postgres cannot hold."""
    logger.warning("refused a value that Postgres cannot hold, %s %s", request.method, request.path)
    return on_invalid(request, Invalid("value_error", ("body",), "Value error, a value is out of range"))


def on_integrity_error(request: HttpRequest, exc: IntegrityError) -> HttpResponse:
    """Something the request stands on was deleted, or made twice, at the same moment."""
    return answer({"detail": "The request conflicts with another one. Read again and repeat it."}, status=409)


def on_lost_database(request: HttpRequest, exc: Exception) -> HttpResponse:
    logger.error("%s %s failed: the database cannot be reached (%s)", request.method, request.path, type(exc).__name__)
    return answer({"detail": "The database cannot be reached."}, status=503)


def places(exc: BaseException) -> str:
    """Where in the engine it happened, innermost first."""
    frames = [frame for frame in traceback.extract_tb(exc.__traceback__) if "/engine/" in frame.filename]
    inner_first = (f"{frame.filename.rpartition('/engine/')[2]}:{frame.lineno}" for frame in reversed(frames))
    return " < ".join(inner_first) or "unknown"


def on_anything(request: HttpRequest, exc: Exception) -> HttpResponse:
    """500. The exception's own words may hold somebody's memory, so neither the client nor the log gets them."""
    logger.error("%s %s failed: %s at %s", request.method, request.path, type(exc).__name__, places(exc))
    return answer({"detail": "An internal server error occurred."}, status=500)


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    ValidationError: on_validation,
    Invalid: on_invalid,
    Refused: on_refused,
    HttpError: on_http_error,
    RequestDataTooBig: on_big_body,
    DataError: on_data_error,
    IntegrityError: on_integrity_error,
    OperationalError: on_lost_database,
    InterfaceError: on_lost_database,
    Exception: on_anything,
}
