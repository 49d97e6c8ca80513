"""The worker's part of tidying up: a scratch agent with copies of the blocks reads all that was said, a part at a time.

What the copies have become is the proposal; then the scratch agent is deleted. A state machine like `delivery`: every
step is safe to repeat, and what Letta did without our hearing of it is looked up before it is done again.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Min, Sum
from django.db.models.functions import Length
from django.utils import timezone

from memory_sdk import LettaError, NewBlock, NotFound, Turn, Unauthorized
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after, wake
from subjects import delivery
from subjects.endings import KEPT, ended
from subjects.flags import told_to_the_agent
from subjects.learning import ADVANCE
from subjects.letta import agents
from subjects.models import Message, Proposal, Revision, Run, Subject, Tidy
from subjects.snapshots import mirror

logger = logging.getLogger(__name__)

PART = 20_000
"""characters of messages in one part; the AI Memory SDK cuts what is to be learned at the same length"""
FEW = 40  # messages read at once
LEFT_OVER = timedelta(days=1)
"""Age at which a scratch agent that no tidy-up here knows is deleted: it may be of another console on the same Letta."""
INSTRUCTION = (
    "Tidy up the memory. Nothing new has been said: what follows is what was said before, part {part} of about {parts}."
    " Revise every block: remove what stands there twice and what is outdated, put together what belongs together, and add"
    " what is missing only if it still holds. People have corrected the blocks, so where a block and the conversation"
    " disagree, the block is right. Keep names, numbers and dates as they are, and each block within its limit."
)
LOST = "Letta no longer has what the tidy-up was working on. The memory is as it was."
READ_ONLY = "Every block of this subject is read-only, so there is nothing to tidy up."


def advance(tidy_pk: str) -> float | None:
    """Do what can be done for the tidy-up now; returns the seconds until there is more to do, None for nothing.

    Never raises for what Letta does: that is recorded on the tidy-up, in words.
    """
    with exclusively(f"tidy:{tidy_pk}") as mine:
        while mine:
            tidy = Tidy.objects.select_related("subject").filter(pk=tidy_pk).first()
            if tidy is None:
                return None
            _update(tidy, wake_at=timezone.now() + delivery.SILENCE)
            try:
                pause = _step(tidy)
            except LettaError as error:
                pause = _trouble(tidy, error)
            else:
                if tidy.tries:
                    _update(tidy, tries=0, failure="" if tidy.state in Tidy.WORKED_ON else tidy.failure)
            if pause:
                _update(tidy, wake_at=timezone.now() + timedelta(seconds=pause) + delivery.SILENCE)
                return pause
            # Rest only if nobody changed its state at this moment.
            same = Tidy.objects.filter(pk=tidy.pk, state=tidy.state, scratch_agent_id=tidy.scratch_agent_id)
            if pause is None and same.update(wake_at=None):
                return None
    return None


def due(limit: int = 200) -> list[str]:
    """Claim the tidy-ups that stand still, for the sweep: their ids, none of them twice within a while."""
    now = timezone.now()
    with transaction.atomic():
        rows = Tidy.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [tidy.pk for tidy in rows.only("pk")]
        Tidy.objects.filter(pk__in=ids).update(wake_at=now + delivery.SILENCE)
    return [str(pk) for pk in ids]


def delete_left_over() -> int:
    """Delete scratch agents that no tidy-up knows: their making was not confirmed, or their subject was erased."""
    deleted = 0
    try:
        for agent in agents().find_scratch_agents():
            old = agent.created_at is None or timezone.now() - agent.created_at > LEFT_OVER
            if old and not Tidy.objects.filter(scratch_agent_id=agent.id).exists():
                agents().delete_agent(agent.id)
                deleted += 1
    except LettaError as error:
        logger.warning("left-over scratch agents are looked for later: %s", error)
    return deleted


def _step(tidy: Tidy) -> float | None:
    """One step; returns how long to wait before the next, 0 to go on at once, None when there is none."""
    if tidy.state == Tidy.State.QUEUED:
        return _start(tidy) if tidy.proposals.exists() else _copy_blocks(tidy)
    if tidy.state == Tidy.State.WORKING:
        return _watch(tidy) if tidy.letta_run_id else _send(tidy)
    if tidy.scratch_agent_id:
        agents().delete_agent(tidy.scratch_agent_id)
        _update(tidy, scratch_agent_id="")
        return 0.0
    return None


def _copy_blocks(tidy: Tidy) -> float | None:
    """Note what the blocks are now and how much there is to read, between two runs of the subject."""
    subject = tidy.subject
    assert subject.agent_id is not None
    with exclusively(f"subject:{subject.pk}") as mine:
        if not mine:
            return 0.2
        if subject.runs.filter(state__in=Run.OPEN).exists():
            return 2.0  # what is being learned belongs into the memory first
        mirror(subject, agents().list_blocks(subject.agent_id), Revision.Source.OUTSIDE)
        said = Message.objects.filter(subject=subject).aggregate(
            first=Min("pk"), last=Max("pk"), characters=Sum(Length("content"))
        )
        blocks = subject.blocks.filter(removed_at=None, read_only=False).annotate(number=Max("revisions__number"))
        proposals = [
            Proposal(tidy=tidy, block=block, base=block.number, value=block.value) for block in blocks if block.number
        ]
    if Subject.objects.filter(pk=subject.pk, wake_at__isnull=False).exists():
        wake(ADVANCE, str(subject.pk))  # its worker may have met our lock and gone
    if not proposals:
        _end(tidy, Tidy.State.FAILED, READ_ONLY)
        return 0.0
    with transaction.atomic():
        Proposal.objects.bulk_create(proposals)
        _update(
            tidy,
            next_message=said["first"] or 0,
            last_message=said["last"] or 0,
            characters=said["characters"] or 0,
        )
    return 0.0


def _start(tidy: Tidy) -> float:
    """The scratch agent, with the copies."""
    key = f"tidy-{tidy.pk}"
    found = agents().find_scratch_agents(key) if tidy.sending_at else []
    if found:
        agent_id = found[0].id
    else:
        _update(tidy, sending_at=timezone.now())
        agent_id = agents().create_scratch_agent(key, _copies(tidy))
    _update(tidy, scratch_agent_id=agent_id, sending_at=None)
    Tidy.objects.filter(pk=tidy.pk, state=Tidy.State.QUEUED).update(state=Tidy.State.WORKING, failure="")
    return 0.0


def _copies(tidy: Tidy) -> list[NewBlock]:
    return [
        NewBlock(proposal.block.label, proposal.block.description, proposal.value, proposal.block.limit)
        for proposal in tidy.proposals.select_related("block")
    ]


def _send(tidy: Tidy) -> float:
    turns, _, _, _ = _part(tidy)
    if not turns and tidy.part:
        return _propose(tidy)
    key = f"tidy-{tidy.pk}-{tidy.part}"
    run_id = None
    if tidy.sending_at:
        run_id = agents().find_run(tidy.scratch_agent_id, key, since=tidy.sending_at - timedelta(minutes=2))
        if run_id is None and (early := tidy.sending_at + delivery.IN_FLIGHT - timezone.now()) > timedelta(0):
            return early.total_seconds()  # the request may still be on its way
    if run_id is None:
        _update(tidy, sending_at=timezone.now())
        run_id = agents().send_messages(tidy.scratch_agent_id, [_instruction(tidy), *turns], key)
    _update(tidy, letta_run_id=run_id, sending_at=None, sent_at=timezone.now(), failure="")
    return delivery.FIRST_LOOK


def _instruction(tidy: Tidy) -> Turn:
    parts = max(-(-tidy.characters // PART), tidy.part + 1)
    text = INSTRUCTION.format(part=tidy.part + 1, parts=parts)
    return Turn(role="system", content=f"{text} {told_to_the_agent(tidy.subject)}".strip())


def _part(tidy: Tidy) -> tuple[list[Turn], int, int, int]:
    """The turns of the present part, the message and the offset at which the next begins, and its characters."""
    turns: list[Turn] = []
    room, next_message, offset = PART, tidy.next_message, tidy.offset
    while room > 0 and (rows := _messages(tidy, next_message)):
        for message in rows:
            text = message.content[offset : offset + room]
            if text.strip():
                turns.append(Turn(role=message.role, content=text))
            room -= len(text)
            if offset + len(text) < len(message.content):
                return turns, message.pk, offset + len(text), PART - room
            next_message, offset = message.pk + 1, 0
    return turns, next_message, offset, PART - room


def _messages(tidy: Tidy, first: int) -> list[Message]:
    """The next few: a part is rarely more, and what is left of a long history stays where it is."""
    rows = Message.objects.filter(subject=tidy.subject_id, pk__gte=first, pk__lte=tidy.last_message)
    return list(rows.order_by("pk").only("pk", "role", "content")[:FEW])


def _watch(tidy: Tidy) -> float:
    assert tidy.sent_at is not None
    state = agents().get_run(tidy.letta_run_id)
    age = timezone.now() - tidy.sent_at
    end = ended(state, age)
    if end is None:
        seconds = age.total_seconds()
        return 0.15 if seconds < 2 else 0.5 if seconds < 10 else 2.0
    if end[0] != Run.State.COMPLETED:
        _end(tidy, Tidy.State.FAILED, end[1].replace(KEPT, "The memory is as it was."))
        return 0.0
    _, message, offset, characters = _part(tidy)
    _update(
        tidy,
        letta_run_id="",
        part=tidy.part + 1,
        next_message=message,
        offset=offset,
        characters_read=tidy.characters_read + characters,
    )
    return 0.0


def _propose(tidy: Tidy) -> float:
    revised = {block.label: block.value for block in agents().list_blocks(tidy.scratch_agent_id)}
    changed = []
    for proposal in tidy.proposals.select_related("block"):
        value = revised.get(proposal.block.label, proposal.value)
        if value != proposal.value:
            proposal.value = value
            changed.append(proposal)
    with transaction.atomic():
        state = Tidy.State.READY if changed else Tidy.State.NOTHING
        now = timezone.now()
        ended_at = None if changed else now
        # Dismissed meanwhile: then nobody asks what came of it.
        if Tidy.objects.filter(pk=tidy.pk, state=Tidy.State.WORKING).update(
            state=state, ready_at=now, ended_at=ended_at, failure=""
        ):
            Proposal.objects.bulk_update(changed, ["value"])
            tidy.proposals.exclude(pk__in=[proposal.pk for proposal in changed]).delete()
    return 0.0


def _trouble(tidy: Tidy, error: LettaError) -> float:
    logger.warning("tidy-up %s: %s", tidy.pk, error)
    if error.permanent and not isinstance(error, Unauthorized) and tidy.state in Tidy.WORKED_ON:
        sentence = LOST if isinstance(error, NotFound) else f"{error} The memory is as it was."
        _end(tidy, Tidy.State.FAILED, sentence)
        return 0.0
    Tidy.objects.filter(pk=tidy.pk, state__in=Tidy.WORKED_ON).update(failure=str(error))
    _update(tidy, tries=tidy.tries + 1)
    return pause_after(tidy.tries, delivery.LONGEST_PAUSE)


def _end(tidy: Tidy, state: Tidy.State, failure: str) -> None:
    Tidy.objects.filter(pk=tidy.pk, state__in=Tidy.WORKED_ON).update(state=state, failure=failure, ended_at=timezone.now())


def _update(tidy: Tidy, **fields: object) -> None:
    Tidy.objects.filter(pk=tidy.pk).update(**fields)
