"""What a page of Letta's agents tells us: new subjects, agents that came back, changed blocks, doubled agents."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.actions import Action
from audit.recording import record
from memory_sdk import Agent, LettaError, NotFound, Unauthorized
from memory_sdk import Block as Seen
from memory_sdk.names import MAX_LIMIT, SUBJECT_TAG_PREFIX
from subjects.arriving import arrived, refused
from subjects.creation import retry_setup
from subjects.letta import agents
from subjects.models import Block, Revision, Subject
from subjects.outside import mark_if_gone, one_of_each_label, read_blocks
from subjects.tagging import telling

MAX_SUBJECT_ID = 200  # characters our column holds
MAX_LABEL = 200

Known = tuple[str | None, str, str, int, bool]
"""What tells that a block changed: its id, description, value, limit and whether it is read-only."""


@dataclass(slots=True)
class Taken:
    """What a page brought. `left_out`: agents that cannot be kept here, each with the reason, without personal text."""

    subjects: int = 0
    changes: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)


def take(page: Sequence[Agent], read_at: datetime) -> Taken:
    """Note what these agents (listed with their blocks, after `read_at`) tell. Safe to repeat.

    New subjects are kept with their blocks at once. Where an agent was active since we last knew, its subject is marked
    for a look (`Subject.look_at`); where only blocks differ, they are read anew, alone, because the page may be older
    than what we have.

    Raises:
        Unauthorized: Letta refused our key; what was noted until then is kept. Other trouble is left for a look.
    """
    taken = Taken()
    known = {subject.agent_id: subject for subject in Subject.objects.filter(agent_id__in=[agent.id for agent in page])}
    # A frozen subject stays as it is: what happens to its agent meanwhile is read when it is thawed.
    pairs = [(subject, agent) for agent in page if (subject := known.get(agent.id)) and subject.frozen_at is None]
    _note_activity(pairs)
    taken.changes = _compare(pairs, read_at)
    new = []
    for agent in page:
        if agent.id in known:
            continue
        if problem := _problem(agent):
            taken.left_out.append((agent.id, problem))
        else:
            new.append(agent)
    new = _admitted(new, taken)
    kept = _welcome(new, read_at)
    taken.subjects = len(kept)
    _meet_rivals([agent for agent in new if agent.id not in kept], taken)
    return taken


def settle_duplicates(subject: Subject, seen: Collection[str] = ()) -> None:
    """Ask Letta which agents carry the subject's id: note those too many, or take the new one when ours is gone.

    `seen`: agents of that id that were listed just now.
    """
    assert subject.agent_id is not None
    try:
        best = agents().find_agent(subject.subject_id, with_blocks=False)
        found = [] if best is None else [best.id, *best.duplicates]
    except ValueError:  # an id that the SDK does not look up; other programs may use it all the same
        found = [agent_id for agent_id in {*seen, *subject.duplicate_agent_ids} if _exists(agent_id)]
    if found and subject.agent_id not in found and mark_if_gone(subject):
        _follow(subject, found[0])
    Subject.objects.filter(pk=subject.pk).update(
        duplicate_agent_ids=sorted(agent_id for agent_id in found if agent_id != subject.agent_id)
    )


def _exists(agent_id: str) -> bool:
    try:
        agents().get_agent(agent_id)
    except NotFound:
        return False
    return True


# known subjects -------------------------------------------------------------------------------------------------------


def _note_activity(pairs: Sequence[tuple[Subject, Agent]]) -> None:
    now = timezone.now()
    moved = []
    retagged = []
    for subject, agent in pairs:
        if (tags := telling(subject.subject_id, agent.tags)) != subject.tags:
            subject.tags = tags
            retagged.append(subject)
        active = agent.last_activity is not None and agent.last_activity != subject.activity_at
        if active or subject.gone_at is not None:
            subject.activity_at, subject.look_at, subject.gone_at = agent.last_activity, now, None
            moved.append(subject)
    Subject.objects.bulk_update(moved, ["activity_at", "look_at", "gone_at"])
    Subject.objects.bulk_update(retagged, ["tags"])


def _compare(pairs: Sequence[tuple[Subject, Agent]], read_at: datetime) -> int:
    """Returns the number of blocks that others changed."""
    quiet = [(subject, agent) for subject, agent in pairs if subject.look_at is None]
    ours = _blocks_of([subject.pk for subject, _ in quiet])
    same: list[UUID] = []
    later: list[UUID] = []
    changes = 0
    for subject, agent in quiet:
        theirs = {block.label: _known(block) for block in one_of_each_label(agent.blocks or ())}
        if theirs == ours[subject.pk]:
            same.append(subject.pk)
        elif later:
            later.append(subject.pk)
        else:
            try:
                changes += read_blocks(subject) or 0
            except Unauthorized:
                raise
            except NotFound:
                mark_if_gone(subject)
            except LettaError:
                later.append(subject.pk)
    Subject.objects.filter(Q(mirrored_at=None) | Q(mirrored_at__lt=read_at), pk__in=same).update(mirrored_at=read_at)
    # A look knows how to go on when one subject's blocks cannot be read. Without a time of activity it reads them.
    Subject.objects.filter(pk__in=later).update(look_at=timezone.now(), activity_at=None)
    return changes


def _blocks_of(subject_pks: Sequence[UUID]) -> dict[UUID, dict[str, Known]]:
    blocks: dict[UUID, dict[str, Known]] = defaultdict(dict)
    for block in Block.objects.filter(subject__in=subject_pks, removed_at=None, block_id__isnull=False).order_by():
        blocks[block.subject_id][block.label] = _known(block)
    return blocks


def _known(block: Block | Seen) -> Known:
    id = block.block_id if isinstance(block, Block) else block.id
    return id, block.description, block.value, block.limit, block.read_only


# new ones -------------------------------------------------------------------------------------------------------------


def _problem(agent: Agent) -> str | None:
    if agent.subject_id is None:
        return "Its tags and name do not say which subject it belongs to."
    if len(agent.subject_id) > MAX_SUBJECT_ID:
        return f"Its subject id is longer than {MAX_SUBJECT_ID} characters."
    if any(len(block.label) > MAX_LABEL for block in agent.blocks or ()):
        return f"It has a block whose label is longer than {MAX_LABEL} characters."
    if any(block.limit > MAX_LIMIT for block in agent.blocks or ()):
        return f"It has a block whose limit is above {MAX_LIMIT:,} characters."
    return None


def _admitted(arrived: Sequence[Agent], taken: Taken) -> list[Agent]:
    """Those whom nobody refuses, for example because they were erased; the others are noted as left out."""
    refusals = refused({agent.subject_id or "": agent.id for agent in arrived})
    taken.left_out += [(agent.id, refusals[agent.subject_id or ""]) for agent in arrived if agent.subject_id in refusals]
    return [agent for agent in arrived if agent.subject_id not in refusals]


def _welcome(arrived: Sequence[Agent], read_at: datetime) -> set[str]:
    """Keep subjects that are new; returns the ids of their agents."""
    first = {agent.subject_id: agent for agent in reversed(arrived)}
    taken = Subject.objects.in_bulk(list(first), field_name="subject_id")
    new = [_subject(agent, read_at) for subject_id, agent in first.items() if subject_id not in taken]
    return _keep(new, {agent.id: agent for agent in first.values()}) if new else set()


def _subject(agent: Agent, read_at: datetime) -> Subject:
    assert agent.subject_id is not None
    is_subject = any(tag.startswith(SUBJECT_TAG_PREFIX) for tag in agent.tags)
    return Subject(
        subject_id=agent.subject_id,
        kind=Subject.Kind.SUBJECT if is_subject else Subject.Kind.USER,
        agent_id=agent.id,
        tags=telling(agent.subject_id, agent.tags),
        created_at=agent.created_at or read_at,
        mirrored_at=read_at,
        activity_at=agent.last_activity,
        look_at=read_at,
    )


@transaction.atomic
def _keep(subjects: Sequence[Subject], by_id: dict[str, Agent]) -> set[str]:
    """Store new subjects with their blocks; returns the ids of the agents. Whoever was quicker has won."""
    Subject.objects.bulk_create(subjects, ignore_conflicts=True)
    stored = set(Subject.objects.filter(pk__in=[subject.pk for subject in subjects]).values_list("pk", flat=True))
    kept = [subject for subject in subjects if subject.pk in stored]
    blocks = [
        Block(
            subject=subject,
            block_id=theirs.id,
            label=theirs.label,
            description=theirs.description,
            value=theirs.value,
            limit=theirs.limit,
            read_only=theirs.read_only,
            position=position,
            line_revisions=[1] * (theirs.value.count("\n") + 1),
        )
        for subject in kept
        for position, theirs in enumerate(one_of_each_label(by_id[subject.agent_id or ""].blocks or ()))
    ]
    Block.objects.bulk_create(blocks)
    Revision.objects.bulk_create(
        Revision(
            block=block,
            number=1,
            value=block.value,
            description=block.description,
            limit=block.limit,
            source=Revision.Source.OUTSIDE,
        )
        for block in blocks
    )
    record(Action.IMPORTED_SUBJECT, by=None, subjects=[subject.pk for subject in kept])
    if kept:
        arrived.send(sender=Subject, subjects=kept)
    return {subject.agent_id or "" for subject in kept}


def _meet_rivals(rivals: Sequence[Agent], taken: Taken) -> None:
    """Letta has other agents for subjects we know."""
    ids: dict[str | None, set[str]] = defaultdict(set)
    for agent in rivals:
        ids[agent.subject_id].add(agent.id)
    for subject in Subject.objects.filter(subject_id__in=[subject_id for subject_id in ids if subject_id]):
        try:
            if subject.agent_id is not None:
                settle_duplicates(subject, ids[subject.subject_id])
            elif subject.setup_refused:
                retry_setup(subject)  # it adopts the agent that is there now
        except Unauthorized:
            raise
        except LettaError as error:
            taken.left_out += [(agent_id, str(error)) for agent_id in ids[subject.subject_id]]


def _follow(subject: Subject, agent_id: str) -> None:
    """The subject's agent is gone and another one has its id: from now on that one is the subject's."""
    now = timezone.now()
    subject.agent_id = agent_id
    Subject.objects.filter(pk=subject.pk).update(
        agent_id=agent_id, gone_at=None, log_cursor="", activity_at=None, look_at=now, mirrored_at=None
    )
