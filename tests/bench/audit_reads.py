"""`python -m tests.bench.audit_reads [SUBJECTS [PAGES]]`: what recording each read costs a page.

Each page is answered with and without its entry by turns, in one process on a Postgres as `make run` starts it, so that
whatever else the machine does falls on both alike. Exits 1 when a page takes over 5 % longer with it.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST = 0.05
PAGES = ("subject-detail", "timeline-detail", "message-list", "run-list", "prompt-detail")


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
            return _measured(subjects, rounds)
        finally:
            embedded_postgres.stop(server)


def _measured(subjects: int, rounds: int) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from accounts.roles import Role
    from subjects.models import Subject
    from tests.bench import page_seed

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    page_seed.seed(os.environ["DATABASE_URL"], subjects)
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_user("bench@example.com", role=Role.SUPPORT))
    keys = list(Subject.objects.order_by("id").values_list("pk", flat=True)[:rounds])
    missed = 0
    print(f"{'page':<20}{'without ms':>12}{'with ms':>10}{'entry ms':>10}{'more':>8}   p50 of {len(keys)} of each, by turns")
    for name in PAGES:
        without, recorded = _by_turns(client, [reverse(name, args=[key]) for key in keys])
        extra = statistics.median(b - a for a, b in zip(without, recorded, strict=True))
        base = statistics.median(without)
        missed += extra > MOST * base
        verdict = "reached" if extra <= MOST * base else f"MISSED: over {MOST:.0%}"
        print(f"{name:<20}{base:>12.2f}{statistics.median(recorded):>10.2f}{extra:>10.2f}{extra / base:>8.1%}   {verdict}")
    return 1 if missed else 0


def _by_turns(client: Any, addresses: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each address without and with its entry; which comes first alternates."""
    from audit import reading

    names = vars(reading)
    record = names["record"]

    def nothing(*_args: object, **_facts: object) -> None:
        pass

    def timed(address: str, how: Callable[..., None]) -> float:
        names["record"] = how
        begun = time.perf_counter()
        assert client.get(address).status_code == 200
        return (time.perf_counter() - begun) * 1000

    without, recorded = [], []
    for place, address in enumerate([addresses[0]] * 5 + addresses):
        client.get(address)  # so that neither pays for what the first finds cold
        if place % 2:
            a, b = timed(address, nothing), timed(address, record)
        else:
            b, a = timed(address, record), timed(address, nothing)
        if place >= 5:
            without.append(a)
            recorded.append(b)
    names["record"] = record
    return without, recorded


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (sys.argv[1:] + ["2000", "150"][len(sys.argv) - 1 :])[:2])))
