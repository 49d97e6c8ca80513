"""One whole learning run through the dashboard's worker against a real Letta 0.16.8."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import learn
from subjects.models import Revision, Run, Subject
from subjects.transcripts import Turn
from tests.conftest import Worker, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

MODEL, EMBEDDING = "openai-proxy/gpt-4.1", "openai/text-embedding-3-small"


@pytest.fixture
def letta_worker(letta_url: str, transactional_db: None) -> Iterator[Worker]:
    worker = Worker(
        Path(settings.DATA_DIR) / "letta-worker.log", LETTA_BASE_URL=letta_url, LETTA_MODEL=MODEL, LETTA_EMBEDDING=EMBEDDING
    )
    yield worker
    worker.stop()


def test_a_conversation_is_learned_and_the_worker_killed_in_between(letta_worker: Worker) -> None:
    subject = create_subject(f"user_{uuid.uuid4().hex}", Subject.Kind.USER, USER_BLOCKS)
    run = learn(
        subject, [Turn("user", "My name is Ada Nkemelu."), Turn("assistant", "Hello Ada.")], source=Run.Source.TYPED, key="1"
    )

    def sent() -> bool:
        run.refresh_from_db()
        return run.state in (Run.State.SENDING, Run.State.LEARNING) or run.is_over

    wait_until(sent, 30)
    letta_worker.kill()
    letta_worker.restart()

    def over() -> bool:
        run.refresh_from_db()
        return run.is_over

    wait_until(over, 90)
    assert run.state == Run.State.COMPLETED, run.failure
    subject.refresh_from_db()
    assert subject.agent_id is not None
    changed = Revision.objects.filter(run=run)
    assert changed.exists()
    assert any("Ada" in revision.value for revision in changed)
    for revision in changed:
        assert revision.value.count("Ada Nkemelu") == 1, "learned twice"
