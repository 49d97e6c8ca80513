"""Verifying in the background: a stretch at a time, with progress, and gone on with after a killed worker."""

import time
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.models import Seal, Verification
from audit.recording import record
from audit.verifying import Walk
from memory_ui.locks import exclusively
from memory_ui.waking import wake

TURN_SECONDS = 10.0
"""How long one task verifies before others get their turn."""
SILENCE = timedelta(seconds=60)
"""After which a verification that nobody works on is taken up again."""
EVERY = timedelta(days=1)
CHECK = "audit.tasks.check"


@transaction.atomic
def start_verification(by: User | None) -> Verification:
    """Have the record verified; while one verification runs, it is that one."""
    running = Verification.objects.filter(state=Verification.State.RUNNING).first()
    if running is not None:
        return running
    newest = Seal.objects.order_by("-number").first()
    expected = newest.number if newest else 0
    made = Verification.objects.create(asked_by=by.pk if by else None, seals_expected=expected)
    if by is not None:
        record(Action.STARTED_VERIFICATION, by=by)
    wake(CHECK, str(made.pk))
    return made


def start_daily_verification() -> None:
    """Start one when the last is a day old."""
    if not Verification.objects.filter(created_at__gt=timezone.now() - EVERY).exists():
        start_verification(None)


def advance(verification_pk: str) -> float | None:
    """Verify for a while; returns the seconds until there is more to do, None when it is over."""
    limit = time.monotonic() + TURN_SECONDS
    with exclusively(lock_name(verification_pk)) as mine:
        if not mine:
            return None
        one = Verification.objects.filter(pk=verification_pk, state=Verification.State.RUNNING).first()
        if one is None:
            return None
        walk = Walk(**one.walk)
        while time.monotonic() < limit:
            if not walk.step():
                walk.finish()
                state = Verification.State.BROKEN if walk.problem_count else Verification.State.INTACT
                one.state, one.ended_at, one.wake_at = state, timezone.now(), None
                break
            if walk.number % 10 == 0:
                _keep(one, walk)
        _keep(one, walk)
    return 0.1 if one.state == Verification.State.RUNNING else None


def lock_name(verification_pk: object) -> str:
    """The lock that is held by whoever verifies."""
    return f"verification:{verification_pk}"


def due() -> list[str]:
    """Verifications that nobody works on although they are not over."""
    return [str(pk) for pk in Verification.objects.filter(wake_at__lte=timezone.now()).values_list("pk", flat=True)[:10]]


def _keep(one: Verification, walk: Walk) -> None:
    one.walk = asdict(walk)
    if one.state == Verification.State.RUNNING:
        one.wake_at = timezone.now() + SILENCE
    one.save(update_fields=["walk", "state", "ended_at", "wake_at"])
