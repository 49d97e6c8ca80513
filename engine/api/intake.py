"""Requests: JSON bodies without characters that Postgres refuses, ids as Letta writes them, and which client asks."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.params.functions import Path
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.api.errors import Invalid

UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def _path_id(prefix: str) -> Any:
    return Path(..., pattern=f"^{prefix}-{UUID4}$")


AgentId = Annotated[str, _path_id("agent")]
BlockId = Annotated[str, _path_id("block")]
ArchiveId = Annotated[str, _path_id("archive")]
PassageId = Annotated[str, _path_id("passage")]

# What a body may name. Postgres holds 32 bits; Letta answers a bigger one with 500.
Int = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]

_SURROGATE = re.compile("[\ud800-\udfff]")
# Letta drops NUL characters from a block's value and from what was said, silently.
_DROPPED = ("value", "content", "text", "input")
Value = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Fields(BaseModel):
    """A body or a query; unknown fields are ignored, as Letta does. ninja.Schema would wrap every input it validates."""

    model_config = ConfigDict(protected_namespaces=())


class LettaParser(Parser):
    """Reads JSON and refuses what no column can hold: NUL characters (but in a block's value) and half surrogate pairs."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        body = request.body
        try:
            data: DictStrAny = json.loads(body, parse_constant=_no_constant)
        except RecursionError:
            raise Invalid("json_invalid", ("body",), "JSON decode error: nested too deeply") from None
        except ValueError:
            raise Invalid("json_invalid", ("body", 0), "JSON decode error", {}) from None
        # Both can only be written as escapes, so the bytes tell without a walk through the data.
        if b"\\u" in body:
            data = clean(data, ("body",))
        return data


def _no_constant(name: str) -> Any:
    # NaN and Infinity are Python's own; Postgres' JSON has neither.
    raise ValueError(name)


def clean(data: Any, loc: tuple[str | int, ...]) -> Any:
    """`data` without NULs in block values; raises Invalid at the first text that cannot be stored."""
    if isinstance(data, str):
        if loc[-1] in _DROPPED:
            data = data.replace("\x00", "")
        if "\x00" in data or _SURROGATE.search(data):
            raise Invalid("string_unicode", loc, "Input should be valid text without NUL characters")
        return data
    if isinstance(data, dict):
        return {clean(key, (*loc, "key")): clean(value, (*loc, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [clean(value, (*loc, index)) for index, value in enumerate(data)]
    return data


class LettaAPI(NinjaAPI):
    """django-ninja whose validation errors are FastAPI's: the input is shown, and the body has no name of its own."""

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext[Any]]) -> ValidationError:
        errors: list[dict[str, Any]] = []
        for context in error_contexts:
            source = context.model.__ninja_param_source__
            names = context.model.__ninja_flatten_map_reverse__
            for error in context.pydantic_validation_error.errors(include_url=False):
                loc = error["loc"]
                if source == "body":
                    loc = loc[1:]
                elif loc not in names and loc[:2] in names:
                    loc = names[loc[:2]] + loc[2:]
                else:
                    loc = names.get(loc, loc)
                errors.append({**error, "loc": (source, *loc)})
        return ValidationError(errors)


def is_new_client(request: HttpRequest) -> bool:
    """Whether the client follows Letta's conventions since 1.0, where relations are only included when asked for.

    The clients of 1.x name their version in a header of their own; a caller without User-Agent counts as new.
    """
    if request.headers.get("X-Stainless-Package-Version"):
        return True
    agent = request.headers.get("User-Agent")
    if not agent:
        return True
    return re.fullmatch(r"(@letta-ai/)?letta-client/1\..*", agent) is not None
