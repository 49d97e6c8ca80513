"""The parts of production as compose.yaml and Dockerfile start them, on the servers of this test."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any, cast

import yaml

from tests.conftest import ROOT, environment


def compose() -> dict[str, Any]:
    """compose.yaml, parsed."""
    return cast("dict[str, Any]", yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8")))


def command_of(service: str) -> list[str]:
    """The command of a service of compose.yaml; the image's own when it names none."""
    command = compose()["services"][service].get("command")
    return list(command) if command else image_command()


def image_command() -> list[str]:
    """CMD of the Dockerfile."""
    found = re.search(r"^CMD (\[.*?\])", (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", ""), re.MULTILINE)
    assert found, "the Dockerfile has no CMD"
    return cast("list[str]", json.loads(found.group(1)))


class Part:
    """One process of the console, started by its production command, on the test database."""

    def __init__(self, command: list[str], log: Path, **env: str) -> None:
        self.log = log
        # Programs of the image's PATH are those beside our interpreter.
        program = Path(sys.executable).with_name(command[0])
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [str(program), *command[1:]],
                cwd=ROOT,
                env=environment(**env),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def until(self, ready: Callable[[], object], seconds: float = 30) -> None:
        """Wait until `ready()`; fail when the process ends before."""
        limit = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"it did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of it and of all it started."""
        os.killpg(self.process.pid, SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop, as Docker does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
