"""`/v1/agents`: the agents themselves. Their blocks, messages and passages have modules of their own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import agents
from engine.api.agent_inputs import CreateAgent, Filters, Included, ListFilters, UpdateAgent, included
from engine.api.answers import answer
from engine.api.errors import BadArgument, Conflict, NotFound, Refused, no_agent, no_block
from engine.api.freezing import without_blocks
from engine.api.intake import AgentId
from engine.api.message_inputs import text_of
from engine.api.paging import Window, first_page, page
from engine.api.tag_lookup import by_tag_alone, look_up
from engine.models import Agent, Block
from engine.prompt import compiled
from engine.shapes.agents import agent as agent_shape
from engine.shapes.people import USER
from engine.shapes.tools import tool_id
from engine.tag_statistics import are_rare
from engine.tools import TOOLS, offered

router = Router()

# Fields of a creation that say what to do and are not kept.
_INSTRUCTIONS = {
    "memory_blocks", "block_ids", "tools", "tool_ids", "include_base_tools", "include_multi_agent_tools",
    "include_base_tool_rules", "include_default_source", "initial_message_sequence", "from_template", "template",
    "source_ids", "folder_ids", "identity_ids", "secrets", "tool_exec_environment_variables",
}  # fmt: skip
# Fields of an update that Letta takes from its own clients; the engine keeps these facts itself.
_OWN = {"message_ids", "last_run_completion", "last_run_duration_ms", "last_stop_reason"}


def _filtered(filters: Filters) -> QuerySet[Agent]:
    rows = Agent.objects.all()
    if filters.identity_id or filters.identifier_keys or filters.created_by_id not in (None, USER):
        return rows.none()
    if filters.tags:
        rows = rows.filter(**{"tags__contains" if filters.match_all_tags else "tags__overlap": filters.tags})
    if filters.name is not None:
        rows = rows.filter(name=filters.name)
    if filters.query_text:
        rows = rows.filter(name__icontains=filters.query_text)
    if filters.last_stop_reason is not None:
        rows = rows.filter(last_stop_reason=filters.last_stop_reason)
    for option in ("project_id", "template_id", "base_template_id"):
        if (value := getattr(filters, option)) is not None:
            rows = rows.filter(**{f"options__{option}": value})
    return rows if filters.show_hidden_agents else rows.exclude(hidden=True)


def _first_few(filters: ListFilters) -> QuerySet[Agent]:
    return first_page(_filtered(filters), _window(filters), filters.order_by, few=True)


def _window(filters: ListFilters) -> Window:
    return Window(filters.before, filters.after, filters.limit, filters.order == "desc")


@router.get("")
def list_agents(request: HttpRequest, filters: Query[ListFilters]) -> HttpResponse:
    few = bool(filters.tags) and are_rare(filters.tags or [], every=filters.match_all_tags)
    if few and by_tag_alone(filters):
        rows = look_up(filters, _first_few)
    else:
        rows = page(_filtered(filters), _window(filters), filters.order_by, few=few)
    wanted = included(request, filters.include, filters.include_relationships)
    of_agent = without_blocks(request, agents.blocks_of_many(rows)) if rows and "blocks" in wanted else {}
    return answer([agent_shape(row, of_agent.get(row.pk, []), wanted) for row in rows])


@router.get("/count")
def count_agents(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    return answer(_filtered(filters).count())


@router.post("")
def create_agent(request: HttpRequest, body: CreateAgent) -> HttpResponse:
    _refuse_beyond(body.beyond_the_engine)
    if body.agent_type == "split_thread_agent":
        raise Refused(400, f"Invalid agent type: AgentType.{body.agent_type}")
    fields = body.model_dump(exclude_unset=True)
    _check_models(fields)
    if not fields["model"]:
        raise BadArgument("Must specify either model or llm_config in request")
    _choose_tools(fields, offered(body.agent_type) if body.include_base_tools else ())
    first = [
        {"role": message.role, "text": text_of(message.content), "name": message.name, "otid": message.otid}
        for message in body.initial_message_sequence or []
    ]
    blocks = [block.model_dump() for block in body.memory_blocks or []]
    chosen = fields.get("tools")
    kept = {name: value for name, value in fields.items() if name not in _INSTRUCTIONS}
    if chosen is not None and tuple(chosen) != offered(body.agent_type):
        kept["tools"] = chosen
    try:
        row, attached = agents.create(kept, blocks, body.block_ids or [], first)
    except agents.LabelTaken as error:
        raise _label_taken() from error
    except Block.DoesNotExist as error:
        raise no_block(str(error)) from error
    return answer(agent_shape(row, attached))


@router.get("/{agent_id}")
def retrieve_agent(request: HttpRequest, agent_id: AgentId, query: Query[Included]) -> HttpResponse:
    row = find(agent_id)
    wanted = included(request, query.include, query.include_relationships)
    return answer(agent_shape(row, list(agents.blocks_of(agent_id)) if "blocks" in wanted else [], wanted))


@router.patch("/{agent_id}")
def update_agent(request: HttpRequest, agent_id: AgentId, body: UpdateAgent) -> HttpResponse:
    _refuse_beyond(body.beyond_the_engine)
    row = find(agent_id)
    fields = {name: value for name, value in body.model_dump(exclude_unset=True).items() if name not in _OWN}
    if fields.get("model") or fields.get("llm_config"):
        _check_models(fields)
    if fields.get("tool_ids") is not None:
        _choose_tools(fields, ())
    if fields.get("tags"):
        fields["tags"] = sorted(fields["tags"])  # as Letta answers after an update
    for name in _INSTRUCTIONS - {"tools", "block_ids"}:
        fields.pop(name, None)
    try:
        agents.update(row, fields)
    except agents.LabelTaken as error:
        raise _label_taken() from error
    except Block.DoesNotExist as error:
        raise no_block(str(error)) from error
    return answer(agent_shape(row, list(agents.blocks_of(agent_id))))


@router.delete("/{agent_id}")
def delete_agent(request: HttpRequest, agent_id: AgentId) -> HttpResponse:
    if not agents.delete(agent_id):
        raise NotFound(f"Agent not found with id='{agent_id}'")
    return answer({"message": f"Agent id={agent_id} successfully deleted"})


@router.post("/{agent_id}/recompile")
@router.post("/{agent_id}/system-prompt/recompile")
def recompile_agent(
    request: HttpRequest, agent_id: AgentId, update_timestamp: bool = False, dry_run: bool = False
) -> HttpResponse:
    """The compiled system prompt. Nothing has to be refreshed: the engine compiles it anew for every run."""
    return answer(compiled(find(agent_id), agents.blocks_of(agent_id)))


def find(agent_id: str) -> Agent:
    """The agent. Raises NotFound."""
    row = Agent.objects.filter(pk=agent_id).first()
    if row is None:
        raise no_agent(agent_id)
    return row


def _refuse_beyond(what: str | None) -> None:
    if what:
        raise Refused(501, f"The memory engine has no {what}. Connect a Letta server to use them.")


def _check_models(fields: dict[str, Any]) -> None:
    """Any handle will do; a configuration names one too."""
    config = fields.get("llm_config") or {}
    handle = fields.get("model") or config.get("handle")
    if not handle and config.get("model"):
        handle = f"{config.get('model_endpoint_type') or 'openai'}/{config['model']}"
    if handle and "/" not in handle:
        raise BadArgument("The model handle should be in the format provider/model-name")
    fields["model"] = handle
    embedding = fields.get("embedding_config") or {}
    if not fields.get("embedding") and embedding.get("embedding_model"):
        provider = embedding.get("embedding_endpoint_type") or "openai"
        fields["embedding"] = embedding.get("handle") or f"{provider}/{embedding['embedding_model']}"


def _choose_tools(fields: dict[str, Any], base: tuple[str, ...]) -> None:
    by_id = {tool_id(name): name for name in TOOLS}
    if unknown := {name for name in fields.get("tools") or [] if name not in TOOLS}:
        raise Refused(400, f"Tools not found by name: {unknown}")
    if unknown := {given for given in fields.get("tool_ids") or [] if given not in by_id}:
        raise Refused(400, f"Tools not found by id: {unknown}")
    asked = [*(fields.get("tools") or []), *(by_id[given] for given in fields.pop("tool_ids", None) or [])]
    fields["tools"] = list(dict.fromkeys([*base, *asked]))


def _label_taken() -> Conflict:
    return Conflict(
        "A unique constraint was violated for Agent. Check your input for duplicates: two blocks have the same label."
    )
