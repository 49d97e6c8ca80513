"""`make run`: everything on this machine with one command, until Ctrl-C.

Checks what can be checked beforehand, makes the database ready (in processes that end again), then supervises the web server
and the worker. This process stays small: it must import neither Django nor Celery.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from memory_ui import embedded_postgres, environment
from memory_ui.health import pages_answer
from memory_ui.parts import Parts, is_alive

ROOT = Path(__file__).resolve().parent.parent
# What a supervisor that was killed left behind needs at most this long to end (see lifeline.py), in seconds.
LEFTOVER_SECONDS = 12
TIDY_SECONDS = 5
WEB_THREADS = 4
WORKER_THREADS = 8


class CannotRun(SystemExit):
    """`make run` cannot go on; the message says why and what to do."""


class _Interrupted(BaseException):
    """Ctrl-C or SIGTERM before the parts run."""


def main() -> str:
    """Run until stopped; returns why it stopped, in a sentence, or nothing when it was asked to."""
    port = environment.integer("PORT", 8000, minimum=1, maximum=65535)
    host = environment.text("HOST", "127.0.0.1")
    data_dir = environment.folder("DATA_DIR", ROOT / ".data")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        embedded_postgres.prepare_folder(data_dir)
        with _only_one(data_dir) as after_kill:
            _check_port(host, port, patience=LEFTOVER_SECONDS if after_kill else 0)
            try:
                _prepare(data_dir)
                trouble = _run_parts(host, port, data_dir)
            finally:
                _stop_postgres(data_dir)
    except _Interrupted:
        trouble = ""
    return f"{trouble} Everything else was stopped." if trouble else ""


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise _Interrupted


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[bool]:
    """Hold the data folder for this run. Yields whether the run before it was killed."""
    with (data_dir / "supervisor.pid").open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock, not inherited by what we start
        except OSError:
            raise CannotRun(
                f"memory_ui already runs on the data folder {data_dir}. Stop it first, or give this one another: DATA_DIR=…"
            ) from None
        file.seek(0)
        after_kill = bool(file.read())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield after_kill
        finally:
            file.truncate(0)


def _check_port(host: str, port: int, patience: float) -> None:
    limit = time.monotonic() + patience
    while True:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
            return
        except socket.gaierror as error:
            raise CannotRun(f"HOST={host} is not an address of this machine: {error.strerror}.") from None
        except PermissionError:
            raise CannotRun(
                f"Port {port} may only be opened by root. Choose one above 1023, for example PORT=8000."
            ) from None
        except OSError as error:
            if time.monotonic() < limit:
                time.sleep(0.2)
                continue
            raise CannotRun(
                f"Port {port} on {host} cannot be opened: {error.strerror}. Stop what uses it, or choose another, for "
                f"example PORT={port + 1 if port < 65535 else 8000} make run."
            ) from None


def _prepare(data_dir: Path) -> None:
    jobs = [_child("-m", "memory_ui.prepare")]
    if _static_is_stale():
        jobs.append(_child("manage.py", "collectstatic", "--noinput", "-v0"))
    try:
        for job in jobs:
            if job.wait():
                raise CannotRun(1)  # it has said why
    finally:
        for job in jobs:
            _end_group(job)


def _child(*arguments: str) -> "subprocess.Popen[bytes]":
    # In a session of its own: Ctrl-C is for the supervisor, which stops things in order.
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL)


def _end_group(job: "subprocess.Popen[bytes]") -> None:
    """Stop what `job` has not finished and wait until all of it is gone: initdb, when cut short, first tidies up."""
    if job.poll() == 0:
        return
    with contextlib.suppress(ProcessLookupError):
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGTERM)
        limit = time.monotonic() + TIDY_SECONDS
        while time.monotonic() < limit:
            job.poll()
            os.killpg(job.pid, 0)
            time.sleep(0.02)
        os.killpg(job.pid, signal.SIGKILL)


def _static_is_stale() -> bool:
    manifest = environment.folder("STATIC_ROOT", ROOT / ".static") / "staticfiles.json"
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    sources = [Path(sys.prefix), *(ROOT / "static").rglob("*")]
    return any(source.stat().st_mtime > made for source in sources)


def _run_parts(host: str, port: int, data_dir: Path) -> str:
    """Run web server and worker until they end; returns why, in a sentence, unless they were asked to."""
    postgres = None if environment.text("DATABASE_URL") else embedded_postgres.postmaster_pid(data_dir / "postgres")
    # A browser's address: that of the loopback when we listen everywhere.
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    url = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"

    def postgres_is_well() -> str:
        return "" if postgres is None or is_alive(postgres) else "The embedded Postgres ended by itself."

    parts = Parts(
        ready=lambda: pages_answer(address, port),
        announce=lambda: _say(f"ready {url}"),
        still_well=postgres_is_well,
    )
    env = {
        **os.environ,
        "MALLOC_ARENA_MAX": "2",  # glibc else keeps a heap per thread: a third more memory for nothing
        "PYTHONUNBUFFERED": "1",
    }
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser privileges"]
    lifeline = [*python, "-m", "memory_ui.lifeline", str(os.getpid())]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    parts.add("web", [*lifeline, *web_command(bind)], env)
    parts.add("worker", [*lifeline, *worker_command()], env)
    os.chdir(ROOT)
    parts.loop()
    return parts.trouble


def web_command(bind: str) -> list[str]:
    """The web server, as a module and its arguments. It keeps no access log: addresses of searches hold personal text."""
    return [
        "gunicorn", "memory_ui.wsgi", "--bind", bind,
        "--workers", "1", "--worker-class", "gthread", "--threads", str(WEB_THREADS),
        # Longer than people read and cards wait: what is asked next finds its connection open, and never one just closing.
        "--keep-alive", "30",
        "--graceful-timeout", "4", "--log-level", "warning", "--no-control-socket",
        "--limit-request-line", "8190",  # lists of agents by many tags
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The worker with beat in it, as a module and its arguments."""
    return [
        "celery", "--quiet", "-A", "memory_ui", "worker", "-Q", "celery,engine", "--beat-thread",
        "--pool", "threads", "--concurrency", str(WORKER_THREADS), "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def _stop_postgres(data_dir: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # impatience must not cut this short
    if not environment.text("DATABASE_URL"):
        embedded_postgres.stop_running(data_dir)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main() or 0)
