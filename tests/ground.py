"""What every test stands on, made before Django reads its settings: a real Postgres and a data folder of its own.

Loaded with `-p tests.ground`. With DATABASE_URL set (`make test-services`) that server is used instead.
"""

import atexit
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Not below /tmp/pytest-of-root, which the user that runs Postgres may not enter.
DATA_DIR = Path(tempfile.mkdtemp(prefix="memory_ui_test_"))
DATA_DIR.chmod(0o755)

# A developer's own configuration must not leak into the tests.
for name in list(os.environ):
    if name.startswith(("LETTA_", "ENGINE_", "CELERY_")) and not os.environ.get("TEST_SERVICES"):
        del os.environ[name]

os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["STATIC_ROOT"] = str(DATA_DIR / "static")
os.environ["ENGINE_API_KEY"] = "test-engine-key"
os.environ["SECRET_KEY"] = "not-a-secret-only-for-tests-" + "x" * 40
os.environ["DJANGO_SETTINGS_MODULE"] = "memory_ui.settings"
# Playwright keeps an event loop running in the main thread; our ORM calls there are synchronous all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def _clean() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)


atexit.register(_clean)

if not os.environ.get("DATABASE_URL"):
    from memory_ui import embedded_postgres

    embedded_postgres.CONFIGURATION += "fsync = off\nsynchronous_commit = off\n"
    _server = embedded_postgres.start(DATA_DIR)
    atexit.register(embedded_postgres.stop, _server)
    os.environ["DATABASE_URL"] = embedded_postgres.url(DATA_DIR)

# Pages link to hashed file names, in tests as in production.
subprocess.run(
    [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], check=True, cwd=Path(__file__).parent.parent
)


def pytest_collection_finish() -> None:
    """What was imported and collected stays for good, so the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
