"""Creating the Letta agent of a subject that so far exists only here, or adopting the one that is there already."""

from memory_sdk import NewBlock
from subjects.giving import give
from subjects.letta import agents
from subjects.models import Revision, Subject
from subjects.snapshots import mirror
from subjects.tagging import telling


def set_up(subject: Subject) -> None:
    """Give `subject` its agent. Safe to repeat, also after an answer that got lost: an agent that exists is adopted.

    Raises:
        LettaError: Letta refused or did not answer; nothing is recorded then.
    """
    blocks = list(subject.blocks.filter(removed_at=None))
    shared = {block.label: block.block_id for block in blocks if block.block_id is not None}
    wanted = [
        NewBlock(
            label=block.label,
            description=block.description,
            value=block.value,
            limit=block.limit,
            read_only=block.read_only,
        )
        for block in blocks
        if block.block_id is None
    ]
    agent = agents().find_agent(subject.subject_id)
    if agent is None:
        agent = agents().create_agent(
            subject.subject_id,
            wanted,
            kind="user" if subject.kind == "user" else "subject",
            shared_block_ids=list(shared.values()),
        )
        seen = list(agent.blocks or ())
    else:
        seen = list(agent.blocks or ())
        there = {block.label for block in seen}
        seen += [give(subject, agent.id, block) for block in wanted if block.label not in there]
        for label, block_id in shared.items():
            if label not in there:
                agents().attach_block(agent.id, block_id)
                seen.append(agents().get_block(block_id))
    mirror(subject, seen, Revision.Source.OUTSIDE)
    Subject.objects.filter(pk=subject.pk, agent_id=None).update(
        agent_id=agent.id, tags=telling(subject.subject_id, agent.tags), setup_error="", setup_refused=False
    )
    subject.agent_id = agent.id
