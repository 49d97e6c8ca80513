"""Starts Redis and Postgres, runs the tests of this folder on them, and stops both."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services import servers

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run pytest with the arguments given; returns its exit code."""
    with servers.postgres() as database_url, servers.redis() as broker_url:
        env = {**os.environ, "TEST_SERVICES": "1", "DATABASE_URL": database_url, "CELERY_BROKER_URL": broker_url}
        command = [sys.executable, "-m", "pytest", "tests/services", *sys.argv[1:]]
        return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
