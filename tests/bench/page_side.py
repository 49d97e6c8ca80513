"""One size of the benchmark of the pages: its database, its web server, and what is to be asked of them.

`python -m tests.bench.page_side SUBJECTS FOLDER ADDRESSES`: a process of its own, because settings belong to one. What it
offers is FOLDER/side.json, there once it says "ready"; it goes on until its standard input is closed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory_ui import embedded_postgres
from memory_ui.start import web_command
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
COOKIE = "memory_ui_session"


def main(subjects: int, folder: Path, addresses: int) -> None:
    """Make the database unless it is there, and serve the pages until nobody asks any more."""
    for name in [name for name in os.environ if name.startswith(("LETTA_", "ENGINE_", "CELERY_", "DATABASE_"))]:
        del os.environ[name]
    os.environ |= {
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "memory_ui.settings",
    }
    folder.mkdir(parents=True, exist_ok=True)
    server = embedded_postgres.start(folder)
    try:
        os.environ["DATABASE_URL"] = embedded_postgres.url(folder)
        _serve(subjects, folder, addresses)
    finally:
        embedded_postgres.stop(server)


def _serve(subjects: int, folder: Path, addresses: int) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from subjects.counting import count_runs
    from tests.bench import page_measures, page_people, page_seed

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    seeding = _kept(folder / "seeding.json")
    if not seeding:
        begun = time.monotonic()
        seeding = page_seed.seed(os.environ["DATABASE_URL"], subjects)
        count_runs()
        (folder / "seeding.json").write_text(json.dumps(seeding | {"all": time.monotonic() - begun}))
    session = page_measures.sign_in()
    with web(folder / "web.log") as site:
        offered = {
            "subjects": subjects, "site": site, "session": session, "database": os.environ["DATABASE_URL"],
            "pages": page_measures.pages_with_sql(session, subjects, addresses),
            "cards": page_people.cards(),
        }  # fmt: skip
        (folder / "side.json").write_text(json.dumps(offered))
        print("ready", flush=True)
        sys.stdin.read()


def _kept(path: Path) -> dict[str, float]:
    kept: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    return kept


@contextmanager
def web(log: Path, application: str = "memory_ui.wsgi") -> Iterator[str]:
    """The web server of `make run`, or the same with another module's `application`; its address."""
    import httpx

    bind = f"127.0.0.1:{free_port()}"
    with log.open("wb") as out:
        name, _, *options = web_command(bind)
        command = [sys.executable, "-m", name, application, *options]
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://{bind}/up", timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"the web server did not start: {log.read_text()[-2000:]}")
        yield f"http://{bind}"
    finally:
        server.terminate()
        server.wait(15)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
