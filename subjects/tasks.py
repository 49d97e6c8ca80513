"""What the worker does for subjects: take one forward, and find those that nobody woke up for."""

from celery import shared_task

from memory_ui.waking import wake
from subjects import counting, delivery
from subjects import sync as syncing


@shared_task
def advance(subject_pk: str) -> None:
    """Take a subject's work forward, and come back when there is more to do."""
    pause = delivery.advance(subject_pk)
    if pause is not None:
        wake(advance.name, subject_pk, after=pause)


@shared_task
def sweep() -> None:
    """Wake up for every subject whose work stands still: a lost message, a killed worker, a broker that was down."""
    for subject_pk in delivery.due():
        wake(advance.name, subject_pk)


@shared_task
def sync() -> None:
    """Bring our copy in step with what others did in Letta, for less than the time until the next such task."""
    syncing.sync()


@shared_task
def count_runs() -> None:
    """Count the runs that ended, by the hour, for the overview."""
    counting.count_runs()
