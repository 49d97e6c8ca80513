"""What `make run` says when it cannot run: one clear sentence, exit code 1, nothing left behind."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from memory_ui import embedded_postgres
from tests.start.running import Running

pytestmark = [pytest.mark.processes, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.remove()


@pytest.fixture
def refused(running: Running) -> "Iterator[Refused]":
    yield Refused(running)
    assert running.end() == 1
    assert "Traceback" not in running.output
    assert not running.output.startswith("ready")


class Refused:
    def __init__(self, running: Running) -> None:
        self._running = running

    def __call__(self, **env: str) -> str:
        self._running.start(**env)
        self._running.end()
        return self._running.output


def test_a_port_in_use(running: Running, refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", running.port)):
        said = refused()
    assert f"Port {running.port} on 127.0.0.1 cannot be opened" in said
    assert f"PORT={running.port + 1} make run" in said


def test_a_port_that_is_none(refused: Refused) -> None:
    assert "PORT must be a whole number from 1 to 65535" in refused(PORT="eighty")


def test_a_host_that_is_not_here(refused: Refused) -> None:
    assert "HOST=no.such.host.invalid is not an address of this machine" in refused(HOST="no.such.host.invalid")


def test_a_data_folder_that_cannot_be_made(refused: Refused) -> None:
    said = refused(DATA_DIR="/dev/null/data")
    assert "The data folder /dev/null/data cannot be written" in said
    assert "set DATA_DIR to another folder" in said


def test_a_full_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free=3 * 2**20))
    with pytest.raises(embedded_postgres.CannotStart, match=r"has 3 MB left; Postgres needs \d+ MB"):
        embedded_postgres.prepare_folder(tmp_path / "data")


def test_a_database_that_does_not_answer(refused: Refused) -> None:
    said = refused(DATABASE_URL="postgresql://someone:secret-word@127.0.0.1:1/nothing")
    assert "The database named by DATABASE_URL could not be made ready" in said
    assert "secret-word" not in said


def test_a_second_run_on_the_same_data() -> None:
    first, second = Running(), Running()
    second.data_dir = first.data_dir
    try:
        first.until_ready()
        second.start()
        assert second.end() == 1
        assert f"memory_ui already runs on the data folder {first.data_dir}" in second.output
        assert first.stop() == 0
    finally:
        second.remove()
        first.remove()


@pytest.mark.parametrize("left", ["PG_VERSION", "pg_wal"])
def test_a_database_whose_making_was_killed_is_made_anew(left: str) -> None:
    running = Running()
    pgdata = running.data_dir / "postgres"
    pgdata.mkdir(parents=True)
    (pgdata / left).write_text("18\n")
    try:
        running.until_ready()
        assert running.stop() == 0
        assert list(running.data_dir.glob("postgres.unfinished-*"))
    finally:
        running.remove()
