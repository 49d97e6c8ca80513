"""Programs that the system's packages bring; as root on Debian they are installed when they are missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path


class Missing(SystemExit):
    """A program is not there and cannot be installed from here; the message says what to install."""


def can_install() -> bool:
    """Whether this is Debian (or made from it) and we are root."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def install(*names: str) -> None:
    """Install packages, without starting the services they bring."""
    print(f"Installing {' '.join(names)} …", flush=True)
    # Runlevel 1: the packages' scripts then start nothing by themselves.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=True, stdout=subprocess.DEVNULL)
    command = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *names]
    done = subprocess.run(command, env=quiet, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"apt-get could not install {' '.join(names)}: {done.stderr.strip()}")


def redis_server() -> str:
    """The path of redis-server.

    Raises:
        Missing: it is not installed and cannot be.
    """
    if shutil.which("redis-server") is None and can_install():
        install("redis-server")
    found = shutil.which("redis-server")
    if found is None:
        raise Missing("make test-services needs Redis: install the package 'redis-server' (or 'redis') of your system.")
    return found


def postgres_with_pgvector() -> Path | None:
    """The bin folder of the system's newest Postgres with pgvector, installed if Debian packages it; None: there is none."""
    found = _installed()
    if found is None and can_install():
        names = subprocess.run(
            ["apt-cache", "pkgnames", "postgresql-"], capture_output=True, text=True, check=True
        ).stdout.split()
        versions = sorted(int(match[1]) for name in names if (match := re.fullmatch(r"postgresql-(\d+)-pgvector", name)))
        if versions:
            install(f"postgresql-{versions[-1]}", f"postgresql-{versions[-1]}-pgvector")
            found = _installed()
    return found


def _installed() -> Path | None:
    controls = Path("/usr/share/postgresql").glob("*/extension/vector.control")
    versions = [int(control.parts[-3]) for control in controls if control.parts[-3].isdigit()]
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in sorted(versions, reverse=True)]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)
