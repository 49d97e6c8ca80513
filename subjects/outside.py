"""What other programs did to one subject: batches they sent, blocks they changed or removed, an agent that is gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from memory_sdk import Block as Seen
from memory_sdk import NotFound
from memory_sdk.agents import Agents
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from subjects.frozen import is_frozen
from subjects.letta import agents
from subjects.models import Block, Revision, Run, Subject
from subjects.outside_log import Touched, read_new, read_on
from subjects.recorded import record_revisions
from subjects.snapshots import mirror

IN_FLIGHT = (Run.State.SENDING, Run.State.LEARNING)
BUSY_PAUSE = timedelta(seconds=15)  # before a subject is looked at again that somebody was working on
CLOCK_SKEW = timedelta(minutes=2)  # by which Letta's clock and ours may differ


@dataclass(slots=True)
class Found:
    """What a look at one subject brought: batches of others, blocks they changed, whether the agent is gone."""

    runs: int = 0
    changes: int = 0
    gone: bool = False


def look(subject: Subject, until: float) -> Found:
    """Bring one subject in step: read on in its agent's log, then its blocks. Safe to repeat and to interrupt.

    `until`: the `time.monotonic()` at which to stop between two pages of a long log.

    Raises:
        LettaError: Letta refused or did not answer; what was read until then is kept.
    """
    # A run of ours that is under way will read the blocks at its end, and knows better whose changes they are.
    if subject.runs.filter(state__in=IN_FLIGHT).exists():
        Subject.objects.filter(pk=subject.pk).update(look_at=timezone.now() + BUSY_PAUSE)
        return Found()
    try:
        runs, finished, touched = read_on(subject, until)
        if not finished:
            return Found(runs=runs)
        changes, look_at = _look_at_blocks(subject, touched)
        Subject.objects.filter(pk=subject.pk).update(look_at=look_at)
    except NotFound:
        if mark_if_gone(subject):
            return Found(gone=True)
        Subject.objects.filter(pk=subject.pk).update(look_at=timezone.now() + BUSY_PAUSE)
        return Found()
    return Found(runs=runs, changes=changes)


def look_at_new(subjects: Sequence[Subject], until: float) -> tuple[int, list[Subject]]:
    """The same for those of `subjects` that have just come in with their blocks, many at a time.

    Returns how many batches of others were new, and those that `look` is for.
    """
    fresh = [subject for subject in subjects if not subject.log_cursor and _blocks_are_fresh(subject)]
    if not fresh:
        return 0, list(subjects)
    runs, left = read_new(fresh, until)
    return runs, [subject for subject in subjects if subject not in fresh] + left


def _blocks_are_fresh(subject: Subject) -> bool:
    """Whether they were read after the agent was last active."""
    read_at, active_at = subject.mirrored_at, subject.activity_at
    return read_at is not None and active_at is not None and read_at > active_at + CLOCK_SKEW


def mark_if_gone(subject: Subject, letta: Agents | None = None) -> bool:
    """Ask Letta for the subject's agent; returns whether there is none, which is noted with the time.

    Nothing of ours is deleted: what the assistant believed, and why, stays to be read.
    """
    assert subject.agent_id is not None
    rows = Subject.objects.filter(pk=subject.pk, agent_id=subject.agent_id)
    try:
        (letta or agents()).get_agent(subject.agent_id)
    except NotFound:
        rows.filter(gone_at=None).update(gone_at=timezone.now())
        rows.update(look_at=None)
        return True
    rows.update(gone_at=None)
    return False


def read_blocks(subject: Subject, touched: Touched | None = None, letta: Agents | None = None) -> int | None:
    """Read the subject's blocks and record what others changed; returns how many blocks that were.

    None: not now, because somebody is working on the subject or it is frozen. `letta`: a connection that is less
    patient.
    """
    assert subject.agent_id is not None
    with exclusively(f"subject:{subject.pk}") as mine:
        if not mine or subject.runs.filter(state__in=IN_FLIGHT).exists() or is_frozen(subject):
            return None
        seen = one_of_each_label((letta or agents()).list_blocks(subject.agent_id))
        changes = _record(subject, seen, touched or {})
    # A worker that was sent here meanwhile found the lock taken and went away.
    if Subject.objects.filter(pk=subject.pk, wake_at__lte=timezone.now()).exists():
        wake("subjects.tasks.advance", str(subject.pk))
    return changes


def record_blocks(subject: Subject, seen: Iterable[Seen]) -> int:
    """Record all blocks of the subject as Letta showed them, also those that are gone; returns how many changed.

    For who holds the subject's lock; others call `read_blocks`.
    """
    return _record(subject, one_of_each_label(seen), {})


def one_of_each_label(blocks: Iterable[Seen]) -> list[Seen]:
    """The blocks, of several with the same label the first: Letta lets an agent be created with such."""
    return list({block.label: block for block in reversed(list(blocks))}.values())[::-1]


def _look_at_blocks(subject: Subject, touched: Touched) -> tuple[int, datetime | None]:
    """Returns how many blocks others changed, and when to look again."""
    if _blocks_are_fresh(subject):
        return 0, None
    if subject.runs.filter(state__in=IN_FLIGHT).exists():
        return 0, None  # just found in the log: whoever watches it to its end reads the blocks then
    changes = read_blocks(subject, touched)
    return (0, timezone.now() + BUSY_PAUSE) if changes is None else (changes, None)


@transaction.atomic
def _record(subject: Subject, seen: Sequence[Seen], touched: Touched) -> int:
    changes = mirror(subject, seen, Revision.Source.OUTSIDE)
    _name_the_runs(subject, touched)
    missing = subject.blocks.filter(removed_at=None, block_id__isnull=False).exclude(label__in=[one.label for one in seen])
    for block in missing:
        last = block.revisions.aggregate(last=Max("number"))["last"] or 0
        removal = Revision.objects.create(
            block=block,
            number=last + 1,
            description=block.description,
            limit=block.limit,
            source=Revision.Source.REMOVED,
            reason="Another program took it off the agent.",
        )
        record_revisions([removal])
        Block.objects.filter(pk=block.pk).update(removed_at=timezone.now())
        changes += 1
    return changes


def _name_the_runs(subject: Subject, touched: Touched) -> None:
    """Put a change down to a run of others where the log leaves no doubt: only one run had that block in hand."""
    for label, letta_ids in touched.items():
        runs = list(subject.runs.filter(source=Run.Source.OUTSIDE, letta_run_id__in=letta_ids)[:2])
        if len(letta_ids) != 1 or len(runs) != 1:
            continue
        # Revision 1 is the block as we first saw it, which may be older than the run.
        changed = Revision.objects.filter(
            block__subject=subject, block__label=label, block__removed_at=None, source=Revision.Source.OUTSIDE, number__gt=1
        )
        if not changed.filter(run=runs[0]).exists():
            after = changed.filter(run=None, created_at__gte=runs[0].created_at)
            Revision.objects.filter(pk__in=after.order_by("number").values("pk")[:1]).update(run=runs[0])
