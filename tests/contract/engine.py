"""The engine as a server under test: a database of its own, web server, relay and worker, with a scripted model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from memory_ui.start import web_command, worker_command
from tests.contract.targets import API_KEY, Target
from tests.model_endpoint import running_endpoint
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 120  # 4 on an idle machine
STOP_SECONDS = 15


@contextmanager
def running_engine() -> Iterator[dict[str, Target]]:
    """The engine twice, on one database and one worker: behind its web server and behind its in-process transport."""
    with ExitStack() as stack:
        model = stack.enter_context(running_endpoint())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-")))
        settings = {
            **os.environ,
            "DATABASE_URL": stack.enter_context(_database()),
            "DATA_DIR": str(folder),
            "ENGINE_API_KEY": API_KEY,
            "ENGINE_LLM_BASE_URL": model.url,
            "ENGINE_LLM_API_KEY": "any",
            "ENGINE_EMBEDDING_BASE_URL": model.url,
            "ENGINE_EMBEDDING_API_KEY": "any",
        }
        _manage(settings, "migrate", "--verbosity", "0")
        ports = {name: free_port() for name in ("engine-http", "engine-transport")}
        commands = {
            "web": web_command(f"127.0.0.1:{ports['engine-http']}"),
            "relay": ["tests.contract.relay", "--port", str(ports["engine-transport"])],
            "worker": worker_command(),
        }
        for name, command in commands.items():
            stack.enter_context(_process(command, settings, folder / f"{name}.log"))
        for port in ports.values():
            _wait_until(partial(_answers, port), folder)
        yield {name: Target("engine", f"http://127.0.0.1:{port}", API_KEY, model) for name, port in ports.items()}


@contextmanager
def _database() -> Iterator[str]:
    """An empty database on the server that the tests use, dropped at the end; gives its URL."""
    given = os.environ["DATABASE_URL"]
    name = f"contract_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(given, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)".encode())


def _manage(settings: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=settings, check=True)


@contextmanager
def _process(command: list[str], settings: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=settings,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, number)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health/", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _wait_until(done: Callable[[], bool], folder: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while not done():
        if time.monotonic() > limit:
            said = "\n".join(f"-- {log.name}\n{log.read_text()[-2000:]}" for log in sorted(folder.glob("*.log")))
            raise RuntimeError(f"the engine did not start:\n{said}")
        time.sleep(0.05)
