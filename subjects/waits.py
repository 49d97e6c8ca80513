"""What each kind of the subjects' own work waits for: runs, agents to create, files, tidy-ups, lists, learning tests."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, partial
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from memory_ui.waiting import Wait, Workers, waiting_for
from subjects.browsing import has_earlier_open_run
from subjects.delivery import SILENCE
from subjects.models import Document, DocumentPart, LearningTest, ListExport, Run, Subject, Tidy

FOR_AGENT = "Waiting for the subject's agent to be created in Letta."
FOR_RUNS = "Waiting for the subject's runs to end: what they learn belongs into the memory first."
FROZEN = "A privacy request keeps this memory as it is. It goes on once that is over."
STOPS = "It stops at the agent's next step."


def workers_on(runs: Iterable[Run]) -> Workers:
    """For many runs on one page: what is asked about all of them is asked once."""
    return Workers(_lock(run.subject_id) for run in runs if not run.is_over)


def wait_of_run(run: Run, since: datetime, workers: Workers | None = None) -> Wait:
    """What a run waits for that is in its state `since` then."""
    if run.is_over:
        return Wait()
    if run.failure:
        trouble = f"{run.failure} The messages are kept."
        return waiting_for(since, trouble=trouble, again=_next_try(run.subject.wake_at), workers=workers)
    if run.cancel_requested:
        return waiting_for(since, doing=STOPS, workers=workers) or Wait(STOPS)
    if run.state == Run.State.LEARNING:
        doing = "Letta is still reading. A long conversation or a busy model takes a while."
        return waiting_for(since, doing=doing, workers=workers)
    if run.state == Run.State.SENDING:
        doing = "Letta has not confirmed the messages yet. It is asked before anything is sent again."
        return waiting_for(since, doing=doing, workers=workers)
    return waiting_for(
        since,
        reason=lambda: _before_it_is_sent(run),
        doing="Letta is asked what the memory holds before it learns.",
        lock=_lock(run.subject_id),
        before=Run.objects.filter(state=Run.State.QUEUED, created_at__lt=run.created_at),
        workers=workers,
    )


def wait_of_setup(subject: Subject) -> Wait:
    """What a subject waits for that has no agent yet. Who was refused waits for a person and for nothing here."""
    if subject.agent_id is not None or subject.setup_refused:
        return Wait()
    return waiting_for(
        subject.created_at,
        trouble=subject.setup_error,
        again=_next_try(subject.wake_at),
        doing="Letta is asked to create it.",
        lock=_lock(subject.pk),
        before=Subject.objects.filter(agent_id=None, wake_at__isnull=False, created_at__lt=subject.created_at),
    )


def wait_of_document(document: Document) -> Wait:
    """What a file waits for on its way: to be read, to be stored, and then its first run that is open."""
    if document.state == Document.State.STORED:
        parts = DocumentPart.objects.filter(document=document, run__state__in=Run.OPEN).select_related("run__subject")
        part = parts.order_by("position").first()
        return wait_of_run(part.run, part.run.sent_at or part.run.queued_at) if part and part.run else Wait()
    if document.state not in Document.WORKING:
        return Wait()
    subject, reads = document.subject, document.state == Document.State.READING
    waits_for_agent = not reads and subject.agent_id is None
    # Nobody writes down when it was confirmed. Until a worker takes it up, that is when it was to be woken up for.
    untouched = not reads and document.wake_at is not None and document.wake_at < timezone.now()
    since = document.wake_at if untouched and document.wake_at else document.created_at
    again = None if waits_for_agent else _next_try(document.wake_at)
    return waiting_for(
        since,
        reason=lambda: FROZEN if subject.frozen_at else _for_agent(subject) if waits_for_agent else "",
        trouble="" if waits_for_agent or not document.failure else f"{document.failure} What is stored is kept.",
        again=again,
        doing="A worker is reading it, for a minute at most." if reads else "Letta is taking its parts into the archive.",
        lock=f"document:{document.pk}" if reads or document.storing_at is None else "",
        before=Document.objects.filter(wake_at__isnull=False, created_at__lt=document.created_at),
    )


def wait_of_tidy(tidy: Tidy) -> Wait:
    """What a tidy-up waits for."""
    if tidy.state not in Tidy.WORKED_ON:
        return Wait()
    earlier = Tidy.objects.filter(state=Tidy.State.QUEUED, created_at__lt=tidy.created_at)
    return _wait_of_tidy(tidy, Workers(), lambda: tidy.subject.runs.filter(state__in=Run.OPEN).exists(), earlier)


def waits_of_tidies(tidies: Iterable[Tidy]) -> dict[object, Wait]:
    """What each of many tidy-ups waits for, by its key. Three queries at most."""
    worked_on = [tidy for tidy in tidies if tidy.state in Tidy.WORKED_ON]
    workers = Workers(f"tidy:{tidy.pk}" for tidy in worked_on)

    @cache
    def busy() -> set[UUID]:
        learning = Run.objects.filter(subject__in=[tidy.subject_id for tidy in worked_on], state__in=Run.OPEN)
        return set(learning.order_by().values_list("subject_id", flat=True).distinct())

    def learns(tidy: Tidy) -> bool:
        return tidy.subject_id in busy()

    return {tidy.pk: _wait_of_tidy(tidy, workers, partial(learns, tidy)) for tidy in worked_on}


def _wait_of_tidy(tidy: Tidy, workers: Workers, learns: Callable[[], bool], before: QuerySet[Tidy] | None = None) -> Wait:
    since = tidy.sent_at or tidy.created_at
    if tidy.state == Tidy.State.WORKING:
        doing = "Letta is still reading. A long history or a busy model takes a while."
        return waiting_for(since, trouble=tidy.failure, again=_next_try(tidy.wake_at), doing=doing, workers=workers)
    return waiting_for(
        since,
        trouble=tidy.failure,
        again=_next_try(tidy.wake_at),
        reason=lambda: FOR_RUNS if learns() else "",
        doing="Letta is making the copies that are worked on.",
        lock=f"tidy:{tidy.pk}",
        before=before,
        workers=workers,
    )


def wait_of_list(export: ListExport) -> Wait:
    """What a list waits for that is to be written as CSV."""
    if export.state != ListExport.State.WRITING:
        return Wait()
    return waiting_for(
        export.created_at,
        doing="A worker is writing it, a thousand subjects at a time.",
        lock="" if export.rows_done else f"list:{export.pk}",
        before=ListExport.objects.filter(wake_at__isnull=False, created_at__lt=export.created_at),
    )


def wait_of_test(test: LearningTest) -> Wait:
    """What the present step of a learning test waits for."""
    if test.removed_at is not None:
        return Wait()
    trouble = "Letta does not answer. This goes on until nothing is left; nobody needs to wait here." if test.tries else ""
    return waiting_for(
        test.step_at,
        trouble=trouble if test.ended_at else "",
        again=_next_try(test.wake_at),
        doing="Letta is at it.",
        lock="" if test.steps or test.sending_at else f"learning-test:{test.pk}",
    )


def _before_it_is_sent(run: Run) -> str:
    if run.subject.agent_id is None:
        return _for_agent(run.subject)
    if has_earlier_open_run(run):
        return "Waiting for the run before it: conversations are learned one at a time, in order."
    return ""


def _for_agent(subject: Subject) -> str:
    if subject.setup_refused:
        return f"Letta refused to create the subject's agent: {subject.setup_error} Its page offers to try again."
    return f"{FOR_AGENT} {subject.setup_error}".strip()


def _lock(subject_pk: object) -> str:
    return f"subject:{subject_pk}"


def _next_try(wake_at: datetime | None) -> datetime | None:
    """When a worker is to try again: rows say when the sweep would take up what was not woken for, which is later."""
    return wake_at - SILENCE if wake_at else None
