"""Parts of long texts as lists show them: around what was looked for, or the beginning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from subjects.searching import Terms

AROUND = 90
"""characters of a snippet on either side of its first hit"""
SHOWN = 2000
"""characters of a message that a log shows"""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a snippet; `hit`: it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """The part of a text around the first hit. `before`, `after`: there is more text on that side."""

    segments: list[Segment]
    before: bool
    after: bool


def snippet(text: str, terms: Terms) -> Snippet:
    """The part of `text` around the first hit, with every hit in it marked.

    Made here and not by ts_headline: what it marks is text of others, and must be told from our marks when it is escaped.
    """
    hits = _hits(text, terms)
    return _around(text, hits, AROUND)


def excerpt(text: str, terms: Terms | None = None) -> Snippet | None:
    """What a log shows of a message: of a long one a part, and hits marked; None: `text` as it stands."""
    if terms is None:
        if len(text) <= SHOWN:
            return None
        return Snippet([Segment(text[: _word_end(text, SHOWN)], hit=False)], before=False, after=True)
    hits = _hits(text, terms)
    return _around(text, hits, len(text) if len(text) <= SHOWN else SHOWN // 2)


def _hits(text: str, terms: Terms) -> list[tuple[int, int]]:
    return [found.span() for found in _pattern(terms).finditer(text)]


def _around(text: str, hits: Sequence[tuple[int, int]], characters: int) -> Snippet:
    first = hits[0] if hits else (0, 0)
    begin, end = _word_start(text, first[0] - characters), _word_end(text, first[1] + characters)
    edges = [begin]
    for one in hits:
        if one[0] >= begin and one[1] <= end:
            edges += one
    edges.append(end)
    segments = [Segment(text[a:b], hit=place % 2 == 1) for place, (a, b) in enumerate(pairwise(edges)) if a < b]
    return Snippet(segments, before=begin > 0, after=end < len(text))


def _pattern(terms: Terms) -> re.Pattern[str]:
    alternatives = []
    for place, word in enumerate(terms.words):
        parts = [re.escape(part) for part in re.findall(r"\w+", word)]
        if terms.start and place == len(terms.words) - 1:
            parts[-1] += r"\w*"
        alternatives.append(r"\W+".join(parts))
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _word_start(text: str, place: int) -> int:
    if place <= 0:
        return 0
    space = text.find(" ", place, place + 20)
    return place if space < 0 else space + 1


def _word_end(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - 20, place)
    return place if space < 0 else space
