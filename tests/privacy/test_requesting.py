"""From filed to begun: who may, in which order, and what happens when two do it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from memory_ui.locks import exclusively
from privacy import clock, holding, requesting, restricting, working
from privacy.models import Event, Request
from privacy.requesting import NotPossible
from subjects.models import Subject
from tests.conftest import wait_until
from tests.subjects.pages.conftest import make_subject

FileFor = Callable[..., Request]
State = Request.State


@pytest.fixture
def sarah(db: None) -> Subject:
    return make_subject("user_sarah")


@pytest.fixture
def erasure(sarah: Subject, petra: User, file_for: FileFor) -> Request:
    """An erasure that waits for approval."""
    return file_for("erasure", sarah.subject_id, petra)


def second(name: str = "Ada") -> User:
    """Another person with the right to approve, who handles requests besides."""
    return User.objects.create(email=f"{name.lower()}@example.com", name=name, role="privacy", is_approver=True)


def actions_of(request: Request) -> list[str]:
    return list(request.events.order_by("id").values_list("action", flat=True))


# filing ---------------------------------------------------------------------------------------------------------------


def test_an_erasure_is_confirmed_then_approved_by_somebody_else_then_begun(
    sarah: Subject, petra: User, adam: User, file_for: FileFor
) -> None:
    request = file_for("erasure", sarah.subject_id, petra, confirmed=False)
    assert (request.state, request.subject) == (State.RECEIVED, sarah.pk)
    assert request.due_at - request.filed_at == timedelta(days=30)

    requesting.confirm(request, petra)
    assert request.state == State.WAITING
    working.begin()
    request.refresh_from_db()
    assert request.state == State.WAITING, "nothing begins without the second person"

    requesting.approve(request, adam)
    working.begin()
    request.refresh_from_db()
    assert request.state == State.WORKING
    assert actions_of(request) == ["filed", "confirmed", "approved", "begun"]


@pytest.mark.parametrize("kind", ["access", "portability", "restriction"])
def test_everything_else_begins_at_once(kind: str, sarah: Subject, petra: User, file_for: FileFor) -> None:
    request = file_for(kind, sarah.subject_id, petra)
    assert request.state == State.APPROVED
    working.begin()
    request.refresh_from_db()
    assert request.state == State.WORKING


def test_without_the_second_person_where_the_settings_say_so(
    sarah: Subject, petra: User, file_for: FileFor, settings: Settings
) -> None:
    settings.ERASURE_NEEDS_APPROVAL = False
    request = file_for("erasure", sarah.subject_id, petra, confirmed=False)
    assert request.state == State.RECEIVED, "it is confirmed all the same"
    requesting.confirm(request, petra)
    assert (request.state, request.approved_by) == (State.APPROVED, None)


def test_the_same_is_open_once(erasure: Request, petra: User, file_for: FileFor) -> None:
    with pytest.raises(requesting.AlreadyOpen) as caught:
        file_for("erasure", "user_sarah", petra)
    assert caught.value.request == erasure
    assert "user_sarah" not in str(caught.value)
    assert file_for("access", "user_sarah", petra) != erasure, "another kind is another request"
    requesting.withdraw(erasure, petra)
    assert file_for("erasure", "user_sarah", petra) != erasure


def test_what_happened_is_in_the_audit_log_too(erasure: Request, petra: User, adam: User) -> None:
    requesting.approve(erasure, adam)
    holding.hold(erasure, petra, "claim", "LEGAL-7")
    found = list(Entry.objects.order_by("id").values_list("action", "actor", "privacy_request", "subject", "ticket"))
    mine = (erasure.pk, erasure.subject)
    assert found == [
        ("filed-request", petra.pk, *mine, ""),
        ("approved-request", adam.pk, *mine, ""),
        ("held-request", petra.pk, *mine, "LEGAL-7"),
    ]


# approving ------------------------------------------------------------------------------------------------------------


def test_nobody_approves_what_they_asked_for(sarah: Subject, file_for: FileFor) -> None:
    ada = second()
    request = file_for("erasure", sarah.subject_id, ada)
    with pytest.raises(NotPossible, match="somebody else"):
        requesting.approve(request, ada)
    request.refresh_from_db()
    assert request.state == State.WAITING


def test_nobody_approves_what_they_confirmed(sarah: Subject, petra: User, adam: User, file_for: FileFor) -> None:
    ada = second()
    request = file_for("erasure", sarah.subject_id, petra, confirmed=False)
    requesting.confirm(request, ada)
    with pytest.raises(NotPossible, match="somebody else"):
        requesting.approve(request, ada)
    requesting.approve(request, adam)


@pytest.mark.parametrize("column", ["filed_by", "confirmed_by"])
def test_the_database_refuses_it_too(column: str, erasure: Request, petra: User, sue: User) -> None:
    Request.objects.update(filed_by=sue, confirmed_by=sue)
    Request.objects.update(**{column: petra})
    with pytest.raises(IntegrityError, match="privacy_request_second_person"), transaction.atomic():
        Request.objects.update(approved_by=petra)


def test_only_approvers_approve(erasure: Request, otto: User, sue: User) -> None:
    for person in (otto, sue):
        with pytest.raises(NotPossible, match="an approver"):
            requesting.approve(erasure, person)


def test_what_is_not_confirmed_is_not_approved(sarah: Subject, petra: User, adam: User, file_for: FileFor) -> None:
    request = file_for("erasure", sarah.subject_id, petra, confirmed=False)
    with pytest.raises(NotPossible, match="not confirmed yet"):
        requesting.approve(request, adam)


# ending ---------------------------------------------------------------------------------------------------------------


def test_refused_with_a_reason_of_the_list(erasure: Request, petra: User) -> None:
    requesting.refuse(erasure, petra, "obligation")
    assert (erasure.state, erasure.refusal) == (State.REFUSED, "obligation")
    assert erasure.ended_at
    assert Event.objects.get(action="refused").detail == "A law obliges us to keep the data"


def test_what_is_being_carried_out_is_neither_refused_nor_withdrawn(erasure: Request, petra: User, adam: User) -> None:
    requesting.approve(erasure, adam)
    working.begin()
    for verb in (requesting.withdraw, lambda one, by: requesting.refuse(one, by, "mistake")):
        with pytest.raises(NotPossible, match="being carried out"):
            verb(erasure, petra)


def test_partly_done_is_tried_again_without_asking_twice(erasure: Request, petra: User, adam: User) -> None:
    requesting.approve(erasure, adam)
    working.begin()
    requesting.finish(erasure.pk, State.PARTIAL, "Letta did not answer.")
    erasure.refresh_from_db()
    assert (erasure.state, erasure.failure) == (State.PARTIAL, "Letta did not answer.")
    requesting.retry(erasure, petra)
    working.begin()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.failure, erasure.ended_at) == (State.WORKING, "", None)
    requesting.finish(erasure.pk, State.DONE)
    requesting.finish(erasure.pk, State.DONE)
    assert actions_of(erasure).count("ended") == 2, "ending twice is ending once"


def test_a_newer_one_stands_in_the_way_of_a_retry(erasure: Request, petra: User, file_for: FileFor) -> None:
    Request.objects.update(state=State.PARTIAL)
    erasure.refresh_from_db()
    file_for("erasure", "user_sarah", petra)
    with pytest.raises(NotPossible, match="newer request"):
        requesting.retry(erasure, petra)


# two at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("approve", "approve"),
        ("approve", "refuse"),
        ("approve", "withdraw"),
        ("refuse", "withdraw"),
        ("extend", "extend"),
        ("hold", "hold"),
        ("take", "take"),
    ],
)
def test_of_two_officers_at_once_one_wins_and_the_other_is_told(
    first: str, other: str, erasure: Request, adam: User
) -> None:
    ada = second()
    verbs: dict[str, Callable[[Request, User], Any]] = {
        "approve": requesting.approve,
        "refuse": lambda one, by: requesting.refuse(one, by, "mistake"),
        "withdraw": requesting.withdraw,
        "extend": lambda one, by: clock.extend(one, by, "complex", "DPO-1"),
        "hold": lambda one, by: holding.hold(one, by, "claim", "LEGAL-1"),
        "take": lambda one, by: clock.assign(one, by, by),
    }
    User.objects.filter(pk=adam.pk).update(role="privacy")
    adam.refresh_from_db()

    def act(verb: str, by: User) -> str:
        try:
            verbs[verb](Request.objects.get(pk=erasure.pk), by)
        except NotPossible as error:
            return str(error)
        finally:
            connections.close_all()
        return "won"

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Request.objects.select_for_update().get(pk=erasure.pk)
            both = [pool.submit(act, first, adam), pool.submit(act, other, ada)]
            wait_until(lambda: _waiting() == 2, 10, "they did not meet")
        said = [one.result(timeout=20) for one in both]
    assert sorted(one == "won" for one in said) == [False, True], said
    [sentence] = [one for one in said if one != "won"]
    assert sentence.startswith("Nothing was changed: ")
    assert "Adam" in sentence or "Ada " in sentence
    assert Event.objects.filter(request=erasure).count() == 2, "filed, and one decision"


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(distinct pid) from pg_locks where not granted")
        [(waiting,)] = cursor.fetchall()
    return int(waiting)


# carrying out ---------------------------------------------------------------------------------------------------------


def test_a_few_at_a_time_and_single_ones_before_lists(petra: User, file_for: FileFor) -> None:
    requests = [file_for("access", f"user_{number}", petra) for number in range(working.AT_ONCE + 2)]
    working.begin()
    working.begin()
    assert Request.objects.filter(state=State.WORKING).count() == working.AT_ONCE
    requesting.finish(requests[0].pk, State.DONE)
    working.begin()
    assert Request.objects.filter(state=State.WORKING).count() == working.AT_ONCE
    assert Request.objects.filter(state=State.APPROVED).count() == 1


def test_work_that_breaks_off_is_taken_up_again(
    petra: User, file_for: FileFor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, without a word of the exception, which may name somebody."""
    request = file_for("restriction", "user_sarah", petra)
    working.begin()

    def broken(request_pk: object) -> float | None:
        raise KeyError("user_sarah")

    monkeypatch.setattr(restricting, "work", broken)
    assert working.advance(str(request.pk)) == working.PAUSES[0]
    assert working.advance(str(request.pk)) == working.PAUSES[1]
    request.refresh_from_db()
    assert (request.state, request.tries) == (State.WORKING, 2)
    assert "KeyError" in request.failure
    assert "user_sarah" not in caplog.text + request.failure
    assert working.due() == []
    Request.objects.update(wake_at=timezone.now())
    assert working.due() == [str(request.pk)]
    monkeypatch.undo()
    assert working.advance(str(request.pk)) is None
    request.refresh_from_db()
    assert (request.state, request.failure) == (State.DONE, restricting.NOBODY)


def test_nobody_takes_up_what_somebody_carries_out(petra: User, file_for: FileFor) -> None:
    request = file_for("restriction", "user_sarah", petra)
    working.begin()
    Request.objects.update(wake_at=timezone.now() - timedelta(hours=1))
    with exclusively(working.lock_name(str(request.pk))):
        assert working.due() == []
    assert working.due() == [str(request.pk)]
