"""Freezing: an agent whose memory stays stored and is otherwise left alone, until it is thawed or deleted.

Not in Letta's API. A privacy request asks for it: restriction of processing, and the time in which a person is erased.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from engine.models import TERMINAL, Agent, Archive, Block, Run
from engine.runs.stopping import end

SENTENCE = "This agent is frozen because of a privacy request. Nothing may be read, learned or changed until it is thawed."


def freeze(agent_id: str) -> bool:
    """Freeze the agent and cancel its runs that have not ended; False when there is none. Safe to repeat."""
    with transaction.atomic():
        # The lock under which runs are queued and steps are written: after it, none of either.
        agent = Agent.objects.select_for_update(no_key=True).filter(pk=agent_id).first()
        if agent is None:
            return False
        for run in agent.runs.exclude(status__in=TERMINAL).select_for_update(no_key=True).order_by("position"):
            end(run, agent, "cancelled")
        if agent.frozen_at is None:
            Agent.objects.filter(pk=agent_id).update(frozen_at=timezone.now())
    return True


def thaw(agent_id: str) -> bool:
    """Let the agent be used again; False when there is none. Safe to repeat."""
    return bool(Agent.objects.filter(pk=agent_id).update(frozen_at=None))


def is_frozen(agent_id: str) -> bool:
    """Whether the agent is frozen."""
    return frozen_agents().filter(pk=agent_id).exists()


def frozen_agents() -> QuerySet[Agent]:
    """The agents that are frozen; from an index that is empty on most days."""
    return Agent.objects.filter(frozen_at__isnull=False)


def covered(model: type[Block] | type[Archive]) -> list[str]:
    """The ids of the blocks, or archives, that belong to frozen agents and to no other."""
    frozen = list(frozen_agents().values_list("pk", flat=True))
    if not frozen:
        return []
    theirs = set(model._default_manager.filter(agents__in=frozen).values_list("pk", flat=True))
    free = model._default_manager.filter(pk__in=theirs, agents__in=Agent.objects.filter(frozen_at=None))
    return sorted(theirs - set(free.values_list("pk", flat=True)))


def covers(kind: str, pk: str) -> bool:
    """Whether a block, archive or run belongs to frozen agents. What an agent that is not frozen shares is not covered."""
    if kind == "run":
        return Run.objects.filter(pk=pk, agent__frozen_at__isnull=False).exists()
    having = Agent.objects.filter(blocks=pk) if kind == "block" else Agent.objects.filter(archive=pk)
    return having.filter(frozen_at__isnull=False).exists() and not having.filter(frozen_at=None).exists()
