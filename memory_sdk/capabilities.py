"""What a Letta can do besides the calls that this SDK needs, asked without changing anything."""

from __future__ import annotations

from dataclasses import dataclass

from memory_sdk import reading
from memory_sdk.calls import Call
from memory_sdk.errors import LettaError, NotFound, Refused, Unauthorized
from memory_sdk.plans import Plan

_LACKING = (405, 501)
_NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What was found. None: it could not be told."""

    models: tuple[str, ...] | None
    """Handles of the language models that agents may have."""
    embeddings: tuple[str, ...] | None
    """Handles of the embedding models; none: the archive is searched by words alone."""
    traces: bool | None
    """It answers for provider traces, the full prompts and completions; whether it records them it does not say."""
    conversations: bool | None
    folders: bool | None
    tools: bool | None
    identities: bool | None


def found() -> Plan[Capabilities]:
    """Ask. Seven reads of a row at most."""
    return Capabilities(
        models=(yield from _handles("/v1/models/")),
        embeddings=(yield from _handles("/v1/models/embedding")),
        # 404 for a step that nobody has, as long as there is such an address at all.
        traces=(yield from _has(f"/v1/steps/step-{_NOBODY}/trace", {}, unless_missing=False)),
        conversations=(yield from _has("/v1/conversations/", {"limit": 1})),
        folders=(yield from _has("/v1/folders/", {"limit": 1})),
        tools=(yield from _has("/v1/tools/", {"limit": 1})),
        identities=(yield from _has("/v1/identities/", {"limit": 1})),
    )


def _handles(path: str) -> Plan[tuple[str, ...] | None]:
    try:
        answer = yield Call("GET", path)
    except Unauthorized:
        raise
    except LettaError:
        return None
    handles = (reading.optional_text(model, "handle") for model in reading.records(answer))
    return tuple(handle for handle in handles if handle)


def _has(path: str, query: dict[str, object], *, unless_missing: bool = True) -> Plan[bool | None]:
    try:
        yield Call("GET", path, query)
    except Unauthorized:
        raise
    except NotFound:
        return not unless_missing
    except Refused as refusal:
        return refusal.status not in _LACKING  # asked the wrong way, but asked the right one
    except LettaError:
        return None
    return True
