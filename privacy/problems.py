"""What goes wrong in /api, as problem details (RFC 9457): a sentence, and the field it is about."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

logger = logging.getLogger(__name__)

TITLES = {
    400: "Not understood",
    401: "No key",
    403: "Not allowed",
    404: "Not found",
    405: "Not that way",
    409: "In conflict",
    413: "Too large",
    422: "Not right",
    500: "A fault of ours",
    503: "Not now",
}
NO_KEY = "Send an API key of the scope privacy: Authorization: Bearer mui-…"


class Problem(Exception):
    """The request cannot be answered. `errors`: field → what is wrong with it."""

    def __init__(self, status: int, detail: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.errors = status, detail, errors or {}


def problem(status: int, detail: str, errors: dict[str, str] | None = None) -> HttpResponse:
    """The answer to a request that went wrong."""
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    if errors:
        body["errors"] = [{"field": field, "message": message} for field, message in errors.items()]
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def on_validation(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """422. What was sent is not repeated: it may be personal."""
    errors: dict[str, str] = {}
    for error in exc.errors:
        # ("body", "asked", "kind"): where it was, the name of the parameter, the field.
        field = str(error["loc"][-1])
        errors.setdefault("body" if field == "asked" else field, _sentence(error))
    return problem(422, " ".join(f"{field}: {message}" for field, message in errors.items()), errors)


def _sentence(error: dict[str, Any]) -> str:
    if error["type"] == "missing":
        return "This field is missing."
    if error["type"] == "extra_forbidden":
        return "There is no such field."
    message = str(error["msg"]).removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."


def on_http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    if exc.status_code == 400:
        return problem(400, "The body is not JSON.", {"body": "This is not JSON."})
    return problem(exc.status_code, exc.message)


def on_anything(request: HttpRequest, exc: Exception) -> HttpResponse:
    """500. The exception's own words may name somebody, so neither the caller nor the log gets them."""
    logger.error("%s %s failed: %s", request.method, request.path, type(exc).__name__)
    return problem(500, "Something went wrong here. Nothing was kept; the same request may be sent again.")


def on_lost_database(request: HttpRequest, exc: Exception) -> HttpResponse:
    logger.error("%s %s failed: the database cannot be reached (%s)", request.method, request.path, type(exc).__name__)
    return problem(503, "The database cannot be reached. Send the same request again later.")


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    ValidationError: on_validation,
    Problem: lambda request, exc: problem(exc.status, exc.detail, exc.errors),
    AuthenticationError: lambda request, exc: problem(401, NO_KEY),
    HttpError: on_http_error,
    RequestDataTooBig: lambda request, exc: problem(413, "The body is too large."),
    OperationalError: on_lost_database,
    InterfaceError: on_lost_database,
    Exception: on_anything,
}
