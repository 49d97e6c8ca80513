"""Starts a real Letta 0.16.8 on loopback, with a database and a model of its own, and stops all of it.

`with running_letta() as letta:` in tests; `python -m tests.letta.server --port 8283` by hand.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.letta.install import server_environment
from tests.letta.postgres import running_postgres
from tests.model_endpoint import ModelEndpoint, running_endpoint
from tests.ports import free_port

START_SECONDS = 180  # 15 on an idle machine
STOP_SECONDS = 10


class LettaDidNotStart(Exception):
    """The server ended or did not answer in time; the message holds the end of its log."""


@dataclass(frozen=True)
class LettaServer:
    """A running server. `model` and `embedding` are the handles it knows its scripted models by."""

    base_url: str
    model_endpoint: ModelEndpoint
    pg_uri: str
    process: subprocess.Popen[bytes]
    log: Path
    api_key: str = ""
    model: str = "openai-proxy/gpt-4.1"
    embedding: str = "openai/text-embedding-3-small"


@contextmanager
def running_letta(port: int = 0, model_port: int = 0, api_key: str = "") -> Iterator[LettaServer]:
    """A Letta server on loopback (`port` 0: any free one), ready to answer; everything it needed is gone afterwards.

    With `api_key` it answers only to that bearer key, else to everybody. Raises InstallFailed, LettaDidNotStart, or
    OSError when the port is in use.
    """
    port = free_port(port)
    environment = server_environment()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="letta-home-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        model_endpoint = stack.enter_context(running_endpoint(port=model_port))  # first: Letta reads its models once
        pg_uri = stack.enter_context(running_postgres("letta"))
        schema = Path(__file__).with_name("schema.py")
        settings = _settings(home, pg_uri, model_endpoint.url, api_key)
        python = environment / "bin" / "python"
        subprocess.run([python, schema, pg_uri], env=settings, cwd=home, check=True, capture_output=True)
        log = home / "letta.log"
        process = stack.enter_context(_process(environment / "bin" / "letta", port, settings, home, log))
        base_url = f"http://127.0.0.1:{port}"
        _wait(base_url, process, log)
        yield LettaServer(base_url, model_endpoint, pg_uri, process, log, api_key)


def _settings(home: Path, pg_uri: str, model_url: str, api_key: str) -> dict[str, str]:
    """The server's environment: nothing of ours but the path, so that no key or proxy of the caller leaks into it."""
    secure = {"LETTA_SERVER_SECURE": "true", "LETTA_SERVER_PASSWORD": api_key} if api_key else {}
    return secure | {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LETTA_PG_URI": f"{pg_uri}?ssl=disable",
        "LETTA_DISABLE_SQLALCHEMY_POOLING": "false",  # without pooling, runs time out under load
        "OPENAI_API_KEY": "any",
        "OPENAI_API_BASE": model_url,
        "OTEL_SDK_DISABLED": "true",
    }


@contextmanager
def _process(binary: Path, port: int, settings: dict[str, str], home: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(binary), "server", "--port", str(port), "--host", "127.0.0.1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=settings, cwd=home, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we stop things in order
        )  # fmt: skip
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def _wait(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{base_url}/v1/health/", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if process.poll() is not None or time.monotonic() > limit:
                raise LettaDidNotStart(log.read_text(errors="replace")[-4000:]) from None
            time.sleep(0.2)


def main() -> None:
    """Run a server until interrupted."""
    parser = argparse.ArgumentParser(description="A real Letta 0.16.8 with a scripted model, on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model-port", type=int, default=0)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # both: a shell starts what is in the background without SIGINT
        signal.signal(number, signal.default_int_handler)
    try:
        with running_letta(options.port, options.model_port) as server:
            print(f"letta {server.base_url}", flush=True)
            print(f"model {server.model_endpoint.url}  handle {server.model}", flush=True)
            print(f"database {server.pg_uri}  log {server.log}", flush=True)
            server.process.wait()
    except KeyboardInterrupt:
        print("stopped", flush=True)


if __name__ == "__main__":
    main()
