"""Which tools an agent has: those its creator chose, or those of its type."""

from __future__ import annotations

from engine.models import Agent
from engine.tools import offered


def tools_of(agent: Agent) -> tuple[str, ...]:
    """Names of the agent's tools, in the order in which its learner is offered them."""
    chosen = agent.options.get("tools")
    return offered(agent.agent_type) if chosen is None else tuple(chosen)
