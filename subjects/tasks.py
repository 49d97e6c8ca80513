"""What the worker does for subjects: take one forward, and find those that nobody woke up for."""

from celery import shared_task

from memory_ui.waking import wake
from subjects import counting, delivery, giving, revising, saving, trying
from subjects import sync as syncing
from subjects import taking_in as taking


@shared_task
def advance(subject_pk: str) -> None:
    """Take a subject's work forward, and come back when there is more to do."""
    pause = delivery.advance(subject_pk)
    if pause is not None:
        wake(advance.name, subject_pk, after=pause)


@shared_task
def sweep() -> None:
    """Wake up for everything that stands still: a lost message, a killed worker, a broker that was down."""
    for subject_pk in delivery.due():
        wake(advance.name, subject_pk)
    for tidy_pk in revising.due():
        wake(revise.name, tidy_pk)
    for document_pk in taking.due():
        wake(take_in.name, document_pk)
    for export_pk in saving.due():
        wake(write_list.name, export_pk)
    for test_pk in trying.due():
        wake(try_learning.name, test_pk)


@shared_task
def sync() -> None:
    """Bring our copy in step with what others did in Letta, for less than the time until the next such task."""
    syncing.sync()


@shared_task
def count_runs() -> None:
    """Count the runs that ended, by the hour, for the overview."""
    counting.count_runs()


@shared_task
def revise(tidy_pk: str) -> None:
    """Take a tidy-up forward, and come back when there is more to do."""
    pause = revising.advance(tidy_pk)
    if pause is not None:
        wake(revise.name, tidy_pk, after=pause)


@shared_task
def delete_left_over() -> None:
    """Delete scratch agents that no tidy-up knows of, and blocks that were made and never attached."""
    revising.delete_left_over()
    giving.delete_left_over()


@shared_task
def try_learning(test_pk: str) -> None:
    """Take a learning test forward, and come back when there is more to do."""
    pause = trying.advance(test_pk)
    if pause is not None:
        wake(try_learning.name, test_pk, after=pause)


@shared_task
def take_in(document_pk: str) -> None:
    """Take a file forward: read it, store its parts, give them to learn from."""
    pause = taking.advance(document_pk)
    if pause is not None:
        wake(take_in.name, document_pk, after=pause)


@shared_task
def write_list(export_pk: str) -> None:
    """Write a list as CSV for a while, and come back when there is more."""
    pause = saving.advance(export_pk)
    if pause is not None:
        wake(write_list.name, export_pk, after=pause)


@shared_task
def delete_expired_lists() -> None:
    """Delete lists that were saved as CSV a day ago."""
    saving.delete_expired()
