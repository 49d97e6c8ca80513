"""`python -m tests.bench.audit_reads [SUBJECTS [PAGES]]`: what recording each read costs a page.

Each page is asked for over HTTP with and without its entry by turns, from the web server and the Postgres that `make run`
starts, so that whatever else the machine does falls on both alike. Exits 1 when a page takes over 5 % longer with it.
"""

import http.client
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

MOST = 0.05
UNRECORDED = "X-Bench-Unrecorded"
"""The header by which a request of this benchmark leaves no entry (`unrecorded.py`)."""
WARM_UP = 20
OF_SUBJECTS = ("run-list", "prompt-detail", "activity-detail")
OF_BLOCKS = ("revision-list", "block-edit")
OF_THE_PAGES = ("subject", "timeline", "messages", "search: words, common", "list: words, common")


def main(subjects: int, rounds: int) -> int:
    """Measure and print; 0 when no page takes over 5 % longer."""
    from memory_ui import embedded_postgres

    for name in [name for name in os.environ if name.startswith(("LETTA_", "ENGINE_", "CELERY_", "DATABASE_"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="memory_ui_bench_") as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ |= {"DATA_DIR": name, "STATIC_ROOT": f"{name}/static", "DJANGO_SETTINGS_MODULE": "memory_ui.settings"}
        server = embedded_postgres.start(folder)
        try:
            os.environ["DATABASE_URL"] = embedded_postgres.url(folder)
            return _measured(subjects, rounds, folder)
        finally:
            embedded_postgres.stop(server)


def _measured(subjects: int, rounds: int, folder: Path) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    from tests.bench import page_measures, page_seed
    from tests.bench.page_side import web

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    page_seed.seed(os.environ["DATABASE_URL"], subjects)
    cookie = f"memory_ui_session={page_measures.sign_in()}"
    missed = 0
    print(f"{'page':<24}{'without ms':>12}{'with ms':>10}{'entry ms':>10}{'more':>8}   p50 of {rounds} of each, by turns")
    with web(folder / "web.log", "tests.bench.unrecorded") as site:
        for name, addresses in _pages(subjects, rounds).items():
            without, recorded = _by_turns(site, cookie, addresses)
            extra = statistics.median(b - a for a, b in zip(without, recorded, strict=True))
            base = statistics.median(without)
            missed += extra > MOST * base
            verdict = "reached" if extra <= MOST * base else f"MISSED: over {MOST:.0%}"
            print(
                f"{name:<24}{base:>12.2f}{statistics.median(recorded):>10.2f}{extra:>10.2f}{extra / base:>8.1%}   {verdict}",
                flush=True,
            )
    return 1 if missed else 0


def _pages(subjects: int, rounds: int) -> dict[str, list[str]]:
    """The addresses of pages that are recorded."""
    from django.urls import reverse

    from subjects.models import Block
    from tests.bench import page_measures

    known = page_measures.pages(subjects, rounds)
    blocks = list(Block.objects.order_by("id").values_list("pk", "subject_id")[:rounds])
    pages = {name: known[name] for name in OF_THE_PAGES}
    pages |= {name: [reverse(name, args=[subject]) for _, subject in blocks] for name in OF_SUBJECTS}
    return pages | {name: [reverse(name, args=[block]) for block, _ in blocks] for name in OF_BLOCKS}


def _by_turns(site: str, cookie: str, addresses: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each address without and with its entry; which comes first alternates."""
    from django.db import connection

    from audit.models import Entry

    web = http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)

    def timed(address: str, *, recorded: bool) -> float:
        headers = {"Cookie": cookie, "Accept-Encoding": "gzip"} | ({} if recorded else {UNRECORDED: "1"})
        begun = time.perf_counter()
        web.request("GET", address, headers=headers)
        response = web.getresponse()
        response.read()
        assert response.status == 200, (address, response.status)
        return (time.perf_counter() - begun) * 1000

    def entries() -> int:
        connection.close()
        return Entry.objects.count()

    there = entries()
    timed(addresses[0], recorded=False)
    assert entries() == there, "an entry that was not to be"
    timed(addresses[0], recorded=True)
    assert entries() > there, "no entry"
    without: list[float] = []
    recorded: list[float] = []
    for place, address in enumerate([addresses[0]] * WARM_UP + addresses):
        timed(address, recorded=False)  # so that neither pays for what the first finds cold
        for what in (False, True) if place % 2 else (True, False):
            (recorded if what else without).append(timed(address, recorded=what))
    web.close()
    return without[WARM_UP:], recorded[WARM_UP:]


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (sys.argv[1:] + ["2000", "300"][len(sys.argv) - 1 :])[:2])))
