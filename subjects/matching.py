"""Which lines of two values are the same, in a time that does not depend on what somebody pasted."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MOST_LINES = 2000  # per value, compared line by line in every combination
# Pairs of equal lines. difflib looks at each of them again for every stretch it finds: a value of one line repeated a
# thousand times would hold a worker, and the subject's lock with it, for minutes.
MOST_PAIRS = 20_000


def kept(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """The stretches of `old` that `new` still has, in order: start in old, start in new, length (from 1).

    Values beyond the limits above are matched by how they begin and end and by the lines that both hold once: fewer
    lines count as kept then, never a wrong one.
    """
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    middle = _between(old[head : len(old) - tail], new[head : len(new) - tail])
    stretches = [(0, 0, head), *((a + head, b + head, size) for a, b, size in middle)]
    stretches.append((len(old) - tail, len(new) - tail, tail))
    return [stretch for stretch in stretches if stretch[2]]


def _between(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    here, there = Counter(old), Counter(new)
    pairs = sum(count * there[line] for line, count in here.items())
    if max(len(old), len(new)) > MOST_LINES or pairs > MOST_PAIRS:
        return list(_once_in_both(old, new, here, there))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]


def stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Both values in corresponding stretches: whether they are the same, start and end in old, start and end in new."""
    a = b = 0
    for at, to, size in [*kept(old, new), (len(old), len(new), 0)]:
        if a < at or b < to:
            yield False, a, at, b, to
        if size:
            yield True, at, at + size, to, to + size
        a, b = at + size, to + size


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    shorter = min(len(old), len(new))
    return next((place for place in range(shorter) if old[place] != new[place]), shorter)


def _once_in_both(
    old: Sequence[str], new: Sequence[str], here: Counter[str], there: Counter[str]
) -> Iterator[tuple[int, int, int]]:
    # As in a patience diff: of the lines that both hold once, the most that stand in the same order.
    places = {line: place for place, line in enumerate(new)}
    pairs = [(a, places[line]) for a, line in enumerate(old) if here[line] == there[line] == 1]
    ends: list[int] = []  # the last place in `new` of the best row of each length
    last: list[int] = []  # and which pair that is
    before: list[int] = []
    for number, (_, b) in enumerate(pairs):
        length = bisect_left(ends, b)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [b]
        last[length : length + 1] = [number]
    row, number = [], last[-1] if last else -1
    while number >= 0:
        row.append(pairs[number])
        number = before[number]
    for a, b in reversed(row):
        yield a, b, 1
