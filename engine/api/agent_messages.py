"""`/v1/agents/{agent_id}/messages`: give an agent something to learn from, and read its conversation."""

from __future__ import annotations

import re

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import agents, runs
from engine.api.agents import find
from engine.api.answers import answer
from engine.api.errors import Conflict, Invalid, NotFound, Refused
from engine.api.freezing import LOCKED
from engine.api.intake import AgentId
from engine.api.message_inputs import Cancel, CreateMessages, ListMessages
from engine.api.paging import Window, page
from engine.api.telling import taught
from engine.freezing import SENTENCE
from engine.models import TERMINAL, Agent, Run
from engine.prompt import compiled
from engine.shapes.messages import wire
from engine.shapes.runs import run as run_shape

SYNC_SECONDS = 600.0
"""How long a synchronous call waits for its run; one that takes longer is cancelled, so that nothing goes on unseen."""
KEY_LIMIT = 200
"""characters of an idempotency key"""

router = Router()


@router.get("/messages")
def list_messages(request: HttpRequest, agent_id: AgentId, query: Query[ListMessages]) -> HttpResponse:
    agent = find(agent_id)
    if query.limit == 0 or query.group_id or query.conversation_id not in (None, "default"):
        return answer([])  # the engine has no groups, and one conversation an agent
    descending = query.order == "desc"
    window = Window(query.before, query.after, query.limit, descending, log=True)
    rows = page(agent.messages.all(), window, "position")
    return answer(
        wire(
            rows,
            agent.agent_type,
            system=lambda: compiled(agent, agents.blocks_of(agent_id)),
            types=query.include_return_message_types,
            newest_first=descending,
        )
    )


@router.post("/messages")
def create_messages(request: HttpRequest, agent_id: AgentId, body: CreateMessages) -> HttpResponse:
    run = _queue(request, agent_id, body, background=False)
    try:
        run = runs.wait(run.pk, SYNC_SECONDS)
        if run.status not in TERMINAL:
            run = runs.cancel(run)
    except Run.DoesNotExist:
        raise NotFound(f"Agent with ID {agent_id} not found") from None
    if run.status == "failed":
        return _failed(run)
    rows = list(run.messages.filter(step__isnull=False).order_by("position"))
    agent_type = Agent.objects.values_list("agent_type", flat=True).get(pk=agent_id)
    return answer(
        {
            "messages": wire(rows, agent_type, types=body.include_return_message_types),
            "stop_reason": {"message_type": "stop_reason", "stop_reason": run.stop_reason},
            "usage": {
                "message_type": "usage_statistics",
                "completion_tokens": run.completion_tokens,
                "prompt_tokens": run.prompt_tokens,
                "total_tokens": run.prompt_tokens + run.completion_tokens,
                "step_count": run.steps,
                "run_ids": None,
                "cached_input_tokens": 0,
                "cache_write_tokens": 0,
                "reasoning_tokens": 0,
                "context_tokens": None,
            },
            "logprobs": None,
            "turns": None,
        }
    )


@router.post("/messages/async")
def create_messages_async(request: HttpRequest, agent_id: AgentId, body: CreateMessages) -> HttpResponse:
    return answer(run_shape(_queue(request, agent_id, body, background=True)))


@router.post("/messages/cancel")
def cancel_runs(request: HttpRequest, agent_id: AgentId, body: Cancel | None = None) -> HttpResponse:
    """Cancel the runs that are named, or all that have not ended. A run that has ended stays as it is."""
    named = (body and body.run_ids) or []
    open_or_named = Run.objects.filter(agent_id=agent_id).order_by("position")
    if named:
        found = open_or_named.in_bulk(named)
        results = {run_id: "cancelled" if run_id in found else "failed" for run_id in named}
    else:
        found = {run.pk: run for run in open_or_named.exclude(status__in=TERMINAL)}
        results = dict.fromkeys(found, "cancelled")
    if not results:
        raise Conflict(f"CONFLICT: No active runs to cancel for agent {agent_id}")
    for run in found.values():
        runs.cancel(run)
    return answer(results)


def _queue(request: HttpRequest, agent_id: str, body: CreateMessages, *, background: bool) -> Run:
    if body.beyond_the_engine:
        raise Refused(501, f"The memory engine has no {body.beyond_the_engine}.")
    key = request.headers.get("Idempotency-Key") or None
    if key and len(key) > KEY_LIMIT:
        raise Invalid("string_too_long", ("header", "Idempotency-Key"), f"String should have at most {KEY_LIMIT} characters")
    if not body.given:
        raise Refused(422, "Messages must not be empty")
    messages = [message.to_queue() for message in body.given]
    if not background and not any(message.text.strip() for message in messages):
        raise Refused(400, "Message content is empty or invalid")
    kind = "send_message_async" if background else "send_message"
    try:
        with transaction.atomic():
            taught(request, agent_id)
            return runs.queue(
                Agent(pk=agent_id),
                messages,
                background=background,
                idempotency_key=key,
                max_steps=body.max_steps,
                request_config=body.request_config,
                metadata={"run_type": kind, "lettuce": None} if background else {"run_type": kind},
            )
    except Agent.DoesNotExist:
        raise NotFound(f"Agent with ID {agent_id} not found") from None
    except runs.FrozenAgent:
        raise Refused(LOCKED, SENTENCE) from None


_ANSWERED = re.compile(r"endpoint answered (\d{3})")
_KINDS = {
    400: ("llm_bad_request", "The request to the LLM model provider was invalid."),
    401: ("llm_authentication", "Authentication failed with the LLM model provider."),
    429: ("llm_rate_limit", "The LLM model provider limits the rate of requests."),
}


def _failed(run: Run) -> HttpResponse:
    """A failed run, for somebody who waits for it: Letta passes the model endpoint's status on."""
    match = _ANSWERED.search(run.error or "")
    status = int(match[1]) if match and int(match[1]) in _KINDS else 502 if run.stop_reason == "llm_api_error" else 500
    kind, message = _KINDS.get(status, ("llm_error", "The run failed."))
    return answer({"error": {"type": kind, "message": message, "detail": run.error}}, status=status)
