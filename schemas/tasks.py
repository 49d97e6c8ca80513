"""What the worker does for templates: give subjects from outside what they lack."""

from uuid import UUID

from celery import shared_task

from memory_ui.waking import wake
from schemas import distribution_work, drift, drift_check, joining, previewing, rolling_out, steering, tending

CHECK_SECONDS = 10.0
"""How long one task checks drift before others get their turn."""


@shared_task
def give_missing(subject_pk: str) -> None:
    """Give a subject the blocks it lacks, and come back when Letta did not answer."""
    pause = joining.give_missing(subject_pk)
    if pause is not None:
        wake(give_missing.name, subject_pk, after=pause)


@shared_task
def sweep() -> None:
    """Wake up for everything that stands still: a lost message, a killed worker, a broker that was down."""
    for subject_pk in joining.due():
        wake(give_missing.name, subject_pk)
    for shared_pk in tending.due():
        wake(tend_shared_block.name, shared_pk)
    for distribution_pk in distribution_work.due():
        wake(distribute.name, distribution_pk)
    for rollout_pk in previewing.due():
        wake(count_rollout.name, str(rollout_pk))
    for rollout_pk, lane in rolling_out.due():
        wake(roll_out.name, str(rollout_pk), str(lane))


@shared_task
def tend_shared_block(shared_pk: str) -> None:
    """Take a shared block forward: have it in Letta, look what it says there, let the mirrors follow."""
    pause = tending.advance(shared_pk)
    if pause is not None:
        wake(tend_shared_block.name, shared_pk, after=pause)


@shared_task
def distribute(distribution_pk: str) -> None:
    """Attach or detach a shared block for a while, and come back when there is more."""
    pause = distribution_work.advance(distribution_pk)
    if pause is not None:
        wake(distribute.name, distribution_pk, after=pause)


@shared_task
def fold_tallies() -> None:
    """Put the numbers of drift together."""
    drift.fold()


@shared_task
def check_drift(after: str = "") -> None:
    """Compare every subject with its version anew, some at a time, and count the totals at the end."""
    later = drift_check.check_for(CHECK_SECONDS, after)
    if later is not None:
        wake(check_drift.name, later)


@shared_task
def count_rollout(rollout_pk: str) -> None:
    """Count what a rollout would do for a while, and come back when there is more."""
    if previewing.advance(UUID(rollout_pk)):
        wake(count_rollout.name, rollout_pk)


@shared_task
def roll_out(rollout_pk: str, lane: str) -> None:
    """Work in one lane of a rollout for a turn, and come back when there is more."""
    if rolling_out.advance(UUID(rollout_pk), int(lane)):
        wake(roll_out.name, rollout_pk, lane)


@shared_task
def forget_unbegun_rollouts() -> None:
    """Forget rollouts that were counted and never begun."""
    steering.forget_unbegun()
