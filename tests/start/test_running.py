"""`make run` from the first start to the last: it says who may sign in, keeps the data, and leaves nothing behind."""

import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from memory_ui import embedded_postgres
from tests.conftest import ROOT, wait_until
from tests.start.running import Running, alive

pytestmark = [pytest.mark.processes, pytest.mark.enable_socket]

# What the real Letta server alone takes (issue 2, section 5), in MB of proportional set size.
MEMORY_LIMIT = 415


def _own_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:  # Postgres ends a helper of its own now and then
        return 0


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.remove()


def test_it_starts_keeps_its_data_and_stops(running: Running) -> None:
    running.until_ready()
    assert "support@example.com (Support)" in running.output
    assert running.password()
    assert running.get("/up") == running.get("/accounts/login/") == 200
    all_of_it = running.processes()
    memory = sum(_own_bytes(one) for one in all_of_it) / 2**20
    assert len(all_of_it) > 5
    assert memory < MEMORY_LIMIT, f"{memory:.0f} MB"

    assert running.stop() == 0
    assert "Traceback" not in running.output
    assert not alive(all_of_it)

    running.until_ready()
    assert running.password() is None, "the data was loaded anew"
    assert "support@example.com (Support)" in running.output
    with psycopg.connect(embedded_postgres.url(running.data_dir)) as connection:
        assert connection.execute("select count(*) from accounts_user").fetchone() == (4,)
        with pytest.raises(psycopg.DataError):
            connection.execute("select 'a customer’s words'::uuid")
    assert "customer" not in (running.data_dir / "postgres" / "log").read_text()
    assert running.stop(signal.SIGTERM) == 0
    assert "Traceback" not in running.output


def test_a_folder_with_a_space_in_its_name(running: Running) -> None:
    running.data_dir = running.folder / "Sarah's memory é"
    running.until_ready()
    assert running.stop() == 0


def test_after_kill_9_of_the_supervisor_the_next_start_finds_its_port_free(running: Running) -> None:
    running.until_ready()
    left = [running.part("gunicorn"), running.part("celery")]
    left += [child for one in left for child in one.children(recursive=True)]
    psutil.Process(running.pid).kill()
    running.end()
    running.until_ready()
    wait_until(lambda: not alive(left), 10, "web server or worker outlived the supervisor")
    assert running.stop() == 0


def test_a_worker_that_dies_stops_everything_with_a_sentence(running: Running) -> None:
    running.until_ready()
    all_of_it = running.processes()
    running.part("celery").kill()
    assert running.end() == 1
    assert "The worker ended by itself" in running.output
    assert "Traceback" not in running.output
    assert not alive(all_of_it)


def test_a_postgres_that_dies_stops_everything_and_recovers(running: Running) -> None:
    running.until_ready()
    all_of_it = running.processes()
    running.postmaster().kill()
    assert running.end() == 1
    assert "The embedded Postgres ended by itself" in running.output
    wait_until(lambda: not alive(all_of_it), 10, "something lived on")
    running.until_ready()
    assert running.stop() == 0


@pytest.mark.parametrize("moment", [0.02, 0.4, 1.2])
def test_ctrl_c_while_it_starts_leaves_nothing_behind(running: Running, moment: float) -> None:
    running.start()
    wait_until(lambda: (running.data_dir / "supervisor.pid").exists(), 10)
    with pytest.raises(subprocess.TimeoutExpired):
        running.end(moment)
    everything = psutil.Process(running.pid).children(recursive=True)
    assert running.stop() == 0
    assert "Traceback" not in running.output
    assert not alive(everything)
    assert embedded_postgres.postmaster_pid(running.data_dir / "postgres") is None
    running.until_ready()
    assert running.stop() == 0


def test_the_folders_above_the_data_are_not_opened_for_reading() -> None:
    private = Path(tempfile.mkdtemp(prefix="memory_ui_private_"))
    try:
        embedded_postgres.stop(embedded_postgres.start(private / "data"))
        may_list = stat.S_IRGRP | stat.S_IROTH
        assert not private.stat().st_mode & may_list
    finally:
        shutil.rmtree(private)


def test_the_supervisor_is_light() -> None:
    heavy = "print({'django', 'celery', 'psycopg', 'letta_client'} & set(sys.modules))"
    code = f"import sys, memory_ui.start; {heavy}"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout == b"set()\n"


def test_it_becomes_ready_behind_a_proxy_too(running: Running) -> None:
    """Pages then answer only to the public name, and to plain HTTP only with a redirect."""
    running.until_ready(PUBLIC_URL="https://memory.example.com", ALLOWED_HOSTS="memory.example.com")
    assert running.get("/accounts/login/") == 400
    assert running.stop() == 0
