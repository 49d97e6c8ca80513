"""Correcting a block that several agents share: whom it affects is counted and confirmed, and their mirrors follow."""

from accounts.models import User
from memory_sdk import Block as Seen
from memory_sdk import LettaError, NotFound, Unavailable
from memory_ui.locks import exclusively
from subjects.editing import BadEdit, Busy, Changed, Correction, Gone, check, edit_block, look_soon
from subjects.frozen import Frozen
from subjects.letta import agents, patient_for
from subjects.models import Block, Edit, Revision
from subjects.outside import read_blocks
from subjects.snapshots import mirror

MOST_FOLLOWED = 300  # mirrors that follow at once; the others follow with the next round of sync
MOST_TOLD = 1_000  # agents of a block that Letta tells at once
PATIENCE = 1.0  # seconds a form waits for the number of agents before it opens without it


class Affects(Exception):
    """The change is seen by `agents` agents, and that number was not confirmed; nothing was changed."""

    def __init__(self, agents: int) -> None:
        super().__init__(f"{agents:,} subjects share this block.")
        self.agents = agents


def agents_sharing(block: Block) -> int | None:
    """How many agents have `block`, itself included and 1,000 at most; None when Letta does not tell soon."""
    if block.block_id is None:
        return None
    try:
        with patient_for(PATIENCE) as letta:
            return len(letta.block_agents(block.block_id))
    except LettaError:
        return None


def correct(
    block: Block,
    correction: Correction,
    *,
    base: int,
    reason: str,
    by: User,
    confirmed: int = 1,
    source: Revision.Source = Revision.Source.EDIT,
) -> Revision | None:
    """`editing.edit_block`, and for a shared block the same revision in the mirror of every subject that has it.

    `confirmed`: the number of agents the person was told of. Returns the new revision; None when nothing would change.

    Raises:
        Affects: so many agents have the block now, and that is not what was confirmed.
        BadEdit, Changed, Gone, Busy, Frozen, LettaError: as `edit_block`.
    """
    check(correction)
    assert block.block_id is not None
    number = _count_those_who_have(block)
    if number > 1 and number != confirmed:
        raise Affects(number)
    others = list(_mirrors(block)) if number > 1 else []
    _announce(others, correction, source, reason, by)
    try:
        revision = edit_block(block, correction, base=base, reason=reason, by=by, source=source)
    except (BadEdit, Changed, Gone, Busy, Frozen, LettaError) as error:
        # Without an answer the edit may have arrived all the same, and is then recognised in every mirror.
        if not isinstance(error, Unavailable):
            Edit.objects.filter(block__in=others).delete()
        raise
    if revision is None:
        Edit.objects.filter(block__in=others).delete()
    elif others:
        _follow(others, agents().get_block(block.block_id))
    return revision


def restore(block: Block, revision: Revision, *, base: int, reason: str, by: User, confirmed: int = 1) -> Revision | None:
    """Make the block what it was at `revision`. Raises what `correct` raises."""
    correction = Correction(revision.value, revision.description, revision.limit)
    source = Revision.Source.RESTORE
    return correct(block, correction, base=base, reason=reason, by=by, confirmed=confirmed, source=source)


def _count_those_who_have(block: Block) -> int:
    """How many agents have the block. Letta would take an edit of one that its agent no longer has. Raises Gone."""
    assert block.block_id is not None
    try:
        users = agents().block_agents(block.block_id)
    except NotFound:
        users = []
    if len(users) < MOST_TOLD and block.subject.agent_id not in users:
        read_blocks(block.subject)  # notes that another program took it off; while a run is under way, sync will
        raise Gone
    return len(users)


def _mirrors(block: Block) -> list[Block]:
    rows = Block.objects.filter(block_id=block.block_id, removed_at=None).exclude(pk=block.pk)
    return list(rows.select_related("subject")[:MOST_FOLLOWED])


def _follow(others: list[Block], seen: Seen) -> None:
    """Bring the mirrors in line, but those that somebody is working on or has looked at since: what we saw may be old."""
    for other in others:
        with exclusively(f"subject:{other.subject_id}") as mine:
            as_it_was = Block.objects.filter(
                pk=other.pk, value=other.value, description=other.description, limit=other.limit, removed_at=None
            )
            if mine and as_it_was.exists():
                mirror(other.subject, [seen], Revision.Source.OUTSIDE)
                continue
        look_soon(other.subject)


def _announce(others: list[Block], correction: Correction, source: Revision.Source, reason: str, by: User) -> None:
    """Leave word of the edit with each mirror: whoever sees the new value there first knows whose it is."""
    Edit.objects.bulk_create(
        [
            Edit(
                block=other, value=correction.value, description=correction.description, limit=correction.limit,
                source=source, editor=by, reason=reason,
            )
            for other in others
        ],
        update_conflicts=True,
        unique_fields=["block"],
        update_fields=["value", "description", "limit", "source", "editor", "reason"],
    )  # fmt: skip
