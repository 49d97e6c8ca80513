"""kill -9 of the worker in the middle of a bulk attach: another one goes on, and everybody has the block exactly once."""

import pytest

from accounts.models import User
from engine.models import Attachment
from memory_sdk import NewBlock
from schemas import sharing
from schemas.distributing import Whom, start
from schemas.models import Distribution, Share
from schemas.sharing import Wording
from subjects import delivery
from subjects.creation import create_subject
from subjects.models import Block, Revision, Subject
from tests.conftest import Worker, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.enable_socket]
SUBJECTS = 60


def test_killed_in_the_middle_it_goes_on_where_it_was(worker: Worker, adam: User) -> None:
    for number in range(SUBJECTS):
        subject = create_subject(f"user_{number}", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Ann", 100)])
        delivery.advance(str(subject.pk))
    shared = sharing.create("policies", Wording("Be kind.", "For all.", 500, read_only=True), adam)
    order = start(shared, Whom(), by=adam, rate=20)

    def done() -> int:
        order.refresh_from_db()
        return order.changed

    wait_until(lambda: 0 < done() < SUBJECTS, 60, "the kill must come in the middle")
    worker.kill()
    at_the_kill = done()
    assert 0 < at_the_kill < SUBJECTS
    worker.restart()
    wait_until(lambda: done() == SUBJECTS, 120, "it did not go on")
    wait_until(lambda: Distribution.objects.get(pk=order.pk).state == "done", 30)

    order.refresh_from_db()
    assert (order.total, order.changed, order.same, order.refused) == (SUBJECTS, SUBJECTS, 0, 0)
    assert set(Share.objects.values_list("state", flat=True)) == {"changed"}
    assert Attachment.objects.filter(block_id=shared.block_id).count() == SUBJECTS
    mirrors = Block.objects.filter(block_id=shared.block_id, removed_at=None)
    assert mirrors.count() == SUBJECTS
    assert Revision.objects.filter(block__in=mirrors).count() == SUBJECTS, (
        "each has one revision, however often it was tried"
    )
