"""Marking a remembered line as wrong: the next run is told, and the flag is closed when the line goes."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from subjects.frozen import refuse_frozen
from subjects.models import Block, Flag, Subject


class NoSuchLine(ValueError):
    """The block no longer holds that line; it may have been corrected a moment ago."""


def flag_line(block: Block, line: str, *, note: str = "", by: User) -> Flag:
    """Mark a line of the block's present value as wrong. Marking it twice keeps the first mark.

    Raises:
        NoSuchLine: the block does not hold this line (any more).
        Frozen: a privacy request keeps the subject as it is.
    """
    if not line.strip() or line not in block.value.split("\n"):
        raise NoSuchLine("The block no longer holds this line.")
    refuse_frozen(block.subject)
    with transaction.atomic():
        words = {"note": note, "created_by": by}
        flag, new = Flag.objects.get_or_create(block=block, line=line, closed_at=None, defaults=words)
        if new:
            record(Action.FLAGGED_LINE, by=by, subject=block.subject_id, detail={"block": block.pk, "flag": flag.pk})
    return flag


@transaction.atomic
def unflag(flag: Flag, by: User | None = None) -> None:
    """Take a mark off. It is closed and kept, so that it can be put back with its note. Raises Frozen."""
    refuse_frozen(flag.block.subject)
    block = flag.block
    if Flag.objects.filter(pk=flag.pk, closed_at=None).update(closed_at=timezone.now()):
        record(Action.UNFLAGGED_LINE, by=by, subject=block.subject_id, detail={"block": block.pk, "flag": flag.pk})


def flag_again(flag: Flag, by: User) -> Flag:
    """Put a mark back that was taken off; where the line was marked anew meanwhile, it is that mark.

    Raises:
        NoSuchLine: the block no longer holds the line.
        Frozen: a privacy request keeps the subject as it is.
    """
    if flag.line not in flag.block.value.split("\n"):
        raise NoSuchLine("The block no longer holds this line.")
    refuse_frozen(flag.block.subject)
    block = flag.block
    open_one = Flag.objects.filter(block=block, line=flag.line, closed_at=None)
    try:
        with transaction.atomic():
            if Flag.objects.filter(pk=flag.pk, closed_at__isnull=False).update(closed_at=None):
                record(Action.FLAGGED_LINE, by=by, subject=block.subject_id, detail={"block": block.pk, "flag": flag.pk})
    except IntegrityError:
        pass
    return open_one.get()


def told_to_the_agent(subject: Subject) -> str:
    """What the next run is told about lines marked as wrong; empty when there are none."""
    flags = Flag.objects.filter(block__subject=subject, closed_at=None).select_related("block").order_by("created_at")
    lines = [
        f"In the block {flag.block.label}, this line is wrong: “{flag.line}”" + (f" ({flag.note})" if flag.note else "")
        for flag in flags
    ]
    return "A person has checked the memory. " + " ".join(lines) if lines else ""
