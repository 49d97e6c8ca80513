"""Whether our copy of a subject's memory is what Letta has now: asked once, behind the first paint of a page."""

from dataclasses import dataclass

from django.db.models import Max

from memory_sdk import LettaError, NotFound
from subjects.letta import patient_for
from subjects.models import Revision, Subject
from subjects.outside import IN_FLIGHT, mark_if_gone, read_blocks

PATIENCE = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the look found. `changes`: blocks that others had changed, recorded now. `well`: nothing to worry about.

    `under_way`: nothing was compared, because a run or a person is at work; to be looked at again when they are done.
    """

    sentence: str
    well: bool
    changes: int = 0
    under_way: bool = False


def mark_of(subject: Subject) -> int:
    """Grows with every recorded change of the subject's memory, whoever made it. One query."""
    last = Revision.objects.filter(block__subject=subject).aggregate(last=Max("pk"))["last"]
    return last or 0


def is_under_way(subject: Subject) -> bool:
    """Whether Letta has a run of the subject in hand, whose end brings its blocks."""
    return subject.runs.filter(state__in=IN_FLIGHT).exists()


def check(subject: Subject) -> Freshness:
    """Compare the blocks of `subject` with Letta and record what others changed. Never raises for what Letta does."""
    if subject.agent_id is None:
        return Freshness("There is nothing in Letta to compare with yet.", True)
    if subject.frozen_at is not None:
        return Freshness("While it is frozen, it is not compared with Letta.", True)
    try:
        with patient_for(PATIENCE) as letta:
            changes = read_blocks(subject, letta=letta)
            if subject.gone_at is not None:
                mark_if_gone(subject, letta)
    except NotFound:
        return _gone(subject)
    except LettaError as error:
        return Freshness(f"{error} What is shown is our copy.", False)
    if changes is None:
        return Freshness("A run is under way; the memory follows when it ends.", True, under_way=True)
    if changes:
        what = "1 block" if changes == 1 else f"{changes:,} blocks"
        return Freshness(f"Letta had changed {what} since; that is shown now.", True, changes)
    return Freshness("In step with Letta, checked just now.", True)


def _gone(subject: Subject) -> Freshness:
    try:
        with patient_for(PATIENCE) as letta:
            gone = mark_if_gone(subject, letta)
    except LettaError as error:
        return Freshness(f"{error} What is shown is our copy.", False)
    if gone:
        return Freshness("Letta no longer has this subject’s agent. What is shown is what was last known.", False)
    return Freshness("Letta could not show the blocks of this subject just now. What is shown is our copy.", False)
