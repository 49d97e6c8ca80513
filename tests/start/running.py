"""One `make run` as a test sees it: a process with a log, a port and a data folder."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from tests.conftest import ROOT, wait_until
from tests.ports import free_port


class Running:
    """`python -m memory_ui.start` on a data folder of its own, with the embedded Postgres."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="memory_ui_start_"))
        self.folder.chmod(0o755)  # the user that runs Postgres must reach it
        self.data_dir = self.folder / "data"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._logs = 0

    def start(self, **env: str) -> None:
        """Start it and return at once; variables given here come on top."""
        ours = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY", "DEMO_PASSWORD")
        }
        self._logs += 1
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "memory_ui.start"],
                cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
                env={**ours, "DATA_DIR": str(self.data_dir), "PORT": str(self.port), **env},
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self.folder / f"{self._logs}.log"

    @property
    def output(self) -> str:
        """What this start has said so far."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def is_ready(self) -> bool:
        """Whether it says so, on a line of its own."""
        assert self.process is not None
        assert self.process.poll() is None, self.output
        return f"ready http://127.0.0.1:{self.port}" in self.output.splitlines()

    def until_ready(self, **env: str) -> None:
        """Start it and wait until it says that it is ready."""
        self.start(**env)
        wait_until(self.is_ready, 60, "it did not become ready")

    def end(self, seconds: float = 30) -> int:
        """Wait until it has ended by itself; the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask it to stop as a terminal does, with the signal to the whole group; the exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, number)
        return self.end()

    def postmaster(self) -> psutil.Process:
        """The embedded Postgres."""
        return psutil.Process(int((self.data_dir / "postgres" / "postmaster.pid").read_text().split("\n")[0]))

    def part(self, module: str) -> psutil.Process:
        """The process that runs `module`: gunicorn (the arbiter) or celery."""
        return next(one for one in psutil.Process(self.pid).children(recursive=True) if module in one.cmdline())

    def processes(self) -> list[psutil.Process]:
        """All of it: supervisor, web, worker, Postgres."""
        tree = [psutil.Process(self.pid), self.postmaster()]
        return [*tree, *(child for one in tree for child in one.children(recursive=True))]

    def get(self, path: str) -> int:
        """The status of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def password(self) -> str | None:
        """The demo people's password, if this start showed one."""
        shown = re.search(r"Their password, shown only now: (\S+)", self.output)
        return shown.group(1) if shown else None

    def remove(self) -> None:
        """Stop what still runs and remove the folder."""
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; the dead that nobody has reaped are dead."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
