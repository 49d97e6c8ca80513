"""Redis and Postgres on free ports of loopback, with their data in a temporary folder that goes with them."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM

import psycopg

from tests.ports import free_port
from tests.services.packages import postgres_with_pgvector, redis_server

START_SECONDS = 30
STOP_SECONDS = 10


@contextmanager
def redis() -> Iterator[str]:
    """A Redis that keeps nothing on disk; gives its URL."""
    binary, port = redis_server(), free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with _folder() as folder, _running(command, folder, signal=SIGTERM) as process:

        def answers() -> bool:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")

        _wait(answers, process, folder)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres() -> Iterator[str]:
    """A Postgres with pgvector that listens on TCP; gives the URL of its database `memory_ui`."""
    binaries = postgres_with_pgvector()
    if binaries is None:
        print("This system packages no Postgres with pgvector: the embedded one is used, listening on TCP.", flush=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel's remark that no desktop session gave it a folder
            from tests.letta.postgres import running_postgres
        with running_postgres("memory_ui") as url:
            yield url
        return
    with system_postgres(binaries) as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("create database memory_ui")
        yield f"{url}/memory_ui"


@contextmanager
def system_postgres(binaries: Path) -> Iterator[str]:
    """A Postgres of the system's packages; gives its URL without a database."""
    port = free_port()
    with _folder() as folder:
        user = None
        if os.geteuid() == 0:  # Postgres refuses to run as root
            user = "postgres"
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data = folder / "data"
        init = [str(binaries / "initdb"), "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data)]
        subprocess.run(init, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        command = [
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            "",
            "-c",
            "fsync=off",
        ]
        with _running(command, folder, signal=SIGINT, user=user) as process:
            url = f"postgresql://postgres@127.0.0.1:{port}"

            def answers() -> bool:
                psycopg.connect(f"{url}/postgres", connect_timeout=1).close()
                return True

            _wait(answers, process, folder)
            yield url


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="memory_ui_services_"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], folder: Path, signal: int, user: str | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, user=user
        )
    try:
        yield process
    finally:
        process.send_signal(signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(answers: Callable[[], bool], process: "subprocess.Popen[bytes]", folder: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            if answers():
                return
        except (OSError, psycopg.OperationalError):
            pass
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"{process.args!r} did not start:\n{(folder / 'log').read_text()[-2000:]}")
        time.sleep(0.05)
