"""What the worker does for the record: seal it, and verify it."""

from celery import shared_task

from audit import checking, sealing
from memory_ui.waking import wake


@shared_task
def seal() -> None:
    """Close what was recorded since into a batch, and take up verifications that stand still."""
    sealing.seal_entries()
    for verification_pk in checking.due():
        wake(check.name, verification_pk)


@shared_task
def check(verification_pk: str) -> None:
    """Take a verification forward, and come back when there is more to do."""
    pause = checking.advance(verification_pk)
    if pause is not None:
        wake(check.name, verification_pk, after=pause)


@shared_task
def check_daily() -> None:
    """Verify the record once a day."""
    checking.start_daily_verification()
