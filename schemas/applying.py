"""Bringing one subject to where a rollout wants it: planned, written down, asked of Letta, recorded. Safe to repeat.

What is about to be done is written down before Letta is asked: whose change it is (`Edit`) and what was before
(`RolloutItem.before`). Whoever is killed in between leaves that behind, and the next one begins by looking what arrived.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from memory_sdk import Block as Seen
from memory_sdk import BlockChange, LettaError, NewBlock, NotFound, Refused
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from schemas.asking import Letta, create_once
from schemas.facts import Facts
from schemas.models import RolloutItem
from schemas.planning import Addition, Change, Plan
from schemas.recording import Done, record_done, record_seen
from schemas.undoing import Before
from subjects import delivery
from subjects.models import Block, Edit, Revision, Subject
from subjects.outside import IN_FLIGHT, mark_if_gone, record_blocks
from subjects.snapshots import mirror

_SKIPPED = "It is {}, so nothing was changed."
MOST_LOOKS = 3  # at a subject whose blocks are not what we thought, before it is given up


class Busy(Exception):
    """Not now: a run is learning, or somebody else is at work on this subject. Nothing was changed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LeftOut(Exception):
    """Nothing is to be done for this subject: `reason`."""

    def __init__(self, reason: RolloutItem.Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Errand(Protocol):
    """What is wanted of each subject, on the way there or on the way back."""

    reason: str
    """Stands at every revision: the template and its version."""
    editor: User | None
    back: bool

    def prepare(self, subjects: Iterable[UUID]) -> None:
        """Read at once what `plan` needs to know of these subjects beside their blocks."""
        ...

    def plan(self, item: RolloutItem, subject: Subject, blocks: Sequence[Block], facts: Facts) -> Plan:
        """What is to be done to the subject, whose `blocks` are as our mirror has them. Raises LeftOut."""
        ...

    def version_after(self, item: RolloutItem) -> UUID | None:
        """The version on which the subject is then; None: on none."""
        ...


def left_out(subject: Subject) -> RolloutItem.Reason | None:
    """Why nothing may be done to a subject; None when it may."""
    if subject.frozen_at is not None:
        erasing = subject.frozen_for == Subject.FrozenFor.ERASURE
        return RolloutItem.Reason.ERASING if erasing else RolloutItem.Reason.FROZEN
    if subject.gone_at is not None:
        return RolloutItem.Reason.GONE
    return RolloutItem.Reason.NO_AGENT if subject.agent_id is None else None


def bring(item: RolloutItem, errand: Errand, letta: Letta) -> None:
    """Do for one subject what its rollout wants, and write down the result.

    Raises:
        Busy: not now.
        LettaError: Letta refused or did not answer. What arrived is recognised the next time.
    """
    with _alone(item.subject_id):
        subject = Subject.objects.get(pk=item.subject_id)
        try:
            if (reason := left_out(subject)) is not None:
                raise LeftOut(reason)
            if subject.runs.filter(state__in=IN_FLIGHT).exists():
                raise Busy(3.0)  # its changes are its own, and it reads the blocks at its end
            _bring(item, subject, errand, letta)
        except LeftOut as out:
            record_done(
                item,
                subject,
                Done(RolloutItem.State.SKIPPED, errand.reason, note=_SKIPPED.format(out.reason.label)),
                letta.requests,
            )


@contextmanager
def _alone(subject_pk: UUID) -> Iterator[None]:
    with exclusively(f"subject:{subject_pk}") as mine:
        if not mine:
            raise Busy(1.0)
        yield
    # A worker that was sent to this subject meanwhile found the lock taken and went away.
    if Subject.objects.filter(pk=subject_pk, wake_at__lte=timezone.now()).exists():
        wake("subjects.tasks.advance", str(subject_pk))


def _bring(item: RolloutItem, subject: Subject, errand: Errand, letta: Letta) -> None:
    if item.asked_at is not None or Edit.objects.filter(block__subject=subject).exists():
        _settle(item, subject, letta)
    for look in range(1, MOST_LOOKS + 1):
        plan = _plan(item, subject, errand)
        if _read_values(subject, plan, letta):
            plan = _plan(item, subject, errand)
        plan, conflicts = _without_conflicts(plan)
        before = Before.of(item, subject)
        if not plan.is_empty:
            before.note(plan)
            _announce(item, plan, before, errand)
        try:
            done = _send(item, subject, plan, before, errand, letta)
            break
        except Refused as error:
            # A block was deleted, or another program attached one of the same label: plan anew on what there is.
            if look == MOST_LOOKS or error.status not in (404, 409):
                raise
            _look(subject, letta)
    done.kinds = [str(one.kind) for one in plan.found]
    done.note = " ".join([*conflicts, *plan.notes])
    done.state = RolloutItem.State.FAILED if conflicts else done.state
    done.version, done.moves = errand.version_after(item), not conflicts
    record_done(item, subject, done, letta.requests)


def _plan(item: RolloutItem, subject: Subject, errand: Errand) -> Plan:
    blocks = list(subject.blocks.filter(removed_at=None, block_id__isnull=False))
    return errand.plan(item, subject, blocks, Facts.of(blocks))


def _settle(item: RolloutItem, subject: Subject, letta: Letta) -> None:
    """Look what arrived of something that was cut off: an earlier attempt of ours, or a person's edit."""
    since = item.asked_at or timezone.now()
    for asked_at in Edit.objects.filter(block__subject=subject).values_list("created_at", flat=True):
        since = max(since, asked_at) if item.asked_at else asked_at
    early = since + delivery.IN_FLIGHT - timezone.now()
    # A change that still arrives does no harm; a block that is created twice, or a person's edit undone, would.
    in_doubt = item.before is not None and None in Before.stored(item).added.values()
    persons = Edit.objects.filter(block__subject=subject).exclude(source=Revision.Source.TEMPLATE).exists()
    if (in_doubt or persons) and early.total_seconds() > 0:
        raise Busy(early.total_seconds())
    _look(subject, letta)


def _look(subject: Subject, letta: Letta) -> None:
    assert subject.agent_id is not None
    try:
        seen = letta().list_blocks(subject.agent_id)
    except NotFound:
        letta.requests += 1
        if mark_if_gone(subject):
            raise LeftOut(RolloutItem.Reason.GONE) from None
        raise
    record_blocks(subject, seen)


def _read_values(subject: Subject, plan: Plan, letta: Letta) -> bool:
    """Read what Letta has where a value is to be replaced or removed; returns whether it was anything else than ours."""
    blocks = [change.block for change in plan.changes if change.value is not None] + plan.removals
    seen = []
    for block in blocks:
        assert block.block_id is not None
        try:
            seen.append(letta().get_block(block.block_id))
        except NotFound:
            _look(subject, letta)
            return True
    return bool(seen) and mirror(subject, seen, Revision.Source.OUTSIDE) > 0


def _without_conflicts(plan: Plan) -> tuple[Plan, list[str]]:
    """The plan without values that changed since they were counted, and a sentence for each of those."""
    told: list[str] = []
    kept = []
    for change in plan.changes:
        if change.value is not None and change.base is not None:
            latest = change.block.revisions.order_by("-number").values_list("number", flat=True).first()
            if latest != change.base:
                told.append(
                    f"{change.block.label} changed after it was counted, so its value was left. Try again to set it."
                )
                change = replace(change, value=None)
        if any(part is not None for part in (change.description, change.limit, change.read_only, change.value)):
            kept.append(change)
    return replace(plan, changes=kept), told


def _announce(item: RolloutItem, plan: Plan, before: Before, errand: Errand) -> None:
    """Write down what is about to be asked for, and whose it is."""
    now = timezone.now()
    edits = [
        Edit(
            block=change.block,
            value=change.block.value if change.value is None else change.value,
            description=change.block.description if change.description is None else change.description,
            limit=change.block.limit if change.limit is None else change.limit,
            source=Revision.Source.TEMPLATE,
            editor=errand.editor,
            reason=errand.reason,
            created_at=now,
        )
        for change in plan.changes
    ]
    Edit.objects.bulk_create(
        edits,
        update_conflicts=True,
        unique_fields=["block"],
        update_fields=["value", "description", "limit", "source", "editor", "reason", "created_at"],
    )
    item.asked_at, item.before = now, before.as_json()
    RolloutItem.objects.filter(pk=item.pk).update(asked_at=now, before=item.before)


def _send(item: RolloutItem, subject: Subject, plan: Plan, before: Before, errand: Errand, letta: Letta) -> Done:
    assert subject.agent_id is not None
    again = item.tries > 1
    state = RolloutItem.State.CHANGED if before.has_anything else RolloutItem.State.SAME
    done = Done(state, errand.reason, errand.editor, before, errand.back, changes=plan.changes)
    if again:
        done.adopted = list(before.added)
    try:
        for part in _parts(plan.changes):
            done.seen += _change(subject.agent_id, part, letta)
        for addition in plan.additions:
            done.added.append(_add(item, subject, addition, before, letta, again=again))
        if plan.additions or (again and before.added):
            letta().recompile(subject.agent_id)
        for block in plan.removals:
            assert block.block_id is not None
            letta(3).remove_block(subject.agent_id, block.block_id)
            done.removed.append(block)
    except LettaError:
        record_seen(subject, done)
        raise
    return done


def _parts(changes: Sequence[Change]) -> list[Sequence[Change]]:
    """What is asked for at once: all changes of the engine in this process, of another Letta each block by itself."""
    return [changes] if settings.LETTA_TRANSPORT and changes else [[change] for change in changes]


def _change(agent_id: str, changes: Sequence[Change], letta: Letta) -> list[Seen]:
    """Change some blocks of an agent, all or none, in one request; returns them as they are now."""
    wanted = [
        BlockChange(change.block.block_id or "", change.value, change.description, change.limit, change.read_only)
        for change in changes
    ]
    if len(wanted) > 1:
        return letta().update_blocks(agent_id, wanted)
    (one,) = wanted
    seen = letta().update_block(
        one.block_id, value=one.value, description=one.description, limit=one.limit, read_only=one.read_only
    )
    return [seen]


def _add(item: RolloutItem, subject: Subject, addition: Addition, before: Before, letta: Letta, *, again: bool) -> Seen:
    """Create and attach a block, or attach the one that an attempt before created. The prompt is compiled afterwards."""
    assert subject.agent_id is not None
    if addition.shared is not None:
        made = addition.shared
    else:
        new = NewBlock(addition.label, addition.description, addition.value, addition.limit, addition.read_only)
        made = create_once(letta, new, tag_of(item), again=again)
    before.added[addition.label] = made.id
    item.before = before.as_json()
    RolloutItem.objects.filter(pk=item.pk).update(before=item.before)
    try:
        letta().attach_block(subject.agent_id, made.id, recompile=False)
    except Refused:
        if addition.shared is None:
            letta().delete_block(made.id)
        del before.added[addition.label]
        raise
    return made


def tag_of(item: RolloutItem) -> str:
    """The tag of blocks that were created for an item: it says nothing of whom."""
    return f"memory-ui-rollout:{item.rollout_id}:{item.pk}"
