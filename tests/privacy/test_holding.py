"""What stops the clock and what runs on it: legal hold, the extension, and in whose hands a request is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from privacy import clock, holding, requesting, working
from privacy.models import Request
from privacy.requesting import NotPossible
from tests.subjects.pages.conftest import make_subject

FileFor = Callable[..., Request]
State = Request.State


@pytest.fixture
def erasure(petra: User, file_for: FileFor) -> Request:
    """An erasure that waits for approval."""
    return file_for("erasure", make_subject("user_sarah").subject_id, petra)


def second() -> User:
    """Another privacy officer."""
    return User.objects.create(email="ada@example.com", name="Ada", role="privacy")


# on hold --------------------------------------------------------------------------------------------------------------


def test_nothing_is_erased_while_a_hold_stands(erasure: Request, petra: User, adam: User) -> None:
    requesting.approve(erasure, adam)
    holding.hold(erasure, petra, "claim", "LEGAL-7")
    working.begin()
    erasure.refresh_from_db()
    assert erasure.state == State.APPROVED
    assert holding.held_subjects([erasure.subject] if erasure.subject else []) == {erasure.subject}
    holding.release(erasure, petra)
    working.begin()
    erasure.refresh_from_db()
    assert erasure.state == State.WORKING


def test_a_hold_stops_every_erasure_of_the_subject(erasure: Request, petra: User, adam: User, file_for: FileFor) -> None:
    """Whichever request it was put on, and also when that one was refused since."""
    access = file_for("access", "user_sarah", petra)
    holding.hold(access, petra, "authority", "COURT-1")
    requesting.refuse(access, petra, "rights")
    requesting.approve(erasure, adam)
    working.begin()
    erasure.refresh_from_db()
    assert erasure.state == State.APPROVED
    assert holding.holds_on(erasure) == [access]
    holding.release(access, petra)
    working.begin()
    erasure.refresh_from_db()
    assert erasure.state == State.WORKING


def test_an_erasure_that_has_begun_cannot_be_held(erasure: Request, petra: User, adam: User, file_for: FileFor) -> None:
    requesting.approve(erasure, adam)
    working.begin()
    access = file_for("access", "user_sarah", petra)
    for request in (erasure, access):
        with pytest.raises(NotPossible, match="carried out already, and cannot be held"):
            holding.hold(request, petra, "claim", "LEGAL-7")
    assert not Request.objects.filter(held_at__isnull=False).exists()


def test_a_held_one_is_not_approved(erasure: Request, petra: User, adam: User) -> None:
    holding.hold(erasure, petra, "claim", "LEGAL-7")
    with pytest.raises(NotPossible, match="on legal hold"):
        requesting.approve(erasure, adam)


# the clock and whose it is --------------------------------------------------------------------------------------------


def test_sixty_days_more_once(erasure: Request, petra: User) -> None:
    before = erasure.due_at
    clock.extend(erasure, petra, "complex", "DPO-12")
    assert erasure.due_at - before == timedelta(days=60)
    with pytest.raises(NotPossible, match=r"extended the time by 60 days"):
        clock.extend(erasure, petra, "many", "DPO-13")
    erasure.refresh_from_db()
    assert (erasure.due_at - before, erasure.extension_ticket) == (timedelta(days=60), "DPO-12")


@pytest.mark.parametrize(
    ("left", "colour", "words"),
    [
        (timedelta(days=30), "calm", "due in 30 days"),
        (timedelta(days=7, seconds=1), "calm", "due in 7 days"),
        (timedelta(days=7), "amber", "due in 7 days"),
        (timedelta(days=1, hours=3), "amber", "due in 1 day"),
        (timedelta(hours=3), "amber", "due within a day"),
        (timedelta(0), "red", "overdue since today"),
        (timedelta(days=-1), "red", "overdue by 1 day"),
        (timedelta(days=-40), "red", "overdue by 40 days"),
    ],
)
def test_the_clock_in_words(left: timedelta, colour: str, words: str) -> None:
    now = timezone.now()
    assert (clock.colour_of(now + left, now), clock.words_of(now + left, now)) == (colour, words)


def test_who_is_on_it(erasure: Request, petra: User, sue: User) -> None:
    ada = second()
    clock.assign(erasure, petra, petra)
    with pytest.raises(NotPossible, match="Petra assigned it"):
        clock.assign(erasure, ada, ada)  # who saw it in nobody's hands
    clock.assign(erasure, ada, ada, instead_of=petra)
    assert erasure.assignee == ada
    with pytest.raises(NotPossible, match="privacy officer"):
        clock.assign(erasure, ada, sue, instead_of=ada)
    clock.assign(erasure, ada, None, instead_of=ada)
    assert erasure.assignee is None
