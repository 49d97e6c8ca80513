"""What the processes of one run share: the migrated database, at rest to be copied, and the collected static files.

`python -m tests.groundwork FOLDER` makes both anew for each run, while the workers of pytest-xdist collect their tests.
Whoever waits for it waits for the lock that this process holds as long as it lives, so that its death is noticed as well.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from memory_ui import embedded_postgres

ROOT = Path(__file__).parent.parent
DATABASE = f"test_{embedded_postgres.DATABASE}"
"""the name of the migrated database"""
# No test waits for the disk, and what a test loses in a crash is of no use to anybody.
CONFIGURATION = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def begin(folder: Path) -> None:
    """Start to make it in `folder`, in a process of its own."""
    with (folder / "lock").open("w") as lock, (folder / "log").open("w") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.Popen(
            [sys.executable, "-m", "tests.groundwork", str(folder)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock.fileno()], start_new_session=True,
        )  # fmt: skip


def copy_of_postgres(folder: Path, data_dir: Path) -> None:
    """Wait until `folder` has the database, and put a copy of it into `data_dir`.

    Raises:
        RuntimeError: it could not be made.
    """
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    if not (folder / "done").exists():
        raise RuntimeError(f"The ground of the tests could not be laid: {(folder / 'log').read_text()[-4000:]}")
    # With its owner: as root, Postgres runs as somebody else.
    subprocess.run(["cp", "-a", folder / "postgres", data_dir / "postgres"], check=True)


def collect_static_files() -> None:
    """Pages link to hashed file names, in tests as in production."""
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], check=True, cwd=ROOT)


def main(arguments: Sequence[str]) -> None:
    """Make both in the folder that the first argument names."""
    folder = Path(arguments[0])
    embedded_postgres.CONFIGURATION += CONFIGURATION
    server = embedded_postgres.start(folder)
    try:
        os.environ["DATABASE_URL"] = embedded_postgres.url(folder)
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        connection.creation.create_test_db(verbosity=0, serialize=False)
        call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()
    finally:
        embedded_postgres.stop(server)
    (folder / "done").touch()


if __name__ == "__main__":
    main(sys.argv[1:])
