"""Retention: the preview tells what goes, a second person puts people's erasure in force, held and frozen ones stay."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from privacy import retaining
from privacy.models import Request, RetentionRule
from privacy.requesting import Filer, NotPossible, file
from subjects.creation import create_subject
from subjects.freezing import freeze
from subjects.learning import learn
from subjects.models import Message, Run, Subject
from subjects.transcripts import Turn

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def subject_of(name: str, days: int = 400) -> Subject:
    """A subject that was last seen so many days ago, with one learned message of that day."""
    subject = create_subject(name, Subject.Kind.USER, [])
    run = learn(subject, [Turn("user", "hello")], source=Run.Source.TYPED, key="k")
    then = timezone.now() - timedelta(days=days)
    Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED, created_at=then)
    Message.objects.filter(run=run).update(created_at=then)
    Subject.objects.filter(pk=subject.pk).update(created_at=then, last_learned_at=then)
    return subject


def applied(rule: RetentionRule, by: User) -> None:
    retaining.put_in_force(rule, by)
    while retaining.advance() is not None:
        pass


def test_old_messages_go_and_young_ones_stay(petra: User) -> None:
    old, young = subject_of("user_old"), subject_of("user_young", days=10)
    rule = retaining.make("messages", 365, petra)
    preview = retaining.preview(rule)
    assert (preview.number, preview.is_more, preview.subjects) == (1, False, [old])
    assert Message.objects.count() == 2, "looking removes nothing"
    applied(rule, petra)
    assert [message.subject for message in Message.objects.all()] == [young]
    entry = Entry.objects.get(action="removed-by-retention")
    assert (entry.subject, entry.actor) == (old.pk, None)
    assert entry.detail == {"rule": str(rule.pk), "messages": 1}
    rule.refresh_from_db()
    assert (rule.removed, rule.state) == (1, "active")
    assert rule.next_at is not None
    assert rule.next_at > timezone.now() + timedelta(hours=23)


def test_messages_that_are_still_to_be_learned_stay(petra: User) -> None:
    subject_of("user_old")
    Run.objects.update(state=Run.State.QUEUED)
    rule = retaining.make("messages", 365, petra)
    assert retaining.preview(rule).number == 0
    applied(rule, petra)
    assert Message.objects.count() == 1


def test_whoever_is_frozen_or_held_stays(petra: User) -> None:
    freeze(subject_of("user_frozen"), Subject.FrozenFor.RESTRICTION)
    held = file("access", subject_of("user_held").subject_id, Filer(petra))
    Request.objects.filter(pk=held.pk).update(held_at=timezone.now(), hold_reason="claim")
    for what in ("messages", "subjects"):
        assert retaining.preview(retaining.make(what, 365, petra)).number == 0


def test_people_who_were_not_seen_are_erased_on_the_word_of_two(petra: User, adam: User) -> None:
    gone = subject_of("user_gone")
    subject_of("user_back", days=10)
    rule = retaining.make("subjects", 365, petra)
    assert retaining.preview(rule).subjects == [gone]
    with pytest.raises(NotPossible, match="one has to be an approver"):
        retaining.put_in_force(rule, petra)
    applied(rule, adam)
    request = Request.objects.get()
    assert (request.kind, request.state, request.subject) == ("erasure", "approved", gone.pk)
    assert [event.detail for event in request.events.filter(action="approved")] == [retaining.APPROVED]
    assert Entry.objects.get(action="removed-by-retention").privacy_request == request.pk
    retaining.stop(rule, petra)
    with pytest.raises(NotPossible, match="in force already, or was stopped"):
        retaining.put_in_force(rule, adam)


def test_who_made_it_is_not_the_second_person(petra: User) -> None:
    petra.is_approver = True
    petra.save()
    rule = retaining.make("subjects", 365, petra)
    with pytest.raises(NotPossible, match="somebody else has to put it in force"):
        retaining.put_in_force(rule, petra)


def test_nor_does_the_database_let_them(petra: User) -> None:
    with pytest.raises(IntegrityError):
        RetentionRule.objects.create(what="subjects", days=9, created_by=petra, approved_by=petra)


def test_one_rule_for_each_thing_is_in_force(petra: User) -> None:
    retaining.put_in_force(retaining.make("messages", 365, petra), petra)
    with pytest.raises(NotPossible, match="stop that one first"):
        retaining.put_in_force(retaining.make("messages", 30, petra), petra)


def test_a_stopped_rule_removes_nothing(petra: User) -> None:
    subject_of("user_old")
    rule = retaining.make("messages", 365, petra)
    retaining.put_in_force(rule, petra)
    retaining.stop(rule, petra)
    assert retaining.advance() is None
    assert Message.objects.count() == 1


def test_the_pages(petra: User, adam: User, otto: User, sign_in: Callable[[User], Client]) -> None:
    subject_of("user_old")
    client = sign_in(petra)
    assert b"Everything is kept" in client.get("/privacy/retention/").content
    bad = client.post("/privacy/retention/new/", {"what": "messages", "days": "0"})
    assert bad.status_code == 422
    assert b"At least one day." in bad.content
    assert sign_in(otto).post("/privacy/retention/new/", {"what": "messages", "days": "9"}).status_code == 403
    made = client.post("/privacy/retention/new/", {"what": "subjects", "days": "365"})
    shown = client.get(made["Location"]).content.decode()
    assert "1 subjects" in shown
    assert "one has to be an approver" in shown
    assert b"Put it in force" in sign_in(adam).get(made["Location"]).content
    started = sign_in(adam).post(made["Location"] + "start/", follow=True)
    assert b"The rule is in force" in started.content
    assert b"The rule is stopped" in client.post(made["Location"] + "stop/", follow=True).content
