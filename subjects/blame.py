"""Why the assistant believes a line: the revision that brought it, the run behind that, and the messages it read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from memory_ui.prepared import prepared
from subjects.models import Block, Flag, Message, Revision

MOST_LINES = 500  # of a value, each with where it is from; what follows is text
MOST_TURNS = 200  # of a run, looked through for words of the line
MOST_HEARD = 12  # of those, shown
SHORTEST = 3  # letters of a word that counts; figures always do
# Words that are in every conversation, and so tell nothing about where a line is from.
EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "about also and any are because been but can customer for from had has have her him his how into its just like"
        " likes name not now our she that the their them then there they this user was were what when which who will with"
        " would you your",
    )
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.@+/:][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block's value, from 1. `revision`: the number of the one that brought it, None when not known."""

    number: int
    text: str
    revision: int | None
    flag: Flag | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the reason of a line: its text in parts, each with whether the line has that word too."""

    message: Message
    parts: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line is from. `heard`: the messages of the run that share words with it; `others`: how many do not."""

    line: Line
    revision: Revision | None
    heard: list[Heard] = field(default_factory=list)
    others: int = 0


def with_lines(blocks: Iterable[Block]) -> None:
    """Give each block its `lines`, with the marks of people on them, and as `further` the text behind those. One query."""
    known = list(blocks)
    flags = _flags(tuple(block.pk for block in known))
    for block in known:
        marked = {flag.line: flag for flag in flags if flag.block_id == block.pk}
        texts = block.value.split("\n") if block.value else []
        block.lines = _lines(block, texts[:MOST_LINES], marked)  # type: ignore[attr-defined]
        block.further = "\n".join(texts[MOST_LINES:])  # type: ignore[attr-defined]


@prepared
def _flags(block_pks: tuple[UUID, ...]) -> QuerySet[Flag]:
    return Flag.objects.filter(block__in=block_pks, closed_at=None).select_related("created_by")


def origin_of(block: Block, number: int) -> Origin | None:
    """Why line `number` of `block`, loaded by `with_lines`, is there; None when there is no such line. Two queries."""
    lines: list[Line] = block.lines  # type: ignore[attr-defined]
    if not 1 <= number <= len(lines):
        return None
    line = lines[number - 1]
    revision = block.revisions.filter(number=line.revision or 0).select_related("run", "editor").first()
    if revision is None or revision.run is None:
        return Origin(line, revision)
    wanted = _words(line.text)
    turns = list(revision.run.messages.order_by("position")[:MOST_TURNS])
    read = [Heard(turn, _parts(turn.content, wanted)) for turn in turns]
    heard = [one for one in read if any(hit for _, hit in one.parts)]
    # Those that share most stand for the rest, in the order they were said.
    best = sorted(heard, key=lambda one: -len({text.casefold() for text, hit in one.parts if hit}))[:MOST_HEARD]
    best.sort(key=lambda one: one.message.position)
    return Origin(line, revision, best, revision.run.message_count - len(best))


def _lines(block: Block, texts: list[str], marked: dict[str, Flag]) -> list[Line]:
    numbers = block.line_revisions
    return [
        Line(place + 1, text, (numbers[place] or None) if place < len(numbers) else None, marked.get(text))
        for place, text in enumerate(texts)
    ]


def _words(text: str) -> set[str]:
    words = {match[0].casefold() for match in _WORD.finditer(text)}
    return {word for word in words if _tells(word)}


def _tells(word: str) -> bool:
    if any(sign.isdigit() for sign in word):
        return True
    return word not in EMPTY_WORDS and (len(word) >= SHORTEST or not word.isascii())


def _parts(text: str, wanted: set[str]) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    at = 0
    for match in _WORD.finditer(text):
        if match[0].casefold() not in wanted:
            continue
        if match.start() > at:
            parts.append((text[at : match.start()], False))
        parts.append((match[0], True))
        at = match.end()
    if at < len(text):
        parts.append((text[at:], False))
    return parts
