"""`python -m tests.bench.drift`: the drift page and the lists behind it, at 10,000 and at 1,000,000 subjects.

Everybody is on one of two versions; differences of each kind are drawn from one seed. The numbers are made by the triggers
that make them in production, a thousand standings a statement; how fast that goes is printed too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from memory_ui import embedded_postgres
from tests.bench.page_side import COOKIE, web

GROWTH = 1.5  # p95 at the larger size, times that at the smaller one
ROUNDS = 60

SUBJECTS = """
    insert into subjects_subject (id, subject_id, kind, agent_id, setup_error, setup_refused, tries, created_at,
        duplicate_agent_ids, log_cursor, frozen_for, tags)
    select md5('s' || n)::uuid, 'user_' || n, 'user', 'agent-' || n, '', false, 0, now(), '{}', '', '', '{}'
    from generate_series(1, %s) n
"""
# A tenth lacks the summary, a twentieth has a block of its own, a fiftieth an old limit, one in a thousand is over it.
BLOCKS = """
    insert into subjects_block (id, subject_id, block_id, label, description, value, "limit", read_only, position,
        line_revisions, created_at)
    select md5(b.label || n)::uuid, md5('s' || n)::uuid, 'block-' || b.label || n, b.label, b.description,
        repeat('x', case when b.label = 'human' and n %% 1000 = 5 then 120 else 40 end),
        case when n %% 50 = 3 then 70 else b.lim end, false, b.place, '{1}', now()
    from generate_series(1, %s) n
    cross join (values ('human', 'Who it is.', 100, 0), ('summary', 'In short.', 100, 1), ('notes', '', 100, 2))
        as b(label, description, lim, place)
    where (b.label <> 'summary' or n %% 10 <> 7) and (b.label <> 'notes' or n %% 20 = 11)
"""
STANDINGS = """
    insert into schemas_standing (subject_id, version_id, since, tries)
    select md5('s' || n)::uuid, case when n %% 3 = 0 then %s else %s end, now(), 0
    from generate_series(%s::int, %s::int) n
"""


def main() -> int:
    """Measure both sizes and print; 0 when the target is reached."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000], help="numbers of subjects")
    asked.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.one:
        _side(options.one, options.folder)
        return 0
    results = []
    with tempfile.TemporaryDirectory(prefix="memory_ui_bench_") as folder:
        Path(folder).chmod(0o755)
        for size in options.sizes:
            side = Path(folder) / str(size)
            command = [sys.executable, "-m", "tests.bench.drift", "--one", str(size), "--folder", str(side)]
            subprocess.run(command, check=True)
            results.append(json.loads((side / "result.json").read_text()))
    small, large = results[0], results[-1]
    missed = 0
    print(f"\n{'p95 in ms':<34}{small['subjects']:>12,}{large['subjects']:>12,}{'grown':>9}")
    for name, there in large["pages"].items():
        grown = there / small["pages"][name]
        missed += grown > GROWTH
        verdict = "MISSED" if grown > GROWTH else "reached"
        print(f"{name:<34}{small['pages'][name]:>12.1f}{there:>12.1f}{grown:>8.2f}×  {verdict}")
    print(f"compared by the triggers: {large['compared']:,.0f} subjects a second; proved anew: {large['checked']:,.0f}")
    return 1 if missed else 0


def _side(subjects: int, folder: Path) -> None:
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
        (folder / "result.json").write_text(json.dumps(_measured(subjects, folder)))
    finally:
        embedded_postgres.stop(server)


def _measured(subjects: int, folder: Path) -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    from schemas.drift import fold
    from schemas.drift_check import check_some, check_totals
    from tests.bench.page_measures import sign_in

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    template, compared = _seed(subjects)
    fold()
    begun, place, proved = time.monotonic(), None, 0
    while time.monotonic() - begun < 10:
        checked = check_some(place)
        assert not checked.wrong, "the triggers and the check disagree"
        proved, place = proved + checked.subjects, checked.next
    rate = proved / (time.monotonic() - begun)
    assert check_totals() == 0
    with web(folder / "web.log") as site:
        pages = {name: _p95(site, sign_in(), address) for name, address in _addresses(template).items()}
    return {"subjects": subjects, "pages": pages, "compared": compared, "checked": rate}


def _addresses(template: str) -> dict[str, str]:
    behind = f"/templates/{template}/versions/1/subjects/?"
    middle = "after=80000000-0000-4000-8000-000000000000"
    return {
        "drift": f"/templates/{template}/drift/",
        "behind it: everybody": f"{behind}{middle}",
        "behind it: as it says": f"{behind}kind=exact&{middle}",
        "behind it: missing block": f"{behind}kind=missing&{middle}",
        "behind it: over the limit (0.1 %)": f"{behind}kind=over_limit&schema=0&{middle}",
    }


def _seed(subjects: int) -> tuple[str, float]:
    """Returns the template, and how many subjects a second the triggers compared."""
    from django.db import connection
    from django.utils import timezone

    from schemas.models import BlockSchema, Template, Version

    template = Template.objects.create(name="Care")
    versions = []
    for number in (1, 2):
        version = Version.objects.create(template=template)
        for place, (label, description) in enumerate((("human", "Who it is."), ("summary", "In short."))):
            BlockSchema.objects.create(version=version, position=place, label=label, description=description, limit=100)
        Version.objects.filter(pk=version.pk).update(number=number, published_at=timezone.now())
        versions.append(version.pk)
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        cursor.execute("set session_replication_role = replica")
        cursor.execute("drop index subjects_block_search")  # no page here searches, and it takes most of the time
        cursor.execute(SUBJECTS, [subjects])
        cursor.execute(BLOCKS, [subjects])
        cursor.execute("set session_replication_role = default")
        cursor.execute("analyze")
        begun = time.monotonic()
        for first in range(1, subjects + 1, 1_000):
            cursor.execute(STANDINGS, [versions[1], versions[0], first, min(first + 999, subjects)])
        compared = subjects / (time.monotonic() - begun)
        cursor.execute("vacuum analyze")
    print(f"{subjects:,} subjects: {compared:,.0f} compared a second", flush=True)
    return str(template.pk), compared


def _p95(site: str, session: str, address: str) -> float:
    import httpx

    times = []
    with httpx.Client(base_url=site, cookies={COOKIE: session}, timeout=60) as web:
        for turn in range(ROUNDS + 5):
            begun = time.perf_counter()
            response = web.get(address)
            assert response.status_code == 200, (address, response.status_code)
            if turn >= 5:
                times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
