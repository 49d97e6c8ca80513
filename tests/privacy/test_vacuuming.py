"""Erasures share a vacuuming: they wait for each other, take up no room, and none is done before its own deletion's."""

from datetime import datetime, timedelta

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from memory_ui.locks import number
from privacy import erasing, holding, requesting, vacuuming, working
from privacy.models import Erasure, Receipt, Request, Vacuuming
from tests.conftest import test_database_url
from tests.privacy.carrying import approved

pytestmark = pytest.mark.django_db(transaction=True)

Step = Erasure.Step


@pytest.fixture
def erasures(petra: User, adam: User) -> list[Request]:
    """Three that were begun, of people whom nobody knew."""
    return [approved(f"user_{place}", petra, adam) for place in range(3)]


def carry_all_out() -> list[int]:
    """Do what a worker would until all is over; how many waited at each turn."""
    waiting: list[int] = []
    while Request.objects.filter(state__in=requesting.UNDER_WAY).exists():
        working.begin()
        for pk in working.due():
            working.advance(pk)
        waiting.append(Request.objects.filter(state="working", wake_at=None).count())
        assert len(waiting) < 200
    return waiting


def moments(request: Request) -> tuple[datetime, set[datetime]]:
    """When the rows of an erasure were deleted, and when its receipt says that tables were vacuumed."""
    document = Receipt.objects.get(request=request).document
    assert set(document["vacuumed"]) == set(vacuuming.tables())
    return Erasure.objects.get(request=request).deleted_at or timezone.now(), {
        datetime.fromisoformat(at) for at in document["vacuumed"].values()
    }


def test_those_that_end_together_share_one(erasures: list[Request]) -> None:
    first, second, third = erasures
    assert erasing.work(first.pk) == working.UNTIL_WOKEN
    assert erasing.work(second.pk) == working.UNTIL_WOKEN
    assert not Vacuuming.objects.exists()
    assert not Receipt.objects.exists(), "nothing is proven before the vacuum"
    for request in (third, first, second):
        assert erasing.work(request.pk) is None
    done = Vacuuming.objects.get()
    for request in erasures:
        deleted_at, vacuumed = moments(request)
        assert deleted_at < done.started_at
        assert vacuumed == {done.ended_at}


def test_who_comes_after_it_began_takes_the_next(erasures: list[Request], petra: User, adam: User) -> None:
    for request in erasures:
        erasing.work(request.pk)
    late = approved("user_late", petra, adam)
    assert erasing.work(late.pk) is None
    first, second = Vacuuming.objects.order_by("pk")
    deleted_at, vacuumed = moments(late)
    assert first.started_at < deleted_at < second.started_at
    assert vacuumed == {second.ended_at}


def test_waiting_takes_up_no_room_and_all_come_to_their_end(petra: User, adam: User) -> None:
    many = working.AT_ONCE + 3
    for place in range(many):
        request = requesting.file("erasure", f"user_{place}", requesting.Filer(petra), confirmed=True)
        requesting.approve(request, adam)
    waited = max(carry_all_out())
    assert waited == many - 1, "the last one vacuums for all"
    assert Vacuuming.objects.count() == 1
    assert set(Request.objects.values_list("state", flat=True)) == {"done"}


def test_no_more_than_so_many_wait(erasures: list[Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vacuuming, "TOGETHER", 2)
    assert erasing.work(erasures[0].pk) == working.UNTIL_WOKEN
    assert erasing.work(erasures[1].pk) is None


def test_nobody_waits_longer_than_that(erasures: list[Request]) -> None:
    first = erasures[0]
    assert erasing.work(first.pk) == working.UNTIL_WOKEN
    assert vacuuming.to_wake(4) == []
    long_ago = timezone.now() - vacuuming.PATIENCE - timedelta(seconds=1)
    Erasure.objects.filter(request=first).update(deleted_at=long_ago)
    assert vacuuming.to_wake(4) == [first.pk]
    assert erasing.work(first.pk) is None


def test_it_does_not_wait_for_those_on_hold(erasures: list[Request], petra: User, adam: User) -> None:
    held = requesting.file("erasure", "user_held", requesting.Filer(petra), confirmed=True)
    requesting.approve(held, adam)
    holding.hold(held, petra, "claim", "LEGAL-7")
    Request.objects.exclude(pk__in=(held.pk, erasures[0].pk)).update(state="withdrawn")
    assert erasing.work(erasures[0].pk) is None


@pytest.mark.parametrize("dies", ["before", "within"])
def test_whoever_was_to_vacuum_dies(erasures: list[Request], dies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep has one of those that wait do it."""
    first, second, third = erasures
    for request in (first, second):
        working.advance(str(request.pk))
    with monkeypatch.context() as patch:
        patch.setattr(vacuuming, "vacuum" if dies == "before" else "_vacuum", lambda: 1 / 0)
        assert working.advance(str(third.pk)) == working.PAUSES[0]
    assert not Vacuuming.objects.filter(ended_at__isnull=False).exists()
    working.begin()
    assert working.due() == [str(first.pk)]
    assert working.advance(str(first.pk)) is None
    working.begin()
    assert working.due() == [str(second.pk)]
    assert working.advance(str(second.pk)) is None
    assert set(Request.objects.exclude(pk=third.pk).values_list("state", flat=True)) == {"done"}


def test_while_somebody_vacuums_nobody_is_woken_to_do_it_too(erasures: list[Request]) -> None:
    with psycopg.connect(test_database_url()) as somebody:
        somebody.execute("select pg_advisory_lock(%s)", [number(vacuuming.LOCK)])
        for request in erasures:
            assert working.advance(str(request.pk)) is None
        assert vacuuming.to_wake(4) == []
    assert len(vacuuming.to_wake(4)) == 1
