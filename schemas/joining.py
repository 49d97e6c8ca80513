"""Subjects that other programs made: put on the default template at once, given the blocks they lack a moment later.

Another program knows why it gives its subjects the blocks they have, so by default it is only noted where they stand, and
drift shows what separates them. Giving them blocks is a switch on the default template (`Template.applies_outside`).
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from memory_sdk import Block, LettaError, NewBlock, Refused
from memory_sdk.agents import Agents
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after, wake
from schemas.asking import create_once
from schemas.models import Standing
from schemas.placeholders import Filling
from schemas.publishing import default_version
from schemas.starting import block_of, have_in_letta
from subjects.editing import Busy
from subjects.frozen import is_frozen
from subjects.learning import ADVANCE
from subjects.letta import agents
from subjects.models import Revision, Subject
from subjects.outside import IN_FLIGHT
from subjects.snapshots import mirror

logger = logging.getLogger(__name__)

SILENCE = timedelta(seconds=45)
"""After which a subject that nobody works on is taken up again. By then no request of a killed worker is on its way."""
BUSY_PAUSE = 2.0  # seconds
LONGEST_PAUSE = 300.0  # seconds between tries while Letta does not answer
GIVE = "schemas.tasks.give_missing"


def note_arrival(*, subjects: Sequence[Subject], **_: Any) -> None:
    """Note that subjects from outside stand on the default template. Receiver of `subjects.arriving.arrived`."""
    version = default_version()
    if version is None:
        return
    now = timezone.now()
    applies = version.template.applies_outside
    Standing.objects.bulk_create(
        [Standing(subject=subject, version=version, since=now, wake_at=now if applies else None) for subject in subjects],
        ignore_conflicts=True,
    )
    for subject in subjects[:100] if applies else ():  # the sweep finds the others
        wake(GIVE, str(subject.pk))


def give_missing(subject_pk: str) -> float | None:
    """Give a subject the blocks that its version has and it lacks; returns the seconds until the next try, None for none.

    Values that are there stay as they are. Safe to repeat: what Letta has already is not given again.
    """
    standing = (
        Standing.objects.filter(subject__pk=subject_pk, wake_at__isnull=False).select_related("subject", "version").first()
    )
    if standing is None:
        return None
    standing.tries += 1
    Standing.objects.filter(pk=standing.pk).update(tries=standing.tries, wake_at=timezone.now() + SILENCE)
    with exclusively(f"subject:{subject_pk}") as mine:
        if not mine:
            return _sleep(standing, BUSY_PAUSE)
        subject = standing.subject
        if subject.agent_id is None or is_frozen(subject):  # it waits; being thawed or set up may take days
            return _sleep(standing, LONGEST_PAUSE)
        if subject.runs.filter(
            state__in=IN_FLIGHT
        ).exists():  # it reads the blocks at its end, and what it changed is its own
            return _sleep(standing, BUSY_PAUSE)
        try:
            _give(standing, agents())
        except Busy:
            return _sleep(standing, BUSY_PAUSE)
        except LettaError as error:
            logger.warning("subject %s was not given the blocks it lacks: %s", subject_pk, type(error).__name__)
            return (
                None if error.permanent and _rest(standing) else _sleep(standing, pause_after(standing.tries, LONGEST_PAUSE))
            )
        _rest(standing)
    if Subject.objects.filter(pk=subject_pk, wake_at__lte=timezone.now()).exists():
        wake(ADVANCE, subject_pk)  # a worker that was sent to it meanwhile found the lock taken and went away
    return None


def due(limit: int = 200) -> list[str]:
    """Claim the subjects that nobody was woken for: their ids, and none of them twice within `SILENCE`."""
    now = timezone.now()
    with transaction.atomic():
        rows = Standing.objects.filter(wake_at__lte=now).order_by("wake_at").select_for_update(skip_locked=True)[:limit]
        ids = [standing.pk for standing in rows]
        Standing.objects.filter(pk__in=ids).update(wake_at=now + SILENCE)
    return [str(pk) for pk in ids]


def _give(standing: Standing, letta: Agents) -> None:
    subject, tag, again = standing.subject, f"memory-ui-join:{standing.pk}", standing.tries > 1
    given: list[Block] = []
    assert subject.agent_id is not None
    seen = letta.list_blocks(subject.agent_id)
    mirror(subject, seen, Revision.Source.OUTSIDE)
    # What an attempt before gave, which was killed before it could say so.
    mine = [block.id for block in seen if tag in block.tags]
    first = Revision.objects.filter(block__subject=subject, block__block_id__in=mine, number=1)
    first.filter(source=Revision.Source.OUTSIDE).update(source=Revision.Source.TEMPLATE)
    there = {block.label for block in seen}
    filling = Filling(subject.subject_id, date=standing.since.date())
    for schema in standing.version.schemas.select_related("shared_block"):
        if schema.label in there:
            continue
        if schema.shared_block is not None:
            have_in_letta(schema.shared_block)
        block = block_of(schema, filling)
        is_own = isinstance(block, NewBlock)
        if isinstance(block, NewBlock):
            if len(block.value) > block.limit:  # this one's id is long; what drift shows, a person can put right
                continue
            block = create_once(lambda: letta, block, tag, again=again)
        try:
            letta.attach_block(subject.agent_id, block.id, recompile=False)
        except Refused as error:
            if is_own:
                letta.delete_block(block.id)
            if error.status != 409:
                raise
            continue  # another program was quicker with one of this label, and theirs stays
        given.append(block)
        mirror(subject, [block], Revision.Source.TEMPLATE)
    if given or again:  # an attempt before may have been killed before its prompt was compiled
        letta.recompile(subject.agent_id)


def _rest(standing: Standing) -> bool:
    Standing.objects.filter(pk=standing.pk).update(wake_at=None, tries=0)
    return True


def _sleep(standing: Standing, pause: float) -> float:
    later = timezone.now() + timedelta(seconds=pause)
    Standing.objects.filter(pk=standing.pk).update(wake_at=later + SILENCE)
    return pause
