"""Measures both sides, prints them beside each other with the targets, and exits 1 when a target is missed."""

import sys
from dataclasses import dataclass

from tests.bench import measures, sides

# Issue 2, section 5. Times better than Letta: over HTTP and in process.
TARGETS = {
    "agent create": (5.0, 5.0),
    "agents by tag": (2.0, 4.0),
    "blocks of an agent": (5.0, 5.0),
    "learning run": (5.0, 5.0),
}
RUNS_TARGET = 10.0
MEMORY_TARGET = 415.0  # MB, what the Letta server alone takes


@dataclass(frozen=True)
class Row:
    """One line: Letta's figure, ours, and how many times better ours is than it must be."""

    name: str
    letta: str
    ours: str
    ratio: str
    target: str
    reached: bool

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "MISSED"
        return f"{self.name:<34} {self.letta:>12} {self.ours:>12} {self.ratio:>9} {self.target:>12}  {verdict}"


def main() -> int:
    """Run the bench; 0 when every target is reached."""
    with sides.letta() as (letta, model_url), sides.engine(model_url) as (http, in_process):
        all_sides = [measures.Population(side) for side in (letta, http, in_process)]
        rows: list[Row] = []
        for name, targets in TARGETS.items():
            theirs, *ours = measures.medians(all_sides, name)
            rows += [
                _times_row(f"{name}, {way}", theirs, mine, target)
                for way, mine, target in zip(("over HTTP", "in process"), ours, targets, strict=True)
            ]
        theirs, mine = (measures.runs_per_second(population) for population in all_sides[:2])
        rows.append(
            Row(f"runs a second, {measures.AT_A_TIME} at a time", f"{theirs:.2f}", f"{mine:.1f}", f"{mine / theirs:.1f}×",
                f"≥ {RUNS_TARGET:g}×", mine / theirs >= RUNS_TARGET)
        )  # fmt: skip
        theirs, mine = letta.memory(), http.memory()
        least = min(theirs, MEMORY_TARGET)
        rows.append(
            Row("memory: Letta alone, all of ours", f"{theirs:.0f} MB", f"{mine:.0f} MB", f"{theirs / mine:.1f}×",
                f"< {least:.0f} MB", mine < least)
        )  # fmt: skip
    print(f"{'median of ' + str(measures.ROUNDS):<34} {'Letta 0.16.8':>12} {'engine':>12} {'better':>9} {'target':>12}")
    print("\n".join(str(row) for row in rows))
    return 0 if all(row.reached for row in rows) else 1


def _times_row(name: str, theirs: float, ours: float, target: float) -> Row:
    ratio = theirs / ours
    return Row(name, f"{theirs:.1f} ms", f"{ours:.1f} ms", f"{ratio:.1f}×", f"≥ {target:g}×", ratio >= target)


if __name__ == "__main__":
    sys.exit(main())
