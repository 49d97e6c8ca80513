"""The parts of `make run` that run side by side under honcho, web server and worker: started, watched, stopped together."""

import contextlib
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from honcho import manager
from honcho.manager import Manager
from honcho.printer import Message, Printer

READY_SECONDS = 120
# What has not stopped by then is killed: on a busy machine honcho's own 5 seconds are short for a worker.
manager.KILL_WAIT = 10


class _Lines(Printer):  # type: ignore[misc]
    """Prints what the parts say, and nothing about how they are run."""

    def write(self, message: Message) -> None:
        if message.name != "system":
            super().write(message)


class Parts(Manager):  # type: ignore[misc]
    """Web server and worker. When one of them ends, the others are stopped too."""

    def __init__(self, ready: Callable[[], bool], announce: Callable[[], None], still_well: Callable[[], str]) -> None:
        """`ready` says whether pages answer; then `announce` is called, once. `still_well` is asked every second: a
        sentence instead of "" stops everything."""
        super().__init__(_Lines(sys.stdout))
        self._ready = ready
        self._announce = announce
        self._still_well = still_well
        self._stop_wanted = False
        self.trouble = ""
        """Why it stopped by itself, in a sentence; empty when it was asked to."""

    def add(self, name: str, arguments: list[str], env: dict[str, str]) -> None:
        """Add a part: its command line and its environment."""
        self.add_process(name, "exec " + shlex.join(arguments), env=env)

    def terminate(self) -> None:
        """Ask every part to stop. honcho calls it for a signal and when a part has ended."""
        if not self._stop_wanted:
            self._stop_wanted = True
            ended = [f"The {name} ended by itself (exit code {part['returncode']}); its last lines are above."
                     for name, part in self._processes.items() if "returncode" in part]  # fmt: skip
            self.trouble = self.trouble or (ended[0] if ended else "")
        if self._all_started():  # else honcho does not know whom to stop yet, and the watch does it
            super().terminate()

    def _start(self) -> None:
        super()._start()
        # After honcho's forks: a thread would not live on in them.
        threading.Thread(target=self._watch, daemon=True, name="watch").start()

    def _watch(self) -> None:
        limit = time.monotonic() + READY_SECONDS
        announced = False
        while not self._terminating:
            if self._stop_wanted:
                self.terminate()
            elif announced:
                self._stop_if(self._still_well())
            elif self._ready():
                announced = True
                self._announce()
            elif time.monotonic() > limit:
                self._stop_if(f"No page answered within {READY_SECONDS} seconds.")
            time.sleep(1 if announced and not self._stop_wanted else 0.05)

    def _stop_if(self, trouble: str) -> None:
        if trouble:
            self.trouble = trouble
            self.terminate()


def is_alive(pid: int) -> bool:
    """Whether process `pid` runs, be it of another user."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    # Where nobody reaps the orphans of a container, the dead stay listed.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True
