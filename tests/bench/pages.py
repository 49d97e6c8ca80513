"""`make bench-pages`: every page at two sizes, beside its bare SQL, with the targets; and with many people at once.

Sizes are numbers of subjects; each has ten messages. `--keep FOLDER` keeps the databases there and uses them again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench import page_people, page_turns

GROWTH = 1.5  # p95 at the larger size, times that at the smaller one
OVER_SQL = 3.0  # p95 of the page, times that of its SQL
CROWD = 5.0  # p95 among many, times that alone


def main() -> int:
    """Measure and print; 0 when every target is reached."""
    asked = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000], help="numbers of subjects")
    asked.add_argument("--people", type=int, default=50, help="at once; 0: none")
    asked.add_argument("--keep", type=Path, help="a folder for the databases, for this time and the next")
    asked.add_argument("--addresses", type=int, default=40, help="of each page, each asked for five times")
    asked.add_argument("--only", default="", metavar="WORDS", help="the pages that have these words in their name")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory_ui_bench_") as name, ExitStack() as stack:
        Path(name).chmod(0o755)
        folder = options.keep or Path(name)
        sides = [stack.enter_context(_side(size, folder, options.addresses)) for size in options.sizes]
        crowds = [page_people.measure(side, options.people) if options.people else None for side in sides]
        results = page_turns.measure(sides, options.only)
    sizes = [side["subjects"] for side in sides]
    missed = _print_pages(sizes, results) + _print_people(sizes, crowds)
    print(f"{missed} of the targets are missed." if missed else "Every target is reached.")
    return 1 if missed else 0


@contextmanager
def _side(subjects: int, folder: Path, addresses: int) -> Iterator[dict[str, Any]]:
    print(f"{subjects:,} subjects, {subjects * 10:,} messages", flush=True)
    home = (folder / str(subjects)).resolve()
    asked = [sys.executable, "-m", "tests.bench.page_side", str(subjects), str(home), str(addresses)]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                if line == "ready\n":
                    break
                print(line, end="", flush=True)
            else:
                raise SystemExit(f"the side of {subjects:,} subjects ended by itself")
            offered: dict[str, Any] = json.loads((home / "side.json").read_text())
            yield offered
        finally:
            process.communicate()


def _print_pages(sizes: list[int], results: list[dict[str, page_turns.Times]]) -> int:
    small, large = results[0], results[-1]
    print(f"\np50 and p95 in ms at {sizes[0]:,} and at {sizes[-1]:,} subjects, by turns; SQL: p95 at the larger size")
    print(f"{'page':<32}{'p50':>8}{'p95':>8}{'p50':>9}{'p95':>8}{'grown':>8}{'SQL':>9}{'page/SQL':>10}{'queries':>9}")
    missed = 0
    for name, there in large.items():
        here = small[name]
        grown, over = there["p95"] / here["p95"], there["p95"] / there["sql95"]
        bad = [f"grown > {GROWTH:g}"] * (grown > GROWTH) + [f"> {OVER_SQL:g} × SQL"] * (over > OVER_SQL)
        verdict = "MISSED " + ", ".join(bad) if bad else "reached"
        if name == page_turns.EMPTY:
            bad, verdict = [], "the least that a page can take"
        missed += len(bad)
        print(
            f"{name:<32}{here['p50']:>8.1f}{here['p95']:>8.1f}{there['p50']:>9.1f}{there['p95']:>8.1f}{grown:>7.2f}×"
            f"{there['sql95']:>9.1f}{over:>9.1f}×{there['queries']:>9}  {verdict}"
        )
    return missed


def _print_people(sizes: list[int], crowds: list[dict[str, float] | None]) -> int:
    missed = 0
    for subjects, crowd in zip(sizes, crowds, strict=True):
        if not crowd:
            continue
        times = crowd["crowded"] / crowd["alone"]
        good = times < CROWD and not crowd["wrong"]
        missed += not good
        print(
            f"{crowd['people']} people, {subjects:,} subjects: {crowd['pages']} pages, p95 {crowd['crowded']:.1f}"
            f" ms, alone {crowd['alone']:.1f} ms, {times:.1f}× (< {CROWD:g}×); {crowd['asked']} polls, p95"
            f" {crowd['polls']:.1f} ms; {crowd['wrong']} wrong  {'reached' if good else 'MISSED'}"
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())
