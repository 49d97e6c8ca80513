"""Queries that are written once answer what the queryset would, for every value, and say so when they cannot."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from memory_ui.prepared import NotPrepared, prepared
from subjects.models import Block, Run, Subject


@prepared
def _subjects_of_kind(kind: str) -> QuerySet[Subject]:
    return Subject.objects.filter(kind=kind).order_by("subject_id")


@prepared
def _either(left: str, right: str, pks: tuple[UUID, ...], *, backwards: bool = False) -> QuerySet[Subject]:
    found = Subject.objects.filter(Q(subject_id=left) | Q(subject_id=right) | Q(pk__in=pks))
    return found.order_by("-subject_id" if backwards else "subject_id")


@pytest.fixture
def three(db: None) -> list[Subject]:
    kinds = {"a": "user", "b": "subject", "c": "user"}
    return [Subject.objects.create(subject_id=name, kind=kind) for name, kind in kinds.items()]


def test_each_call_has_its_own_values(three: list[Subject]) -> None:
    a, b, c = three
    assert _subjects_of_kind("user") == [a, c]
    assert _subjects_of_kind("subject") == [b]
    assert _subjects_of_kind(Subject.Kind.USER) == [a, c]
    assert _subjects_of_kind("nobody") == []


def test_values_keep_their_places_and_tuples_their_lengths(three: list[Subject]) -> None:
    a, b, c = three
    assert _either("a", "b", (uuid4(),)) == [a, b]
    assert _either("b", "a", (c.pk,)) == [a, b, c]
    assert _either("a", "a", (b.pk, c.pk)) == [a, b, c], "two values may be the same"
    assert _either("a", "a", (b.pk, c.pk), backwards=True) == [c, b, a]


def test_of_nothing_there_is_nothing_and_nobody_is_asked(three: list[Subject]) -> None:
    of = prepared(lambda pks: Subject.objects.filter(pk__in=pks))
    with CaptureQueriesContext(connection) as captured:
        assert of(()) == []
    assert not captured.captured_queries
    assert of((three[0].pk,)) == [three[0]]
    assert _either("a", "b", ()) == three[:2], "and where it is one of several conditions, the others hold"


def test_rows_are_counted_without_being_fetched(three: list[Subject]) -> None:
    first_two = prepared(lambda kind: Subject.objects.filter(kind=kind)[:2])
    Subject.objects.create(subject_id="100%", kind="user")
    with CaptureQueriesContext(connection) as captured:
        assert [_subjects_of_kind.count(kind) for kind in ("user", "subject", "nobody")] == [3, 1, 0]
        assert first_two.count("user") == 2, "as far as the slice goes"
        assert _either.count("100%", "a", ()) == 2
        assert _either.count("a", "a", tuple(one.pk for one in three), backwards=True) == 3
    assert all(query["sql"].startswith("SELECT count(*) FROM (") for query in captured.captured_queries)
    with CaptureQueriesContext(connection) as captured:
        assert prepared(lambda pks: Subject.objects.filter(pk__in=pks)).count(()) == 0
    assert not captured.captured_queries


def test_the_sql_is_written_once_for_each_way(three: list[Subject]) -> None:
    made = []

    @prepared
    def noted(kind: str, *, newest: bool) -> QuerySet[Subject]:
        made.append(newest)
        return Subject.objects.filter(kind=kind).order_by("-created_at" if newest else "created_at")

    with CaptureQueriesContext(connection) as captured:
        for kind in ("user", "subject", "user"):
            noted(kind, newest=True)
            noted(kind, newest=False)
    assert len(captured.captured_queries) == 6
    assert made == [True, True, False, False], "each way twice, with other samples, and then no more"


def test_rows_are_what_the_queryset_would_give(three: list[Subject], sue: User) -> None:
    subject = three[0]
    for position, state in enumerate((Run.State.COMPLETED, Run.State.FAILED)):
        Run.objects.create(subject=subject, position=position, idempotency_key=str(position), state=state, created_by=sue)
    Block.objects.create(subject=subject, label="human", value="x")

    def lines(pk: UUID) -> QuerySet[Subject]:
        last = Run.objects.filter(subject=OuterRef("pk")).order_by("-position").values("state")[:1]
        return Subject.objects.annotate(last=Subquery(last)).filter(pk=pk).prefetch_related("blocks")

    def runs(pk: UUID, since: datetime, position: int) -> QuerySet[Run]:
        rows = Run.objects.select_related("created_by", "subject").defer("failure")
        return rows.filter(subject=pk, created_at__gte=since, position__lte=position)

    [line] = prepared(lines)(subject.pk)
    [same] = lines(subject.pk)
    assert (line.last, line.subject_id) == (same.last, same.subject_id) == ("failed", "a")  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as captured:
        assert [block.label for block in line.blocks.all()] == ["human"]
        [first] = prepared(runs)(subject.pk, datetime(2000, 1, 1, tzinfo=UTC), 0)
        assert (first.created_by, first.subject, first.position) == (sue, subject, 0)
        assert first.get_deferred_fields() == {"failure"}
    assert len(captured.captured_queries) == 1
    positions = prepared(lambda pk: Run.objects.filter(subject=pk).order_by("position").values_list("position", flat=True))
    assert positions(subject.pk) == [0, 1]


def test_every_thread_asks_its_own_connection(transactional_db: None) -> None:
    Subject.objects.create(subject_id="a", kind="user")
    assert len(_subjects_of_kind("user")) == 1
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(_subjects_of_kind("user"))
        except Exception as error:  # for the assertion below
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [len(rows) for rows in found] == [1]
    assert len(_subjects_of_kind("user")) == 1


def test_postgres_keeps_what_is_not_planned_anew_and_never_a_value(three: list[Subject]) -> None:
    def of_kind(kind: str) -> QuerySet[Subject]:
        return Subject.objects.filter(kind=kind, tries=0).order_by("subject_id")

    statements = []
    for ask in (prepared.planned_anew(of_kind), prepared(of_kind)):
        for kind in ("user", "subject", "user", "nobody"):
            assert ask(kind) == list(of_kind(kind))
        with connection.cursor() as cursor:
            cursor.execute("select statement from pg_prepared_statements where statement like '%tries%'")
            statements.append(cursor.fetchall())
    assert statements[0] == []
    [(kept,)] = statements[1]
    assert '"kind" = $1' in kept
    assert '"tries" = 0' in kept, "what is the same in every call is part of it"


def test_a_value_that_looks_like_sql_stays_a_value(three: list[Subject]) -> None:
    assert _subjects_of_kind("' or 1=1 --") == []
    assert _subjects_of_kind("%s") == []


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda text: Subject.objects.filter(subject_id__startswith=text), "a"),
        (lambda text: Subject.objects.all(), "a"),
        (lambda text: Subject.objects.filter(subject_id=text.upper()), "a"),
        (lambda number: Subject.objects.filter(tries=number)[:number], 3),
        (lambda flag: Subject.objects.filter(setup_refused=flag), True),
        (lambda at: Subject.objects.filter(gone_at=at), None),
        (lambda size: Subject.objects.filter(tries=size), 1.5),
    ],
    ids=["made of it", "left out", "changed", "in the SQL", "bool", "none", "float"],
)
def test_what_cannot_be_written_once_is_refused(db: None, make: Any, value: object) -> None:
    with pytest.raises(NotPrepared):
        prepared(make)(value)


def test_the_statement_can_be_asked_about(three: list[Subject]) -> None:
    sql, parameters = _subjects_of_kind.statement("user")
    with connection.cursor() as cursor:
        cursor.execute(f"explain {sql}", parameters)
        assert cursor.fetchall()
    assert parameters == ("user",)
