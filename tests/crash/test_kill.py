"""kill -9 of the worker, of Postgres, of everything, in the middle of learning: nothing is lost, nothing learned twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from memory_ui import embedded_postgres
from tests.conftest import ROOT, wait_until
from tests.model_answers import call
from tests.model_endpoint import ModelEndpoint, running_endpoint
from tests.ports import free_port

pytestmark = [pytest.mark.processes, pytest.mark.enable_socket]

SUBJECTS, BATCHES = 4, 3
LINES = {subject: [f"Please note token s{subject}b{batch}x." for batch in range(BATCHES)] for subject in range(SUBJECTS)}


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with running_endpoint() as endpoint:
        yield endpoint


class Console:
    """Everything of `make run`, on a data folder of its own."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self.data_dir = Path(tempfile.mkdtemp(prefix="memory_ui_crash_"))
        self.data_dir.chmod(0o755)
        self.env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")} | {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(free_port()),
            "DEMO_PASSWORD": "not loaded here",
            "ENGINE_LLM_BASE_URL": endpoint.url,
            "ENGINE_LLM_API_KEY": "any",
        }
        self.log = self.data_dir / "run.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "memory_ui.start"],
                cwd=ROOT,
                env=self.env,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

        def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return b"\nready http" in b"\n" + self.log.read_bytes()

        wait_until(ready, 60, "it did not become ready")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.process = None

    def manage(self, *arguments: str, stdin: bytes = b"") -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, input=stdin, check=True, capture_output=True
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(embedded_postgres.url(self.data_dir)) as connection:
            return connection.execute(query.encode()).fetchall()

    def processes(self, part: str) -> list[psutil.Process]:
        """worker: Celery's process. postgres: the postmaster. everything: those two, the web server, the supervisor."""
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        postmaster = psutil.Process(int((self.data_dir / "postgres" / "postmaster.pid").read_text().split("\n")[0]))
        children = supervisor.children(recursive=True)
        if part == "postgres":
            return [postmaster]
        if part == "worker":
            return [child for child in children if "celery" in child.cmdline()]
        return [supervisor, *children, postmaster, *postmaster.children()]

    def kill(self, part: str) -> None:
        victims = self.processes(part)
        assert victims
        for victim in victims:
            with suppress(psutil.NoSuchProcess):  # a connection of Postgres that has just ended by itself
                victim.send_signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(40)  # without one of its parts it stops by itself


@pytest.fixture
def console(endpoint: ModelEndpoint) -> Iterator[Console]:
    console = Console(endpoint)
    yield console
    console.stop()
    shutil.rmtree(console.data_dir, ignore_errors=True)


@pytest.mark.parametrize("part", ["worker", "postgres", "everything"])
def test_every_run_reaches_an_end_and_no_edit_is_applied_twice(console: Console, endpoint: ModelEndpoint, part: str) -> None:
    conversations = []
    for subject, lines in LINES.items():
        for batch, line in enumerate(lines):
            marker = line.split()[-1].rstrip(".")
            insert = call("memory_insert", label="human", new_string=line, insert_line=-1)
            endpoint.program(marker, replace(insert, delay=0.4))  # long enough to be killed in
            messages = [{"role": "user", "content": line}, {"role": "assistant", "content": "Noted."}]
            conversations.append({"id": f"c{subject}-{batch}", "subject_id": f"crash_{subject}", "messages": messages})
    console.start()
    console.manage("import_conversations", "-", stdin="\n".join(json.dumps(one) for one in conversations).encode())

    # The demo data learns beside it; ours are told by their subject ids.
    ours = "join subjects_subject s on s.id = t.subject_id where s.subject_id like 'crash%'"

    def states() -> Counter[str]:
        return Counter(row[0] for row in console.rows(f"select t.state from subjects_run t {ours}"))

    def in_the_middle() -> bool:
        running = console.rows("select 1 from engine_run where status = 'running'")
        return bool(running) and 0 < states()["completed"] < len(conversations)

    wait_until(in_the_middle, 30, "the kill must come in the middle of a run")
    console.kill(part)
    console.start()

    def all_over() -> bool:
        return not states().keys() & {"queued", "sending", "learning"}

    wait_until(all_over, 90, "a run never ended")
    failures = console.rows("select state, failure from subjects_run where failure <> ''")
    assert states() == {"completed": len(conversations)}, f"{failures}\n{console.log.read_text()[-3000:]}"
    assert console.rows(f"select count(*) from subjects_message t {ours}") == [(2 * len(conversations),)]
    learned = "select count(*) from engine_run r join engine_agent a on a.id = r.agent_id where a.name like '%crash%'"
    assert console.rows(learned) == [(len(conversations),)]
    for subject, lines in LINES.items():
        value = console.rows(
            "select b.value from subjects_block b join subjects_subject s on s.id = b.subject_id "
            f"where b.label = 'human' and s.subject_id = 'crash_{subject}'"
        )[0][0]
        assert [value.count(line) for line in lines] == [1] * len(lines)
        assert value.index(lines[0]) < value.index(lines[1]) < value.index(lines[2]), "in the order they were given"
