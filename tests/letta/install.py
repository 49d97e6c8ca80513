"""Installs the real Letta server, and the old client libraries, into environments of their own below `.letta/`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".letta"

# Unpinned newer dependencies break the import of 0.16.8, so nothing younger than its last month is taken.
SERVER = ("--exclude-newer", "2026-05-15", "letta[server,postgres]==0.16.8")
# What both original SDKs pin; they are tested as programs, in the environment they were made for.
OLD_CLIENT = ("letta-client==0.1.307", "ai-memory-sdk==0.2.0", "letta-memory==0.1.5")


class InstallFailed(Exception):
    """An environment could not be made; the message is the installer's last words."""


def server_environment() -> Path:
    """The folder of the virtual environment with the Letta server in it, made on first use (about 30 s, 820 MB)."""
    return _environment("venv", SERVER)


def old_client_environment() -> Path:
    """The folder of the virtual environment with letta-client 0.1.307 and the original SDKs, made on first use."""
    return _environment("old-client", OLD_CLIENT)


def _environment(name: str, requirements: tuple[str, ...]) -> Path:
    folder = FOLDER / name
    stamp = folder / "installed.txt"
    wanted = "\n".join(requirements)
    with _one_at_a_time():
        if not (stamp.exists() and stamp.read_text() == wanted):
            _uv("venv", "--clear", "--python", sys.executable, str(folder))
            _uv("pip", "install", "--python", str(folder / "bin" / "python"), *requirements)
            stamp.write_text(wanted)  # last: an interrupted installation is done anew
    return folder


def _uv(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    binary = str(beside) if beside.exists() else shutil.which("uv")
    if binary is None:
        raise InstallFailed("uv is missing: install the development requirements")
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run([binary, "--quiet", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise InstallFailed(f"uv {arguments[0]} failed: {done.stderr.strip()[-2000:]}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two test sessions that start together must not build the same environment twice."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
