"""kill -9 of Postgres in the middle of a rollout: once it is back the same workers go on, everybody right exactly once.

Letta is elsewhere, behind a proxy, and lives on: what it did while nobody could write that down has to be recognised.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from pytest_django.live_server_helper import LiveServer

from engine.models import Agent, Block
from memory_ui import embedded_postgres
from tests.conftest import ROOT, Worker, environment, wait_until
from tests.faulty_proxy import Fault, FaultyProxy
from tests.schemas.rollouts.conftest import NEW_HUMAN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.enable_socket]

SUBJECTS = 40
RATE = 10  # subjects a second: slow enough to be killed in the middle
START = "import sys, pathlib; from memory_ui.embedded_postgres import start; start(pathlib.Path(sys.argv[1]))"


class Database:
    """A Postgres of the test's own, which writes to its files as in production."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="memory_ui_killed_"))
        self.folder.chmod(0o755)
        self.start()

    def start(self) -> None:
        subprocess.run([sys.executable, "-c", START, str(self.folder)], cwd=ROOT, check=True)

    def kill(self) -> None:
        pid = embedded_postgres.postmaster_pid(self.folder / "postgres")
        assert pid is not None
        postmaster = psutil.Process(pid)
        everything = [postmaster, *postmaster.children()]
        for process in everything:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(everything, 10)

    @property
    def url(self) -> str:
        return embedded_postgres.url(self.folder)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def remove(self) -> None:
        embedded_postgres.stop_running(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.remove()


@pytest.fixture
def letta(live_server: LiveServer) -> Iterator[FaultyProxy]:
    with FaultyProxy(live_server.url) as proxy:
        yield proxy


@pytest.fixture
def elsewhere(database: Database, letta: FaultyProxy) -> dict[str, str]:
    """The environment of a console on that database and that Letta."""
    return {
        "DATABASE_URL": database.url,
        "DATA_DIR": str(database.folder),
        "LETTA_BASE_URL": letta.url,
        "LETTA_API_KEY": "test-engine-key",
    }


@pytest.fixture
def worker(elsewhere: dict[str, str], database: Database) -> Iterator[Worker]:
    run = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(run, cwd=ROOT, env=environment(**elsewhere), check=True)
    apart = [sys.executable, "-m", "tests.schemas.rollouts.apart", str(SUBJECTS), str(RATE)]
    subprocess.run(apart, cwd=ROOT, env=environment(**elsewhere), check=True)
    worker = Worker(database.folder / "worker.log", **elsewhere)
    yield worker
    worker.stop()


def test_the_same_workers_go_on_and_everybody_is_right_exactly_once(
    database: Database, letta: FaultyProxy, worker: Worker
) -> None:
    def done() -> int:
        return int(database.rows("select count(*) from schemas_rolloutitem where state = 'changed'")[0][0])

    wait_until(lambda: done() >= 6, 40)
    # Two lanes wait to hear of what Letta did, while the database goes away under them.
    faults = [Fault("PATCH", "/v1/blocks/", "silent_after"), Fault("POST", "/v1/blocks/", "silent_after")]
    letta.faults = faults
    wait_until(lambda: not any(fault.times for fault in faults), 10, "the rollout was over before the kill")
    assert done() < SUBJECTS - 6
    database.kill()
    assert worker.process.poll() is None
    database.start()
    assert worker.process.poll() is None, worker.log.read_text()[-2000:]
    assert done() < SUBJECTS - 6, "it was to be killed in the middle"

    ended = "select state, total, changed, same, skipped, failed from schemas_rollout"
    wait_until(lambda: database.rows(ended)[0][0] == "done", 90, "it did not go on")
    assert database.rows(ended) == [("done", SUBJECTS, SUBJECTS, 0, 0, 0)]
    assert worker.process.poll() is None
    changed = Counter(line for line in letta.seen if line.startswith("PATCH /v1/blocks/"))
    assert (len(changed), set(changed.values())) == (SUBJECTS, {1}), "a block was changed twice"
    assert letta.count("POST", "/v1/blocks/") == SUBJECTS, "a block was created twice"
    in_letta = [
        sorted(agent.blocks.values_list("label", "description", "limit", "value"))
        for agent in Agent.objects.order_by("created_at")
    ]
    assert in_letta == [
        [
            ("human", NEW_HUMAN["description"], 400, f"Is number {place}."),
            ("policies", "What holds.", 300, "Be kind."),
            ("summary", "In short.", 100, ""),
        ]
        for place in range(SUBJECTS)
    ]
    assert Block.objects.count() == 3 * SUBJECTS, "a block that belongs to nobody was left behind"
    told = "select b.label, r.number, r.source from subjects_revision r join subjects_block b on b.id = r.block_id"
    assert Counter(database.rows(told)) == {
        ("human", 1, "created"): SUBJECTS,
        ("human", 2, "template"): SUBJECTS,
        ("summary", 1, "created"): SUBJECTS,
        ("policies", 1, "template"): SUBJECTS,
    }
    assert database.rows("select count(*) from subjects_edit") == [(0,)]
    standing = "select v.number, count(*) from schemas_standing s join schemas_version v on v.id = s.version_id group by 1"
    assert database.rows(standing) == [(2, SUBJECTS)]
