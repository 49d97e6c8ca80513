"""Three-way merge of a block: what two people changed since a common base, the text line by line, nothing lost."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from subjects.matching import kept

Kind = Literal["same", "theirs", "mine", "both", "conflict"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of lines (without their ends). `kind`: who changed it; in a conflict both did, differently."""

    kind: Kind
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    mine: tuple[str, ...]

    @property
    def merged(self) -> tuple[str, ...]:
        """The lines to keep; in a conflict theirs, then mine, so that a person can choose from both."""
        match self.kind:
            case "mine":
                return self.mine
            case "conflict":
                return self.theirs + self.mine
            case _:
                return self.theirs


@dataclass(frozen=True, slots=True)
class Merge:
    """The result of a merge, in order."""

    chunks: tuple[Chunk, ...]

    @property
    def conflicts(self) -> int:
        """How many stretches both sides changed differently."""
        return sum(chunk.kind == "conflict" for chunk in self.chunks)

    @property
    def text(self) -> str:
        """The merged text; conflicts hold both sides' lines."""
        return self.chosen({})

    def chosen(self, choices: Mapping[int, str]) -> str:
        """The merged text with conflicts decided: place among the chunks → "theirs", "mine", anything else both."""
        lines: list[str] = []
        for place, chunk in enumerate(self.chunks):
            match choices.get(place) if chunk.kind == "conflict" else None:
                case "theirs":
                    lines += chunk.theirs
                case "mine":
                    lines += chunk.mine
                case _:
                    lines += chunk.merged
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Whole:
    """What is merged in one piece: a description, a limit. Where both changed it differently, one side is to be chosen."""

    base: str | int
    theirs: str | int
    mine: str | int

    @property
    def kind(self) -> Kind:
        """Who changed it, as of a chunk."""
        return _kind(*(_plain(side) if isinstance(side, str) else side for side in (self.base, self.theirs, self.mine)))

    def chosen(self, side: str = "mine") -> str | int:
        """What it is to be; `side`, "theirs" or else mine, decides a conflict."""
        if self.kind == "mine" or (self.kind == "conflict" and side != "theirs"):
            return self.mine
        return self.theirs


def merge(base: str, theirs: str, mine: str) -> Merge:
    """Merge two changed versions of `base`."""
    return Merge(tuple(_chunks(_lines(base), _lines(theirs), _lines(mine))))


def _lines(text: str) -> list[str]:
    # Only \n ends a line here: str.splitlines also splits at characters that belong to the text.
    return _plain(text).split("\n") if text else []


def _plain(text: str) -> str:
    """As a form sends it back: what nobody touched is not taken for a change."""
    return text.replace("\r\n", "\n")


def _chunks(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[Chunk]:
    b = t = m = 0
    for base_at, theirs_at, mine_at, length in _agreements(base, theirs, mine):
        yield from _changed(base[b:base_at], theirs[t:theirs_at], mine[m:mine_at])
        if length:
            lines = tuple(base[base_at : base_at + length])
            yield Chunk("same", lines, lines, lines)
        b, t, m = base_at + length, theirs_at + length, mine_at + length


def _changed(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[Chunk]:
    if not (base or theirs or mine):
        return
    kind = _kind(base, theirs, mine)
    if kind == "conflict" and len(base) == len(theirs) == len(mine) > 1:
        # Lines were reworded, none came or went: a line of memory is a fact of its own, so each is decided by itself.
        yield from _by_kind([([b], [t], [m]) for b, t, m in zip(base, theirs, mine, strict=True)])
        return
    yield Chunk(kind, tuple(base), tuple(theirs), tuple(mine))


def _by_kind(lines: Iterable[tuple[list[str], list[str], list[str]]]) -> Iterator[Chunk]:
    """Neighbouring lines of the same kind as one chunk each."""
    for kind, group in groupby(lines, lambda line: _kind(*line)):
        together = [tuple(line for part in side for line in part) for side in zip(*group, strict=True)]
        yield Chunk(kind, *together)


def _kind(base: object, theirs: object, mine: object) -> Kind:
    if theirs == mine:
        return "same" if theirs == base else "both"
    if mine == base:
        return "theirs"
    return "mine" if theirs == base else "conflict"


def _agreements(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of base that both sides kept: start in base, theirs, mine, and length; ends with an empty one."""
    left = kept(base, theirs)
    right = kept(base, mine)
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][0] + left[i][2], right[j][0] + right[j][2])
        if start < end:
            yield start, left[i][1] + start - left[i][0], right[j][1] + start - right[j][0], end - start
        if left[i][0] + left[i][2] <= right[j][0] + right[j][2]:
            i += 1
        else:
            j += 1
    yield len(base), len(theirs), len(mine), 0
