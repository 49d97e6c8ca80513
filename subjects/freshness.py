"""Whether our copy of a subject's memory is what Letta has now: asked behind the first paint of a page, and again later.

However many pages stand open, few of them ask at the same time, and what one of them or sync has read is not asked for
again: a page that was overtaken is told when that was.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from memory_sdk import LettaError, NotFound
from memory_ui.locks import exclusively
from subjects.letta import patient_for
from subjects.models import Revision, Subject
from subjects.outside import IN_FLIGHT, mark_if_gone, read_blocks

PATIENCE = 3.0  # seconds
AGAIN = timedelta(minutes=2)  # after which a page that is looked at asks again
AT_ONCE = 2  # of the pages that ask again, over all processes
IN_STEP = "In step with Letta."
UNDER_WAY = "-under-way"
LONGEST = 18  # digits of a number in an address
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the look found. `changes`: blocks that others had changed, recorded now. `well`: nothing to worry about.

    `under_way`: nothing was compared, because a run or a person is at work; to be looked at again when they are done.
    `checked_at`: when Letta was asked; None: it was not.
    """

    sentence: str
    well: bool
    changes: int = 0
    under_way: bool = False
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a page that is open knows: the mark of what it shows, whether a run was under way, when Letta was asked."""

    mark: int
    under_way: bool
    asked_at: datetime | None

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "Known | None":
        """From the address that the page asks by, as `told` has written it; None: it knows nothing yet."""
        mark, asked = parameters.get("mark", ""), parameters.get("asked", "")
        if not mark:
            return None
        number = mark.removesuffix(UNDER_WAY)
        asked_at = _EPOCH + timedelta(milliseconds=int(asked)) if _is_number(asked) and len(asked) < 15 else None
        return cls(int(number) if _is_number(number) else -1, mark != number, asked_at)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


def mark_of(subject: Subject) -> int:
    """Grows with every recorded change of the subject's memory, whoever made it. One query."""
    last = Revision.objects.filter(block__subject=subject).aggregate(last=Max("pk"))["last"]
    return last or 0


def is_under_way(subject: Subject) -> bool:
    """Whether Letta has a run of the subject in hand, whose end brings its blocks."""
    return subject.runs.filter(state__in=IN_FLIGHT).exists()


def news(subject: Subject, known: Known) -> Freshness | None:
    """What a page that is open does not know yet; None: nothing.

    Letta is asked only when a run has ended that was under way, or nobody has read the blocks from it for AGAIN.
    """
    if known.mark != mark_of(subject):
        return Freshness("It changed a moment ago.", True, 1)
    if known.under_way:
        return None if is_under_way(subject) else check(subject)
    if subject.agent_id is None or subject.frozen_at is not None or known.asked_at is None:
        return None
    if subject.mirrored_at is not None and subject.mirrored_at > known.asked_at:
        return Freshness(IN_STEP, True, checked_at=subject.mirrored_at)
    return _check_in_turn(subject) if timezone.now() - known.asked_at >= AGAIN else None


def told(subject: Subject, found: Freshness, known: Known | None = None) -> dict[str, object]:
    """Context of what a page says of `found`, and asks for the next time. One query when something changed."""
    mark = known.mark if known and not found.changes else mark_of(subject)
    moments = [moment for moment in (found.checked_at, subject.mirrored_at, known and known.asked_at) if moment]
    # Rounded up: what is younger than this is news.
    asked = math.ceil(max(moments, default=timezone.now()).timestamp() * 1000)
    return {"subject": subject, "found": found, "mark": f"{mark}{UNDER_WAY if found.under_way else ''}", "asked": asked}


def saved() -> Freshness:
    """What is said when Letta has just taken a correction."""
    return Freshness("Saved, and in step with Letta.", True, checked_at=timezone.now())


def _check_in_turn(subject: Subject) -> Freshness | None:
    """Ask Letta again; None: enough others are asking just now, and the page comes again."""
    for turn in range(AT_ONCE):
        with exclusively(f"freshness:{turn}") as mine:
            if mine:
                return check(subject)
    return None


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
        return _silent(error)
    if changes is None:
        return Freshness("A run is under way; the memory follows when it ends.", True, under_way=True)
    if changes:
        what = "1 block" if changes == 1 else f"{changes:,} blocks"
        return Freshness(f"Letta had changed {what} since; our copy has that now.", True, changes, checked_at=timezone.now())
    return Freshness(IN_STEP, True, checked_at=timezone.now())


def _gone(subject: Subject) -> Freshness:
    try:
        with patient_for(PATIENCE) as letta:
            gone = mark_if_gone(subject, letta)
    except LettaError as error:
        return _silent(error)
    sentence = "Letta could not show the blocks of this subject just now. What is shown is our copy."
    if gone:
        sentence = "Letta no longer has this subject’s agent. What is shown is what was last known."
    return Freshness(sentence, False, checked_at=timezone.now())


def _silent(error: LettaError) -> Freshness:
    return Freshness(f"{error} What is shown is our copy.", False, checked_at=timezone.now())
