"""The two sides of the comparison, each running and with clients on it: everything of `make run`, and a Letta server."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from letta_client import Letta

from tests.letta.server import LettaServer, running_letta
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
KEY = "bench-key"
START_SECONDS = 60


@dataclass(frozen=True)
class Side:
    """A server under load: its client, its model handles, and the processes whose memory counts."""

    name: str
    client: Letta
    model: str
    embedding: str
    processes: tuple[psutil.Process, ...]

    def memory(self) -> float:
        """Proportional set size of the processes and all they started, in MB."""
        tree = {one for root in self.processes for one in (root, *root.children(recursive=True))}
        return float(sum(one.memory_full_info().pss for one in tree)) / 2**20


@contextmanager
def letta() -> Iterator[tuple[Side, str]]:
    """A real Letta, without its Postgres when memory is counted; and the URL of the model endpoint."""
    with running_letta() as server:
        yield _letta_side(server), server.model_endpoint.url


def _letta_side(server: LettaServer) -> Side:
    client = Letta(base_url=server.base_url, api_key="any", timeout=120, max_retries=0)
    return Side("Letta 0.16.8", client, server.model, server.embedding, (psutil.Process(server.process.pid),))


@contextmanager
def engine(model_url: str) -> Iterator[tuple[Side, Side]]:
    """`make run` with that model: once over HTTP, once in process."""
    folder = Path(tempfile.mkdtemp(prefix="memory_ui_bench_"))
    folder.chmod(0o755)  # the user that runs Postgres must reach it
    port = free_port()
    env = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")},
        "DATA_DIR": str(folder / "data"), "PORT": str(port), "ENGINE_API_KEY": KEY,
        "ENGINE_LLM_BASE_URL": model_url, "ENGINE_LLM_API_KEY": "any",
    }  # fmt: skip
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "memory_ui.start"], cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _until_ready(process, log)
        pid_file = folder / "data" / "postgres" / "postmaster.pid"
        processes = (psutil.Process(process.pid), psutil.Process(int(pid_file.read_text().split("\n")[0])))
        over_http = Letta(base_url=f"http://127.0.0.1:{port}", api_key=KEY, timeout=120, max_retries=0)
        handles = ("openai/gpt-4.1", "openai/text-embedding-3-small")
        yield (
            Side("engine over HTTP", over_http, *handles, processes),
            Side("engine in process", _in_process(env), *handles, processes),
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while b"\nready http" not in b"\n" + log.read_bytes():
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"make run did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def _in_process(env: dict[str, str]) -> Letta:
    # This process becomes one of the console's: the same settings, database and broker.
    os.environ.update(env, DJANGO_SETTINGS_MODULE="memory_ui.settings")
    import django

    django.setup()
    from engine.transport import EngineTransport

    return Letta(base_url="http://engine", api_key=KEY, http_client=httpx.Client(transport=EngineTransport()), max_retries=0)
