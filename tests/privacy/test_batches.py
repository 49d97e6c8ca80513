"""Lists of ids: read, filed piece by piece, confirmed and approved as one act."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Entry
from privacy import batching, holding
from privacy.batching import BadList, parse
from privacy.models import Batch, BatchLine, Request
from privacy.requesting import Filer, NotPossible, file
from subjects.models import Subject

State = Request.State


def people(number: int) -> list[str]:
    Subject.objects.bulk_create(Subject(subject_id=f"user_{one}") for one in range(number))
    return [f"user_{one}" for one in range(number)]


def filed(ids: list[str], by: User, kind: str = "erasure", doubles: int = 0) -> Batch:
    batch = batching.start_batch(kind, ids, doubles, by)
    assert batching.advance(str(batch.pk)) is None
    batch.refresh_from_db()
    return batch


def test_reading_a_list() -> None:
    assert parse('\ufeffuser_a\r\n\r\n "user_b" \nuser_a\nuser_a\n') == (["user_a", "user_b"], 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("user_a\n" + "x" * 201, "Line 2 has 201 characters"),
        ("user_a\nuser\x00b", "Line 2 holds signs"),
        ("\n".join(map(str, range(batching.MOST_IDS + 1))), "more than 10,000 ids"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(text: str, said: str) -> None:
    with pytest.raises(BadList, match=said):
        parse(text)


def test_every_known_id_becomes_a_request_and_the_rest_is_told(petra: User, db: None) -> None:
    ids = people(batching.PIECE + 5)
    file("erasure", "user_3", Filer(petra))
    batch = filed([*ids, "nobody_1", "nobody_2"], petra, doubles=4)
    assert (batch.state, batch.filed, batch.unknown, batch.already, batch.doubles) == ("filed", len(ids) - 1, 2, 1, 4)
    assert batching.states_of(batch) == {"received": len(ids) - 1}
    left = dict(batch.lines.values_list("subject_id", "outcome"))
    assert left == {"nobody_1": "unknown", "nobody_2": "unknown", "user_3": "already"}, (
        "what was filed is on no list any more"
    )


def test_what_broke_off_goes_on_where_it_was(petra: User, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batching.start_batch("erasure", people(250), 0, petra)
    monkeypatch.setattr(batching, "TURN_SECONDS", -1)
    assert batching.advance(str(batch.pk)) == 0.1
    monkeypatch.undo()
    Batch.objects.update(wake_at=timezone.now())
    assert batching.due() == [str(batch.pk)]
    assert batching.advance(str(batch.pk)) is None
    assert batching.advance(str(batch.pk)) is None
    assert Request.objects.filter(batch=batch).count() == 250
    assert batching.due() == []


def test_confirmed_and_approved_as_one_act_by_two_people(petra: User, adam: User, db: None) -> None:
    batch = filed(people(7), petra)
    assert batching.confirm(batch, petra) == 7
    with pytest.raises(NotPossible, match="no request of this list"):
        batching.confirm(batch, petra)
    held = Request.objects.filter(batch=batch)[0]
    holding.hold(held, petra, "claim", "LEGAL-1")
    assert batching.approve(batch, adam) == 6
    assert batching.states_of(batch) == {"waiting": 1, "approved": 6}
    assert Request.objects.filter(approved_by=adam).count() == 6
    recorded = Entry.objects.filter(action="approved-request")
    assert recorded.count() == 6
    assert {entry.detail["batch"] for entry in recorded} == {str(batch.pk)}
    assert {entry.actor for entry in recorded} == {adam.pk}


def test_deciding_asks_as_often_for_many_as_for_few(
    petra: User, adam: User, db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = filed(people(60), petra)
    for verb, by in ((batching.confirm, petra), (batching.approve, adam)):
        with django_assert_max_num_queries(10):
            assert verb(batch, by) == 60


def test_whoever_filed_the_list_does_not_approve_it(petra: User, otto: User, adam: User, db: None) -> None:
    User.objects.filter(pk=petra.pk).update(is_approver=True)
    petra.refresh_from_db()
    batch = filed(people(2), petra)
    batching.confirm(batch, petra)
    with pytest.raises(NotPossible, match="somebody else"):
        batching.approve(batch, petra)
    with pytest.raises(NotPossible, match="an approver"):
        batching.approve(batch, otto)
    assert batching.states_of(batch) == {"waiting": 2}


def test_while_it_is_filed_nothing_is_decided(petra: User, adam: User, db: None) -> None:
    batch = batching.start_batch("erasure", people(2), 0, petra)
    for verb in (batching.confirm, batching.withdraw):
        with pytest.raises(NotPossible, match="still being filed"):
            verb(batch, petra)


def test_taken_back_as_one_act(petra: User, db: None) -> None:
    batch = filed(people(3), petra)
    assert batching.withdraw(batch, petra) == 3
    assert batching.states_of(batch) == {"withdrawn": 3}


def test_access_for_a_list_begins_by_itself(petra: User, db: None) -> None:
    batch = filed(people(3), petra, kind="access")
    assert batching.states_of(batch) == {"approved": 3}


def test_ids_that_were_not_filed_are_forgotten_after_a_month(petra: User, db: None) -> None:
    batch = filed(["nobody"], petra)
    batching.delete_left_over()
    assert BatchLine.objects.exists()
    Batch.objects.filter(pk=batch.pk).update(ended_at=timezone.now() - timedelta(days=31))
    batching.delete_left_over()
    assert not BatchLine.objects.exists()
