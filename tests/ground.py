"""What every test stands on, made before Django reads its settings: a real Postgres and a data folder of its own.

Loaded with `-p tests.ground`. With DATABASE_URL set (`make test-services`) that server is used instead. Run on several
cores (`-n auto`), each process has its own, from one ground that is laid once.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from memory_ui import embedded_postgres
from tests import groundwork

SHARED = "TEST_GROUND"
"""names the folder in which the first process of a run on several cores has the ground laid for the others"""

# Not below /tmp/pytest-of-root, which the user that runs Postgres may not enter.
DATA_DIR = Path(tempfile.mkdtemp(prefix="memory_ui_test_"))
DATA_DIR.chmod(0o755)

# A developer's own configuration must not leak into the tests.
for name in list(os.environ):
    if name.startswith(("LETTA_", "ENGINE_", "CELERY_")) and not os.environ.get("TEST_SERVICES"):
        del os.environ[name]

os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["ENGINE_API_KEY"] = "test-engine-key"
os.environ["SECRET_KEY"] = "not-a-secret-only-for-tests-" + "x" * 40
os.environ["DJANGO_SETTINGS_MODULE"] = "memory_ui.settings"
# Playwright keeps an event loop running in the main thread; our ORM calls there are synchronous all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

embedded_postgres.CONFIGURATION += groundwork.CONFIGURATION


def _clean() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)


atexit.register(_clean)


def _start() -> None:
    atexit.register(embedded_postgres.stop, embedded_postgres.start(DATA_DIR))


def lay_for_one() -> None:
    """The ground for this process alone: Postgres runs, unless another was named, and the static files are collected."""
    os.environ["STATIC_ROOT"] = str(DATA_DIR / "static")
    if not os.environ.get("DATABASE_URL"):
        _start()
        os.environ["DATABASE_URL"] = embedded_postgres.url(DATA_DIR)
    groundwork.collect_static_files()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Lay the ground: for this process alone, or once for all that it will start."""
    if _is_worker():
        pass
    elif os.environ.get("DATABASE_URL") or not early_config.known_args_namespace.numprocesses:
        lay_for_one()
    else:
        os.environ["STATIC_ROOT"] = str(DATA_DIR / "static")
        os.environ[SHARED] = str(DATA_DIR)
        groundwork.begin(DATA_DIR)
    if SHARED in os.environ:
        # Where it will be; Django reads it now, and nobody asks before the tests are collected.
        os.environ["DATABASE_URL"] = embedded_postgres.url(DATA_DIR)
    return (yield)


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_collection_finish() -> None:
    """What was imported and collected stays for good, so the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """A worker has collected its tests; by now there should be a ground for them."""
    if _is_worker() and SHARED in os.environ:
        groundwork.copy_of_postgres(Path(os.environ[SHARED]), DATA_DIR)
        _start()
        place = embedded_postgres.url(DATA_DIR)
        if place != os.environ["DATABASE_URL"]:
            raise RuntimeError(f"The name of {DATA_DIR} is too long for a socket in it: set TMPDIR to a shorter one.")
