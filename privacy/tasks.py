"""Background work of the privacy desk. Tasks carry ids; the rows say what is to be done."""

from celery import shared_task

from memory_ui.waking import wake
from privacy import batching, exporting, previewing, retaining, scanning, working


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
def delete_expired_exports() -> None:
    """Delete the bytes of archives whose week is over."""
    exporting.delete_expired()


@shared_task
def sweep() -> None:
    """Find what nobody was woken for, or whose worker died."""
    working.begin()
    for request_pk in working.due():
        wake(work.name, request_pk)
    for batch_pk in batching.due():
        wake(file_batch.name, batch_pk)


@shared_task
def file_batch(batch_pk: str) -> None:
    """File the requests of a list for a while, and come back when there are more."""
    pause = batching.advance(batch_pk)
    if pause is not None:
        wake(file_batch.name, batch_pk, after=pause)


@shared_task
def scan_orphans() -> None:
    """Take the look through Letta further, and come back when there is more."""
    pause = scanning.advance()
    if pause is not None:
        wake(scan_orphans.name, after=pause)


@shared_task
def remove_orphans() -> None:
    """Remove orphans that a person decided to remove, and come back when there are more."""
    pause = scanning.remove_decided()
    if pause is not None:
        wake(remove_orphans.name, after=pause)


@shared_task
def sweep_orphans() -> None:
    """Find a look or a removal that nobody was woken for, or whose worker died."""
    if scanning.is_due():
        wake(scan_orphans.name)
    wake(remove_orphans.name)


@shared_task
def apply_retention() -> None:
    """Apply the retention rules that are due, and come back while there is more to remove."""
    pause = retaining.advance()
    if pause is not None:
        wake(apply_retention.name, after=pause)


@shared_task
def delete_left_over() -> None:
    """Delete the ids of lists that were not filed, a month later."""
    batching.delete_left_over()


@shared_task
def take_preview(request_pk: str) -> None:
    """Count what an erasure would find."""
    previewing.take(request_pk)
