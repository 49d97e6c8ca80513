"""`/v1/agents/{agent_id}/export` and `/v1/agents/import`: agent files out and in."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import agent_files
from engine.api.agents import find
from engine.api.answers import answer
from engine.api.errors import Invalid, Refused
from engine.api.intake import AgentId, Fields, clean

LARGEST = 50 * 1024 * 1024  # bytes of an agent file

router = Router()


class Export(Fields):
    use_legacy_format: bool = False
    scrub_messages: bool = False
    conversation_id: str | None = None


@router.get("/{agent_id}/export")
def export_agent(request: HttpRequest, agent_id: AgentId, query: Query[Export]) -> HttpResponse:
    if query.use_legacy_format:
        raise Refused(400, "Legacy format is not supported")
    return answer(agent_files.exported(find(agent_id), with_messages=not query.scrub_messages))


@router.post("/import")
def import_agent(request: HttpRequest) -> HttpResponse:
    """A multipart form as Letta's clients send it: the file, and what is to be different."""
    given = request.FILES.get("file")
    if given is None or given.size is None:
        raise Invalid("missing", ("body", "file"), "Field required")
    if given.size > LARGEST:
        raise Refused(413, f"An agent file is at most {LARGEST // 1024 // 1024} MB")
    try:
        document = clean(json.loads(given.read()), ("body", "file"))
    except (ValueError, RecursionError):
        raise Refused(400, "Corrupted agent file format.") from None
    if not isinstance(document, dict) or "agents" not in document:
        detail = "Legacy AgentSchema format is deprecated. Please use the new AgentFileSchema format with 'agents' field."
        raise Refused(400, detail)
    form = request.POST
    try:
        rows = agent_files.imported(
            document,
            name=form.get("name") or form.get("override_name") or None,
            suffix="_copy" if _yes(form.get("append_copy_suffix"), True) else "",
            strip_messages=_yes(form.get("strip_messages"), False),
            model=form.get("model") or form.get("override_model_handle") or None,
        )
    except agent_files.BadAgentFile as error:
        raise Invalid("value_error", ("body", "file"), f"Value error, {error}") from None
    return answer({"agent_ids": [row.pk for row in rows]})


def _yes(text: str | None, default: bool) -> bool:
    return default if text is None else text.lower() in ("true", "1", "yes", "on")
