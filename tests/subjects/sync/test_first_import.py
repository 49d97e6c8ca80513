"""A first import: the logs of subjects that have just come in are read and kept many at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine import models as engine
from subjects import outside, sync
from subjects.letta import agents
from subjects.listed import take
from subjects.models import Block, Message, Revision, Run, Subject, SyncState
from tests.bench.bench_sync import seed
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.sync.conftest import OtherProgram, pass_over

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

MANY = 60


def all_that_came() -> list[list[tuple[object, ...]]]:
    """Everything but keys and moments of ours."""
    fields = ("subject_id", "kind", "last_learned_at", "log_cursor", "look_at")
    return [
        list(Subject.objects.order_by("subject_id").values_list(*fields)),
        list(Run.objects.order_by("idempotency_key").values_list(
            "idempotency_key", "subject__subject_id", "position", "state", "source", "letta_run_id", "message_count",
            "created_at", "sent_at",
        )),
        list(Message.objects.order_by("run__idempotency_key", "position").values_list("role", "content", "created_at")),
    ]  # fmt: skip


def forget() -> None:
    for model in (Message, Run, Revision, Block, Subject, SyncState):
        model.objects.all().delete()


def test_many_at_a_time_is_what_one_by_one_would_be(other: OtherProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(MANY)
    # One whose log holds nothing, one with a run under way, one with two batches.
    other_ones = list(engine.Agent.objects.order_by("name")[:3])
    engine.Message.objects.filter(agent=other_ones[0]).delete()
    engine.Run.objects.filter(agent=other_ones[1]).update(status="running", stop_reason=None, completed_at=None)
    other.teach(other_ones[2].pk, "I have a cat.", "Noted.")
    engine.Agent.objects.filter(pk=other_ones[2].pk).update(updated_at=other_ones[2].created_at)
    with CaptureQueriesContext(connection) as asked:
        pass_over()
    ours = [query for query in asked.captured_queries if "subjects_" in query["sql"]]
    together = all_that_came()
    assert len(together[1]) == MANY - 1 + 1
    assert len(ours) < 3 * MANY, "each agent alone takes about ten"
    forget()
    monkeypatch.setattr(outside, "CLOCK_SKEW", timedelta(days=10_000))  # their blocks are never fresh enough
    pass_over()
    assert all_that_came() == together


def test_a_letta_that_goes_away_is_not_asked_for_each(other: OtherProgram, faulty: FaultyProxy) -> None:
    seed(MANY)
    faulty.faults.append(Fault("GET", "/messages", "refuse", times=999))
    state = sync.sync(None)
    assert state is not None
    assert "cannot be reached" in state.error
    # Each of a few subjects is met twice, and every read is repeated once.
    assert faulty.count("GET", "/messages") <= 4 * sync.ENOUGH_FAILURES
    faulty.faults.clear()
    Subject.objects.filter(look_at__isnull=False).update(look_at=Subject.objects.earliest("look_at").created_at)
    pass_over()
    assert Run.objects.count() == MANY
    assert not Subject.objects.filter(look_at__isnull=False).exists()


def test_a_frozen_subject_stays_as_it_is(other: OtherProgram) -> None:
    seed(3)
    take(list(agents().iter_agents(with_blocks=True)), timezone.now())
    frozen = Subject.objects.order_by("pk")[0]
    Subject.objects.filter(pk=frozen.pk).update(frozen_at=frozen.created_at)
    outside.look_at_new([frozen], float("inf"))
    assert not frozen.runs.exists()
