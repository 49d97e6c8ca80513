"""Shared blocks: making, taking over, changing and putting aside. One call to Letta reaches every subject that has one."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk import Block as Seen
from memory_sdk import LettaError, NewBlock, NotFound
from memory_sdk.names import checked_label
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from schemas.asking import create_once
from schemas.following import begin, count_holders
from schemas.models import BlockSchema, Distribution, SharedBlock, SharedEdit, SharedRevision
from subjects.editing import BadEdit, Busy, Correction, check
from subjects.letta import agents
from subjects.sharing import Affects

TEND = "schemas.tasks.tend_shared_block"
PATIENCE = 3.0  # seconds; whoever else holds the block is talking to Letta about it


@dataclass(frozen=True, slots=True)
class Wording:
    """What a shared block says. `limit` is in characters."""

    value: str
    description: str
    limit: int
    read_only: bool

    @classmethod
    def of(cls, row: SharedBlock | SharedRevision | SharedEdit | Seen) -> "Wording":
        """What a row, or Letta, says."""
        return cls(row.value, row.description, row.limit, row.read_only)


class ChangedMeanwhile(Exception):
    """The block is not what the edit started from: `current` is its latest revision, `base` the one started from."""

    def __init__(self, base: SharedRevision, current: SharedRevision) -> None:
        super().__init__("The shared block changed in the meantime.")
        self.base = base
        self.current = current


def create(label: str, wording: Wording, by: User | None) -> SharedBlock:
    """Make a shared block that nobody has yet. Letta gets it at once, or as soon as it answers (`SharedBlock.trouble`).

    Raises:
        BadEdit: Letta could not hold it, or there is a shared block of that label already.
    """
    try:
        checked_label(label, "The label")
    except ValueError as error:
        raise BadEdit("label", str(error)) from error
    check(Correction(wording.value, wording.description, wording.limit))
    if SharedBlock.objects.filter(label=label, archived_at=None).exists():
        raise BadEdit("label", "There is a shared block with this label already. A subject has a label once.")
    with transaction.atomic():
        shared = SharedBlock.objects.create(
            label=label, value=wording.value, description=wording.description, limit=wording.limit,
            read_only=wording.read_only, created_by=by,
        )  # fmt: skip
        record_state(shared, SharedRevision.Source.CREATED, by)
        record(Action.CREATED_SHARED_BLOCK, by=by, detail={"shared_block": shared.pk})
        wake(TEND, str(shared.pk))
    try:
        with alone(shared):
            ensure_created(shared)
    except LettaError as error:
        SharedBlock.objects.filter(pk=shared.pk).update(trouble=str(error))
    except Busy:
        pass  # a worker was quicker
    shared.refresh_from_db()
    return shared


def adopt(block_id: str, by: User) -> SharedBlock:
    """Take over a block that other programs share: from now on it is changed and handed out here. Nothing in Letta changes.

    Raises:
        BadEdit: Letta has no such block, it is one subject's own, or it is here already.
        LettaError: Letta did not answer.
    """
    if (known := SharedBlock.objects.filter(block_id=block_id).first()) is not None:
        raise BadEdit("block_id", f"This is the shared block {known.label} already.")
    try:
        seen = agents().get_block(block_id)
        users = len(agents().block_agents(block_id))
    except NotFound as error:
        raise BadEdit("block_id", "Letta has no block with this id.") from error
    if users == 1:
        raise BadEdit("block_id", "Only one agent has this block, so it is that subject's own memory.")
    if SharedBlock.objects.filter(label=seen.label, archived_at=None).exists():
        raise BadEdit("block_id", f"There is a shared block {seen.label} already. A subject has a label once.")
    with transaction.atomic():
        shared = SharedBlock.objects.create(
            block_id=block_id, label=seen.label, value=seen.value, description=seen.description, limit=seen.limit,
            read_only=seen.read_only, created_by=by, looked_at=timezone.now(),
        )  # fmt: skip
        record_state(shared, SharedRevision.Source.OUTSIDE, by, "Taken over from another program.")
        begin(shared)
        record(Action.ADOPTED_SHARED_BLOCK, by=by, detail={"shared_block": shared.pk})
        wake(TEND, str(shared.pk))
    SharedBlock.objects.filter(pk=shared.pk).update(subjects=count_holders(shared))
    shared.refresh_from_db()
    return shared


def edit(
    shared: SharedBlock,
    wording: Wording,
    *,
    base: int,
    reason: str,
    by: User,
    confirmed: int = 0,
    source: SharedRevision.Source = SharedRevision.Source.EDIT,
) -> SharedRevision | None:
    """Change a shared block for all who have it: one call to Letta, then the mirrors follow.

    `base`: the number of the revision that the person started from; `confirmed`: how many subjects they were told of.
    Returns the new revision; None when nothing would change.

    Raises:
        BadEdit: over the limit, or nothing Letta would take; or it was put aside meanwhile.
        Affects: more subjects have it than were confirmed; nothing was changed.
        ChangedMeanwhile: it changed, here or in Letta; what Letta has now is recorded, nothing overwritten.
        Busy: a worker is talking to Letta about it.
        LettaError: Letta refused or did not answer. After a time-out the change may have arrived: it is then recognised,
            with its reason, when the block is next looked at.
    """
    check(Correction(wording.value, wording.description, wording.limit))
    affected = count_holders(shared)
    # While subjects are given the block the number never stands still: a tenth more than one was told of is no surprise.
    if affected > confirmed + confirmed // 10:
        raise Affects(affected)
    with alone(shared):
        shared.refresh_from_db()
        if shared.archived_at:
            raise BadEdit("archive", "Nothing was changed: this shared block was put aside meanwhile.")
        ensure_created(shared)
        current = look(shared)
        if current.number != base:
            raise ChangedMeanwhile(shared.revisions.get(number=base), current)
        if Wording.of(current) == wording:
            return None
        SharedEdit.objects.update_or_create(
            shared_block=shared,
            defaults={
                "value": wording.value, "description": wording.description, "limit": wording.limit,
                "read_only": wording.read_only, "source": source, "editor": by, "reason": reason,
                "created_at": timezone.now(),
            },
        )  # fmt: skip
        assert shared.block_id is not None
        try:
            seen = agents().update_block(
                shared.block_id, value=wording.value, description=wording.description, limit=wording.limit,
                read_only=wording.read_only,
            )  # fmt: skip
        except LettaError as error:
            if error.permanent:
                SharedEdit.objects.filter(shared_block=shared).delete()
            else:
                SharedBlock.objects.filter(pk=shared.pk).update(wake_at=timezone.now())
            raise
        return note(shared, seen)


def restore(
    shared: SharedBlock, revision: SharedRevision, *, base: int, reason: str, by: User, confirmed: int = 0
) -> SharedRevision | None:
    """Make the block what it was at `revision`. Raises what `edit` raises."""
    source = SharedRevision.Source.RESTORE
    return edit(shared, Wording.of(revision), base=base, reason=reason, by=by, confirmed=confirmed, source=source)


def archive(shared: SharedBlock, by: User) -> None:
    """Put a shared block aside: it is offered no more. What it said stays.

    Raises:
        BadEdit: subjects have it, or new ones would get it.
    """
    if number := count_holders(shared):
        raise BadEdit("archive", f"{number:,} subjects have this block. Detach it from them first.")
    if shared.distributions.filter(state__in=Distribution.OPEN).exists():
        raise BadEdit("archive", "It is being attached or detached just now.")
    used = BlockSchema.objects.filter(shared_block=shared, version__template__archived_at=None)
    if (schema := used.select_related("version__template").first()) is not None:
        raise BadEdit(
            "archive", f"The template {schema.version.template.name} uses it. Archive that, or take the block out."
        )
    with transaction.atomic():
        SharedBlock.objects.filter(pk=shared.pk, archived_at=None).update(archived_at=timezone.now(), wake_at=None)
        record(Action.ARCHIVED_SHARED_BLOCK, by=by, detail={"shared_block": shared.pk})


# what Letta has -------------------------------------------------------------------------------------------------------


def ensure_created(shared: SharedBlock) -> None:
    """Have the block in Letta, so that it can be attached. Call it while holding the block. Raises LettaError."""
    if shared.block_id is not None:
        return
    new = NewBlock(shared.label, shared.description, shared.value, shared.limit, shared.read_only)
    # It is looked for first: it happens once in a block's life, and whoever began it may have been killed.
    block_id = create_once(agents, new, f"memory-ui-shared:{shared.pk}", again=True).id
    SharedBlock.objects.filter(pk=shared.pk, block_id=None).update(block_id=block_id, trouble="", looked_at=timezone.now())
    shared.refresh_from_db()


def look(shared: SharedBlock) -> SharedRevision:
    """Record what Letta has now; returns the latest revision. Call it while holding the block.

    Raises:
        NotFound: Letta no longer has it.
        LettaError: Letta did not answer.
    """
    assert shared.block_id is not None
    return note(shared, agents().get_block(shared.block_id))


@transaction.atomic
def note(shared: SharedBlock, seen: Seen) -> SharedRevision:
    """Record what Letta showed: a person's edit that was on its way and reads like that, else an outside change."""
    locked = SharedBlock.objects.select_for_update(no_key=True).get(pk=shared.pk)
    latest = locked.revisions.order_by("-number").first() or record_state(
        locked, SharedRevision.Source.CREATED, locked.created_by
    )
    if Wording.of(latest) != Wording.of(seen):
        word = SharedEdit.objects.select_related("editor").filter(shared_block=locked).first()
        mine = word is not None and Wording.of(word) == Wording.of(seen)
        locked.value, locked.description = seen.value, seen.description
        locked.limit, locked.read_only = seen.limit, seen.read_only
        locked.save(update_fields=["value", "description", "limit", "read_only"])
        if word is not None and mine:
            latest = record_state(locked, SharedRevision.Source(word.source), word.editor, word.reason)
            record(
                Action.CHANGED_SHARED_BLOCK, by=word.editor, detail={"shared_block": locked.pk, "revision": latest.number}
            )
            word.delete()
        else:
            latest = record_state(locked, SharedRevision.Source.OUTSIDE, None)
        begin(locked)
        wake(TEND, str(locked.pk))
    SharedBlock.objects.filter(pk=locked.pk).update(looked_at=timezone.now(), trouble="", tries=0)
    shared.refresh_from_db()
    return latest


def record_state(
    shared: SharedBlock, source: SharedRevision.Source, editor: User | None, reason: str = ""
) -> SharedRevision:
    """One more revision, of what the row says now."""
    latest = shared.revisions.order_by("-number").first()
    return SharedRevision.objects.create(
        shared_block=shared, number=latest.number + 1 if latest else 1, value=shared.value, description=shared.description,
        limit=shared.limit, read_only=shared.read_only, source=source, editor=editor, reason=reason,
    )  # fmt: skip


@contextmanager
def alone(shared: SharedBlock) -> Iterator[None]:
    """Hold a shared block while Letta is talked to about it. Raises Busy."""
    limit = time.monotonic() + PATIENCE
    while True:
        with exclusively(f"shared:{shared.pk}") as mine:
            if mine:
                yield
                return
        if time.monotonic() > limit:
            raise Busy
        time.sleep(0.05)


def claim(kind: str, ids: Collection[str]) -> set[str]:
    """`subjects.claims.Claim`: the shared blocks among these ids of Letta's."""
    if kind != "block":
        return set()
    kept = SharedBlock.objects.filter(block_id__in=ids, archived_at=None)
    return {block_id for block_id in kept.values_list("block_id", flat=True) if block_id}
