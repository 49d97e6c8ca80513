"""How fast a rollout goes: the rate that was asked for, and the patience that Letta asks for. For all workers at once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from memory_sdk import LettaError, Unavailable
from schemas.models import Rollout

LONGEST_PAUSE = 60.0  # seconds between tries while Letta does not answer; it may ask for more
SLOWEST = 8  # the slowness that many failures in a row come to
PACE_OVER = timedelta(seconds=5)  # over which the pace is measured


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the next subject may begin. `runs`: the rollout is under way. `wait`: seconds for which Letta is left alone.

    `slow`: one lane only. `rated`: subjects have to wait for their `turn`.
    """

    runs: bool
    wait: float = 0.0
    slow: bool = False
    rated: bool = False


def gate(rollout_pk: UUID) -> Gate:
    """How the rollout stands at this moment. One query."""
    now = timezone.now()
    row = Rollout.objects.filter(pk=rollout_pk).values("state", "rate", "pause_until", "slowness").first()
    if row is None or row["state"] != Rollout.State.RUNNING:
        return Gate(False)
    wait = (row["pause_until"] - now).total_seconds() if row["pause_until"] is not None else 0.0
    return Gate(True, max(wait, 0.0), row["slowness"] > 0, row["rate"] is not None)


def turn(rollout_pk: UUID) -> float:
    """Take one subject's place in the rate that was asked for; returns the seconds until it comes."""
    with transaction.atomic():
        now = timezone.now()
        row = Rollout.objects.select_for_update().only("next_at", "rate").get(pk=rollout_pk)
        if row.rate is None:
            return 0.0
        mine = max(row.next_at or now, now)
        Rollout.objects.filter(pk=rollout_pk).update(next_at=mine + timedelta(seconds=1 / row.rate))
    return (mine - now).total_seconds()


def slow_down(rollout_pk: UUID, error: LettaError) -> None:
    """Letta could not do it: nobody asks it for a while, longer with each failure, and as long as it asks for."""
    asked = (error.retry_after or 0.0) if isinstance(error, Unavailable) else LONGEST_PAUSE
    with transaction.atomic():
        now = timezone.now()
        row = Rollout.objects.select_for_update().only("slowness", "pause_until").get(pk=rollout_pk)
        if row.pause_until is not None and row.pause_until > now:
            return  # all lanes met the same trouble: it counts once
        slowness = min(row.slowness + 1, SLOWEST)
        seconds = max(asked, min(0.5 * 2.0**slowness, LONGEST_PAUSE))
        Rollout.objects.filter(pk=rollout_pk).update(
            slowness=slowness, pause_until=now + timedelta(seconds=seconds), trouble=_in_words(error)
        )


def went_well(rollout_pk: UUID) -> None:
    """Letta did it again: a little faster."""
    Rollout.objects.filter(pk=rollout_pk, slowness__gt=1).update(slowness=F("slowness") - 1)
    Rollout.objects.filter(pk=rollout_pk, slowness=1, pause_until__lte=timezone.now()).update(
        slowness=0, pause_until=None, trouble=""
    )


def note_pace(rollout: Rollout) -> None:
    """Measure the pace anew when that was last done a while ago. `rollout`: as it is now."""
    now = timezone.now()
    if rollout.pace_at is not None and now - rollout.pace_at < PACE_OVER:
        return
    pace = rollout.pace
    if rollout.pace_at is not None and now - rollout.pace_at < 6 * PACE_OVER:
        pace = (rollout.done - rollout.pace_done) / (now - rollout.pace_at).total_seconds()
    Rollout.objects.filter(pk=rollout.pk, pace_at=rollout.pace_at).update(
        pace=max(pace, 0.0), pace_at=now, pace_done=rollout.done
    )


def _in_words(error: LettaError) -> str:
    match error.status:
        case 429:
            return "Letta asks for patience (429)."
        case 401 | 403:
            return f"Letta refuses our API key ({error.status}); put it right in the settings, and this goes on."
        case None:
            return "Letta does not answer."
        case status:
            return f"Letta has trouble ({status})."
