"""Two revisions of a block beside each other: rows of lines that belong together, with the words that differ."""

from dataclasses import dataclass
from itertools import zip_longest

from subjects.diffs import Segment, diff
from subjects.matching import stretches


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the older text and the one of the newer that stands in its place; None where there is none."""

    older: list[Segment] | None
    newer: list[Segment] | None

    @property
    def same(self) -> bool:
        """Whether nothing changed here."""
        return self.older == self.newer


def side_by_side(older: str, newer: str) -> list[Row]:
    """The rows of two texts beside each other."""
    old, new = older.split("\n"), newer.split("\n")
    rows = []
    for same, i, i_end, j, j_end in stretches(old, new):
        if same:
            rows += [Row([Segment("equal", line)], [Segment("equal", line)]) for line in old[i:i_end]]
            continue
        rows += [_row(before, after) for before, after in zip_longest(old[i:i_end], new[j:j_end])]
    return rows


def _row(before: str | None, after: str | None) -> Row:
    if before is None:
        return Row(None, [Segment("insert", after or "")])
    if after is None:
        return Row([Segment("delete", before)], None)
    segments = diff(before, after)
    return Row([one for one in segments if one.kind != "insert"], [one for one in segments if one.kind != "delete"])
