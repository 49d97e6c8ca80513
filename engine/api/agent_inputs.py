"""The bodies and queries of requests about agents."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from django.http import HttpRequest
from pydantic import AfterValidator, Field, field_validator, model_validator

from engine.api.block_inputs import CreateBlock
from engine.api.intake import UUID4, Fields, Int, is_new_client
from engine.api.paging import Limit, Order
from engine.tags import Tag

AGENT_TYPES = (
    "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent", "react_agent", "workflow_agent", "split_thread_agent",
    "sleeptime_agent", "voice_convo_agent", "voice_sleeptime_agent",
)  # fmt: skip
AgentType = Literal[
    "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent", "react_agent", "workflow_agent", "split_thread_agent",
    "sleeptime_agent", "voice_convo_agent", "voice_sleeptime_agent",
]  # fmt: skip
StopReason = Literal[
    "end_turn", "error", "llm_api_error", "invalid_llm_response", "invalid_tool_call", "max_steps", "max_tokens_exceeded",
    "no_tool_call", "tool_rule", "cancelled", "insufficient_credits", "requires_approval",
    "context_window_overflow_in_system_prompt",
]  # fmt: skip
Include = Literal[
    "agent.blocks", "agent.identities", "agent.managed_group", "agent.pending_approval", "agent.secrets", "agent.sources",
    "agent.tags", "agent.tools",
]  # fmt: skip

_NAME = re.compile(r"[\w '\-]*")


def _fit_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            "Agent name contains invalid characters. Only letters (any language), digits, spaces, hyphens, underscores, and "
            "apostrophes are allowed."
        )
    return name


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("not a time zone of the IANA database")
    return zone


Name = Annotated[str, AfterValidator(_fit_name)]
Zone = Annotated[str, AfterValidator(_known_zone)]
BlockIdIn = Annotated[str, Field(min_length=42, max_length=42, pattern=f"^block-{UUID4}$")]
Dict = dict[str, Any]


class AgentFields(Fields):
    """What agents can be given at their creation and afterwards."""

    tool_ids: list[str] | None = None
    source_ids: list[str] | None = None
    folder_ids: list[str] | None = None
    block_ids: list[BlockIdIn] | None = None
    tool_rules: list[Dict] | None = None
    tags: list[Tag] | None = None
    system: str | None = None
    description: str | None = None
    metadata: Dict | None = None
    llm_config: Dict | None = None
    embedding_config: Dict | None = None
    model: str | None = None
    embedding: str | None = None
    model_settings: Dict | None = None
    compaction_settings: Dict | None = None
    context_window_limit: Int | None = None
    max_tokens: Int | None = None
    reasoning: bool | None = None
    tool_exec_environment_variables: dict[str, str] | None = None
    secrets: dict[str, str] | None = None
    project_id: str | None = None
    template_id: str | None = None
    base_template_id: str | None = None
    identity_ids: list[str] | None = None
    enable_sleeptime: bool | None = None
    response_format: Dict | None = None
    timezone: Zone | None = None
    max_files_open: Int | None = None
    per_file_view_window_char_limit: Int | None = None
    hidden: bool | None = None
    parallel_tool_calls: bool | None = None

    @property
    def beyond_the_engine(self) -> str | None:
        """What is asked for that the engine does not have."""
        asked = {
            "sleep-time agent pairs (enable_sleeptime)": self.enable_sleeptime,
            "folders and sources": self.source_ids or self.folder_ids,
            "identities": self.identity_ids,
            "secrets and tool environment variables": self.secrets or self.tool_exec_environment_variables,
        }
        return next((what for what, value in asked.items() if value), None)


class FirstMessage(Fields):
    """A message that an agent's conversation starts with."""

    role: Literal["user", "system", "assistant"]
    content: str | list[Dict]
    name: str | None = None
    otid: str | None = None


class CreateAgent(AgentFields):
    name: Name = Field(default=None, validate_default=False)  # type: ignore[assignment]  # absent: a random name; null: 422
    memory_blocks: list[CreateBlock] | None = None
    tools: list[str] | None = None
    agent_type: AgentType = "letta_v1_agent"
    initial_message_sequence: list[FirstMessage] | None = None
    include_base_tools: bool = True
    include_multi_agent_tools: bool = False
    include_base_tool_rules: bool | None = None
    include_default_source: bool = False
    embedding_chunk_size: Int | None = None
    max_reasoning_tokens: Int | None = None
    enable_reasoner: bool | None = None
    from_template: str | None = None
    template: bool = False
    message_buffer_autoclear: bool = False

    @model_validator(mode="after")
    def _voice_needs_a_pair(self) -> CreateAgent:
        if self.agent_type == "voice_convo_agent" and not self.enable_sleeptime:
            raise ValueError("Agent type AgentType.voice_convo_agent requires enable_sleeptime to be True")
        return self


class UpdateAgent(AgentFields):
    name: str | None = None
    message_ids: list[str] | None = None
    message_buffer_autoclear: bool | None = None
    last_run_completion: str | None = None
    last_run_duration_ms: Int | None = None
    last_stop_reason: StopReason | None = None

    @field_validator("name")
    @classmethod
    def _fit(cls, name: str | None) -> str | None:
        return name and _fit_name(name)


class Filters(Fields):
    name: str | None = None
    tags: list[str] | None = None
    match_all_tags: bool = False
    query_text: str | None = None
    project_id: str | None = None
    template_id: str | None = None
    base_template_id: str | None = None
    identity_id: str | None = None
    identifier_keys: list[str] | None = None
    show_hidden_agents: bool | None = False
    last_stop_reason: StopReason | None = None
    created_by_id: str | None = None


class Included(Fields):
    include: list[Include] = []
    include_relationships: list[str] | None = None


class ListFilters(Filters, Included):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 50
    order: Order = "desc"
    order_by: Literal["created_at", "updated_at", "last_run_completion"] = "created_at"


def included(request: HttpRequest, include: list[Include], relationships: list[str] | None) -> frozenset[str]:
    """Which relations to show: those asked for; with nothing asked, a client of before 1.0 is shown everything."""
    if include:
        wanted = {name.removeprefix("agent.") for name in include}
    elif relationships is not None:
        wanted = {"blocks" if name == "memory" else name for name in relationships}
    elif is_new_client(request):
        return frozenset()
    else:
        return frozenset({"blocks", "tags", "tools"})
    if "blocks" in wanted:
        wanted.add("tags")  # Letta loads both together
    return frozenset(wanted)
