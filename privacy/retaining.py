"""Retention: what a rule would remove, putting it in force, and applying it every day, in batches, on the record."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, who_may
from audit.actions import Action
from audit.recording import record
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from privacy.history import note_event
from privacy.models import Event, Request, RetentionRule
from privacy.requesting import BEGIN, AlreadyOpen, Filer, Kind, NotPossible, file
from subjects.models import Message, Run, Subject

APPLY = "privacy.tasks.apply_retention"
EVERY = timedelta(days=1)
MESSAGES = 2000  # deleted in one transaction
SUBJECTS = 100  # for which erasures are filed in one turn
MOST_COUNTED = 100_000
SHOWN = 10
APPROVED = "the retention rule that was approved says so"
LETTA_KEEPS = (
    "Messages are removed here, with what search knows of them. What was learned from them stays in the blocks, and Letta "
    "keeps its own log of the agent: only an erasure removes that."
)

What, State = RetentionRule.What, RetentionRule.State


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would remove now. `is_more`: there are more than counted."""

    number: int
    is_more: bool
    subjects: list[Subject]
    """Some of those concerned."""


def make(what: str, days: int, by: User) -> RetentionRule:
    """A rule that is not yet in force."""
    with transaction.atomic():
        rule = RetentionRule.objects.create(what=what, days=days, created_by=by)
        record(Action.CREATED_RETENTION_RULE, by=by, detail={"rule": rule.pk, "what": What(what), "days": days})
    return rule


def preview(rule: RetentionRule) -> Preview:
    """What the rule would remove if it were applied now."""
    if rule.what == What.MESSAGES:
        rows = _messages(rule)
        number = rows.order_by()[: MOST_COUNTED + 1].count()
        of = rows.order_by("pk").values_list("subject", flat=True)[: SHOWN * 50]
        some = list(Subject.objects.filter(pk__in=set(of))[:SHOWN])
    else:
        found = _subjects(rule)
        number = found.order_by()[: MOST_COUNTED + 1].count()
        some = list(found.order_by("created_at")[:SHOWN])
    return Preview(min(number, MOST_COUNTED), number > MOST_COUNTED, some)


def approval_trouble(rule: RetentionRule, by: User) -> str:
    """Why `by` may not put the rule in force, in a sentence; empty when they may."""
    if rule.what == What.SUBJECTS and settings.ERASURE_NEEDS_APPROVAL:
        if not by.may(Permission.APPROVE_ERASURE):
            return f"It erases people: to put it in force, one has to be {who_may(Permission.APPROVE_ERASURE)}."
        if by.pk == rule.created_by_id:
            return "You made this rule yourself, and it erases people: somebody else has to put it in force."
    elif not by.may(Permission.HANDLE_REQUESTS):
        return f"To put it in force, one has to be {who_may(Permission.HANDLE_REQUESTS)}."
    return ""


def put_in_force(rule: RetentionRule, by: User) -> None:
    """Apply the rule from now on, every day.

    Raises:
        NotPossible: `by` may not, it is in force or stopped already, or another one for the same is in force.
    """
    if trouble := approval_trouble(rule, by):
        raise NotPossible(trouble)
    now = timezone.now()
    # One who made a rule for messages may put it in force; only for people a second one stands there.
    approver = None if rule.what == What.SUBJECTS and by.pk == rule.created_by_id else by
    try:
        with transaction.atomic():
            changed = RetentionRule.objects.filter(pk=rule.pk, state=State.DRAFT).update(
                state=State.ACTIVE, approved_at=now, approved_by=approver, next_at=now
            )
            if not changed:
                raise NotPossible("Nothing was changed: the rule is in force already, or was stopped.")
            record(Action.CHANGED_RETENTION_RULE, by=by, detail={"rule": rule.pk, "state": State.ACTIVE})
            wake(APPLY)
    except IntegrityError:
        raise NotPossible("Another rule for the same is in force: stop that one first.") from None


def stop(rule: RetentionRule, by: User) -> None:
    """Apply the rule no more; what it removed stays removed.

    Raises:
        NotPossible: it was stopped already.
    """
    with transaction.atomic():
        rows = RetentionRule.objects.filter(pk=rule.pk).exclude(state=State.STOPPED)
        if not rows.update(state=State.STOPPED, stopped_at=timezone.now(), next_at=None):
            raise NotPossible("The rule was stopped already.")
        record(Action.CHANGED_RETENTION_RULE, by=by, detail={"rule": rule.pk, "state": State.STOPPED})


def advance() -> float | None:
    """Apply a batch of a rule that is due; returns the seconds until there is more to do, None when there is none."""
    with exclusively("privacy-retention") as mine:
        due = RetentionRule.objects.filter(state=State.ACTIVE, next_at__lte=timezone.now())
        rule = due.order_by("next_at").first() if mine else None
        if rule is None:
            return None
        removed = _remove_messages(rule) if rule.what == What.MESSAGES else _erase_subjects(rule)
        changes: dict[str, object] = {"removed": F("removed") + removed}
        if not removed:
            changes |= {"last_at": timezone.now(), "next_at": timezone.now() + EVERY}
        RetentionRule.objects.filter(pk=rule.pk, state=State.ACTIVE).update(**changes)
    return 0.0


def _cutoff(rule: RetentionRule) -> datetime:
    return timezone.now() - timedelta(days=rule.days)


def _untouchable() -> Q:
    # Whoever is frozen or on legal hold stays as they are.
    return Q(frozen_at__isnull=False) | Q(pk__in=_held())


def _held() -> QuerySet[Request, Any]:
    return Request.objects.filter(held_at__isnull=False, subject__isnull=False).values("subject")


def _messages(rule: RetentionRule) -> QuerySet[Message]:
    old = Message.objects.filter(created_at__lt=_cutoff(rule)).exclude(run__state__in=Run.OPEN)
    return old.exclude(subject__frozen_at__isnull=False).exclude(subject__in=_held())


def _subjects(rule: RetentionRule) -> QuerySet[Subject]:
    cutoff = _cutoff(rule)
    seen = Q(last_learned_at__gte=cutoff) | Q(activity_at__gte=cutoff) | Q(created_at__gte=cutoff)
    said = Run.objects.filter(subject=OuterRef("pk"), created_at__gte=cutoff)
    asked = Request.objects.filter(subject=OuterRef("pk"), kind=Kind.ERASURE, state__in=Request.OPEN)
    return Subject.objects.exclude(seen).exclude(_untouchable()).exclude(Exists(said)).exclude(Exists(asked))


def _remove_messages(rule: RetentionRule) -> int:
    with transaction.atomic():
        batch = list(_messages(rule).order_by("created_at").values_list("pk", "subject__pk")[:MESSAGES])
        Message.objects.filter(pk__in=[pk for pk, _ in batch]).delete()
        for subject, number in Counter(subject for _, subject in batch).items():
            record(Action.REMOVED_BY_RETENTION, by=None, subject=subject, detail={"rule": rule.pk, "messages": number})
    return len(batch)


def _erase_subjects(rule: RetentionRule) -> int:
    filed = 0
    for subject in _subjects(rule).order_by("created_at")[:SUBJECTS]:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    request = file(Kind.ERASURE, subject.subject_id, Filer(None), confirmed=True)
            except AlreadyOpen:
                continue
            Request.objects.filter(pk=request.pk, state=Request.State.WAITING).update(
                state=Request.State.APPROVED, approved_at=timezone.now()
            )
            note_event(request, Event.Action.APPROVED, None, APPROVED)
            record(
                Action.REMOVED_BY_RETENTION,
                by=None,
                subject=subject.pk,
                privacy_request=request.pk,
                detail={"rule": rule.pk, "subjects": 1},
            )
            wake(BEGIN)
        filed += 1
    return filed
