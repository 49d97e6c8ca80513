"""Conversations learned by two workers over Redis and TCP, while one of them is killed and the broker loses everything."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import learn
from subjects.models import Run, Subject
from subjects.transcripts import Turn
from tests.conftest import ROOT, environment, wait_until
from tests.model_answers import call
from tests.model_endpoint import ModelEndpoint, running_endpoint
from tests.ports import free_port
from tests.services.shape import Part, command_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.enable_socket]

SUBJECTS, BATCHES = 6, 3


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with running_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def parts(transactional_db: None, endpoint: ModelEndpoint, tmp_path: Path) -> Iterator[dict[str, Part]]:
    """Two workers and beat."""
    env = {"ENGINE_LLM_BASE_URL": endpoint.url, "ENGINE_LLM_API_KEY": "any"}
    parts = {
        "one": Part(command_of("worker"), tmp_path / "one.log", **env),
        "two": Part(command_of("worker"), tmp_path / "two.log", **env),
        "beat": Part(command_of("beat"), tmp_path / "beat.log", **env),
    }
    yield parts
    for part in parts.values():
        part.stop()


def states() -> dict[str, int]:
    found = list(Run.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def test_the_services_are_the_production_ones() -> None:
    assert os.environ["CELERY_BROKER_URL"].startswith("redis://")
    assert "@127.0.0.1:" in os.environ["DATABASE_URL"]


def test_one_worker_killed_and_the_broker_emptied_in_the_middle(parts: dict[str, Part], endpoint: ModelEndpoint) -> None:
    broker = redis.Redis.from_url(os.environ["CELERY_BROKER_URL"])
    told: dict[str, list[str]] = {}
    for number in range(SUBJECTS):
        subject = create_subject(f"service_{number}", Subject.Kind.USER, USER_BLOCKS)
        for batch in range(BATCHES):
            line = f"Please note token s{number}b{batch}x."
            insert = call("memory_insert", label="human", new_string=line, insert_line=-1)
            endpoint.program(f"s{number}b{batch}x", insert)
            learn(subject, [Turn("user", line), Turn("assistant", "Noted.")], source=Run.Source.IMPORTED, key=str(batch))
            told.setdefault(subject.subject_id, []).append(line)

    wait_until(lambda: states().get("completed", 0) >= 2, 60, "nothing was learned")
    assert states().get("completed", 0) < SUBJECTS * BATCHES, "it must happen in the middle"
    parts["one"].kill()
    broker.flushall()

    wait_until(lambda: states() == {"completed": SUBJECTS * BATCHES}, 90, f"not all was learned: {states()}")
    for subject_id, lines in told.items():
        value = Subject.objects.get(subject_id=subject_id).blocks.get(label="human").value
        assert [value.count(line) for line in lines] == [1] * BATCHES
        assert [value.index(line) for line in lines] == sorted(value.index(line) for line in lines)
    assert parts["two"].stop() == parts["beat"].stop() == 0


def test_the_web_server_of_the_image_answers(transactional_db: None, tmp_path: Path) -> None:
    port = free_port()
    command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command_of("web")]
    web = Part(command, tmp_path / "web.log")
    check = [sys.executable, "-m", "memory_ui.health"]

    def healthy() -> bool:
        return subprocess.run(check, cwd=ROOT, env=environment(PORT=str(port)), capture_output=True).returncode == 0

    web.until(healthy)
    assert web.stop() == 0
    assert not healthy()
