"""Runs a Python program that ends when another process has ended.

`make run` may be killed with no chance to stop what it started; a web server that lived on would hold the port, and a
worker would go on unseen. `python -m memory_ui.lifeline PID MODULE ARGUMENTS…` runs `python -m MODULE ARGUMENTS…` for
as long as process PID lives.
"""

import os
import runpy
import select
import signal
import sys
import threading
import time

# As long as an orderly stop may take; then this process goes, whatever it was doing. The database is the truth.
GRACE_SECONDS = 8
POLL_SECONDS = 1


def _wait_for_end(pid: int) -> None:
    """Return when process `pid` is gone."""
    try:
        if hasattr(os, "pidfd_open"):  # Linux tells; elsewhere we ask
            select.select([os.pidfd_open(pid)], [], [])
            return
        while True:
            os.kill(pid, 0)
            time.sleep(POLL_SECONDS)
    except ProcessLookupError:
        return


def _end_with(pid: int) -> None:
    _wait_for_end(pid)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    pid, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with, args=(int(pid),), daemon=True, name="lifeline").start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
