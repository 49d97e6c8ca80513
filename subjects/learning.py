"""Giving a conversation to learn from: stored first, delivered by a worker, never learned twice."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import Detail, record
from memory_ui.waking import wake
from subjects.counting import take_out
from subjects.frozen import refuse_frozen
from subjects.models import Message, Run, Subject
from subjects.transcripts import Turn

ADVANCE = "subjects.tasks.advance"


class CannotLearn(ValueError):
    """The batch cannot be taken; the message says why. Nothing was written."""


def learn(subject: Subject, turns: Sequence[Turn], *, source: Run.Source, key: str, by: User | None = None) -> Run:
    """Store `turns` as one batch and queue its run. The same `key` for the same subject is the same run again.

    Raises:
        CannotLearn: the batch is empty.
        Frozen: a privacy request keeps the subject from learning.
    """
    if not turns:
        raise CannotLearn("There are no messages to learn from.")
    with transaction.atomic():
        # The row lock makes positions gapless and a double click one run.
        Subject.objects.select_for_update().get(pk=subject.pk)
        run = Run.objects.filter(subject=subject, idempotency_key=key).first()
        if run is not None:
            return run
        refuse_frozen(subject)
        last = Run.objects.filter(subject=subject).aggregate(last=Max("position"))["last"]
        run = Run.objects.create(
            subject=subject,
            position=0 if last is None else last + 1,
            idempotency_key=key,
            source=source,
            created_by=by,
            message_count=len(turns),
        )
        Message.objects.bulk_create(
            (
                Message(subject=subject, run=run, position=position, role=turn.role, content=turn.content)
                for position, turn in enumerate(turns)
            ),
            batch_size=1000,
        )
        facts: Detail = {"messages": len(turns), "source": source}
        record(Action.TAUGHT, by=by, subject=subject.pk, run=run.pk, detail=facts)
        _due_now(subject)
    return run


def retry(run: Run, by: User | None = None) -> bool:
    """Learn a failed or cancelled batch once more; returns whether it was in a state to retry.

    What another program sent is that program's to send again. Raises Frozen.
    """
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=run.subject_id)
        refuse_frozen(run.subject)
        over = Run.objects.filter(pk=run.pk, state__in=(Run.State.FAILED, Run.State.CANCELLED)).exclude(
            source=Run.Source.OUTSIDE
        )
        ended = over.first()
        claimed = over.update(
            state=Run.State.QUEUED,
            attempt=F("attempt") + 1,
            letta_run_id=None,
            failure="",
            sending_at=None,
            sent_at=None,
            ended_at=None,
            queued_at=timezone.now(),
            cancel_requested=False,
        )
        if ended and claimed:
            take_out(ended)
            record(Action.RETRIED_RUN, by=by, subject=run.subject_id, run=run.pk)
            _due_now(run.subject)
    return bool(claimed)


def cancel(run: Run, by: User | None = None) -> bool:
    """Stop a run: at once while it waits here, at Letta's next step while it learns. The messages are kept.

    Returns whether there was still something to stop.
    """
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=run.subject_id)
        stopped = Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(
            state=Run.State.CANCELLED, ended_at=timezone.now(), failure="Cancelled before it was sent."
        )
        asked = Run.objects.filter(pk=run.pk, state__in=(Run.State.SENDING, Run.State.LEARNING)).update(
            cancel_requested=True
        )
        if stopped or asked:
            record(Action.CANCELLED_RUN, by=by, subject=run.subject_id, run=run.pk)
            _due_now(run.subject)
    return bool(stopped or asked)


def _due_now(subject: Subject) -> None:
    Subject.objects.filter(pk=subject.pk).update(wake_at=timezone.now(), tries=0)
    wake(ADVANCE, str(subject.pk))
