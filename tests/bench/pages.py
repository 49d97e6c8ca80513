"""`make bench-pages`: every page at two sizes, beside its bare SQL, with the targets; and with many people at once.

Sizes are numbers of subjects; each has ten messages. `--keep FOLDER` keeps the databases there and uses them again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

GROWTH = 1.5  # p95 at the larger size, times that at the smaller one
OVER_SQL = 3.0  # p95 of the page, times that of its SQL
CROWD = 5.0  # p95 among many, times that alone


def main() -> int:
    """Measure and print; 0 when every target is reached."""
    asked = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000], help="numbers of subjects")
    asked.add_argument("--people", type=int, default=50, help="at once; 0: none")
    asked.add_argument("--keep", type=Path, help="a folder for the databases, for this time and the next")
    asked.add_argument("--addresses", type=int, default=40, help="of each page, each asked for twice")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory_ui_bench_") as folder:
        Path(folder).chmod(0o755)
        results = [_side(size, options.keep or Path(folder), options.people, options.addresses) for size in options.sizes]
    missed = _print_pages(results) + _print_people(results)
    print(f"{missed} of the targets are missed." if missed else "Every target is reached.")
    return 1 if missed else 0


def _side(subjects: int, folder: Path, people: int, addresses: int) -> dict[str, Any]:
    print(f"{subjects:,} subjects, {subjects * 10:,} messages", flush=True)
    side = (folder / str(subjects)).resolve()
    asked = [str(subjects), str(side), str(people), str(addresses)]
    subprocess.run([sys.executable, "-m", "tests.bench.page_side", *asked], check=True)
    result: dict[str, Any] = json.loads((side / "result.json").read_text())
    return result


def _print_pages(results: list[dict[str, Any]]) -> int:
    small, large = results[0], results[-1]
    print(f"\np50 and p95 in ms at {small['subjects']:,} and at {large['subjects']:,} subjects; SQL: p95 at the larger size")
    print(f"{'page':<32}{'p50':>8}{'p95':>8}{'p50':>9}{'p95':>8}{'grown':>8}{'SQL':>9}{'page/SQL':>10}{'queries':>9}")
    missed = 0
    for name, there in large["pages"].items():
        here = small["pages"][name]
        grown, over = there["p95"] / here["p95"], there["p95"] / there["sql95"]
        bad = [f"grown > {GROWTH:g}"] * (grown > GROWTH) + [f"> {OVER_SQL:g} × SQL"] * (over > OVER_SQL)
        missed += len(bad)
        print(
            f"{name:<32}{here['p50']:>8.1f}{here['p95']:>8.1f}{there['p50']:>9.1f}{there['p95']:>8.1f}{grown:>7.2f}×"
            f"{there['sql95']:>9.1f}{over:>9.1f}×{there['queries']:>9}  {'MISSED ' + ', '.join(bad) if bad else 'reached'}"
        )
    return missed


def _print_people(results: list[dict[str, Any]]) -> int:
    missed = 0
    for result in results:
        crowd = result.get("people")
        if not crowd:
            continue
        times = crowd["crowded"] / crowd["alone"]
        good = times < CROWD and not crowd["wrong"]
        missed += not good
        print(
            f"{crowd['people']} people, {result['subjects']:,} subjects: {crowd['pages']} pages, p95 {crowd['crowded']:.1f}"
            f" ms, alone {crowd['alone']:.1f} ms, {times:.1f}× (< {CROWD:g}×); {crowd['asked']} polls, p95"
            f" {crowd['polls']:.1f} ms; {crowd['wrong']} wrong  {'reached' if good else 'MISSED'}"
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())
