"""Background work of the privacy desk. Tasks carry ids; the rows say what is to be done."""

from celery import shared_task

from memory_ui.waking import wake
from privacy import working


@shared_task
def begin() -> None:
    """Begin what is approved, as far as there is room."""
    working.begin()


@shared_task
def work(request_pk: str) -> None:
    """Carry a request out, and come back when there is more to do."""
    pause = working.advance(request_pk)
    if pause is not None:
        wake(work.name, request_pk, after=pause)


@shared_task
def sweep() -> None:
    """Find what nobody was woken for, or whose worker died."""
    working.begin()
    for request_pk in working.due():
        wake(work.name, request_pk)
