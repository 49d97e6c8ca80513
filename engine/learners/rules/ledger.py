"""The blocks as lines, and the rules by which a fact enters them: nothing twice, what changed replaced, limits kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.learners.base import BlockView

from .block_choice import Room, Rooms, rooms
from .facts import Fact, Kind
from .lines import INTERESTS, Line, changed_line, fact_line, interests_line, is_template, parsed
from .numbers import DATED
from .sameness import MIN_FREE_TEXT, digits, same_ending, starts_with, thing
from .tokens import squash

_ORDER = list(Kind)
_DROPPED_FIRST = (Kind.REQUEST, Kind.NUMBER, Kind.LIKES, Kind.DISLIKES, Kind.PREFERS, Kind.IS, Kind.OWNS)
_OPPOSITE = {Kind.LIKES: Kind.DISLIKES, Kind.DISLIKES: Kind.LIKES}
MAX_REQUESTS = 8


@dataclass(slots=True)
class Page:
    """One block while it is being brought up to date."""

    block: BlockView
    lines: list[Line]
    was_template: bool

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def room_left(self) -> int:
        return self.block.limit - len(self.text)


class Ledger:
    """All blocks of the agent, in which facts are looked up and written."""

    def __init__(self, blocks: Sequence[BlockView], today: date) -> None:
        self._today = today
        self._rooms = Rooms(blocks)
        self.pages = [_page(block) for block in blocks]

    def name(self) -> str:
        """The customer's name as the blocks have it; empty when they do not."""
        return next((line.value for _, _, line in self._find(Kind.NAME) if line.value), "")

    def take(self, fact: Fact) -> None:
        """Brings the blocks in step with `fact`, unless it is known already or does not fit."""
        if fact.kind == Kind.REQUEST:
            self._take_request(fact)
        elif fact.kind == Kind.NUMBER and fact.label in DATED:
            self._take_matter(fact)
        elif fact.kind in (Kind.LIKES, Kind.DISLIKES, Kind.PREFERS, Kind.IS, Kind.ALLERGY, Kind.OWNS):
            self._take_taste(fact)
        else:
            self._take_single(fact)

    def page_of(self, block: BlockView) -> Page:
        return next(page for page in self.pages if page.block is block)

    # --- looking up

    def _find(self, kind: Kind, label: str = "") -> Iterator[tuple[Page, int, Line]]:
        for page in self.pages:
            if Room.SUMMARY in rooms(page.block):
                continue
            for index, line in enumerate(page.lines):
                if line.kind == kind and (kind != Kind.NUMBER or line.label.lower() == label.lower()):
                    yield page, index, line

    def _in_free_text(self, value: str) -> bool:
        """Whether somebody wrote the value into a sentence already ("Her name is Sarah Okafor")."""
        if len(squash(value)) < MIN_FREE_TEXT:
            return False
        words = [re.escape(word) for word in re.findall(r"[\w@.+-]+", value)]
        pattern = re.compile(r"(?<!\w)" + r"[\W_]*".join(words) + r"(?!\w)", re.IGNORECASE)
        return any(
            pattern.search(line.text)
            for page in self.pages
            if Room.SUMMARY not in rooms(page.block) and not page.was_template
            for line in page.lines
            if line.kind is None
        )

    # --- single-valued facts: name, e-mail, phone, city, company, account number

    def _take_single(self, fact: Fact) -> None:
        found = next(self._find(fact.kind, fact.label), None)
        if found is None:
            if not self._in_free_text(fact.value):
                self._add(fact, fact_line(fact.kind, fact.value, self._today, label=fact.label, before=fact.before))
            return
        page, index, line = found
        value, before = self._renewed(fact, line)
        if value and not page.block.read_only:
            self._put(page, index, changed_line(line, value, self._today, before=before))

    def _renewed(self, fact: Fact, line: Line) -> tuple[str, str]:
        """What replaces the value in `line`, and what it was before; empty when the line stays."""
        old, new = line.value, fact.value
        if squash(old) == squash(new) or (
            fact.kind != Kind.NAME and squash(new) in [squash(part) for part in old.split(",")]
        ):
            return "", ""
        if not squash(old):
            return new, fact.before
        if fact.kind == Kind.NAME:
            return self._renewed_name(fact, old), ""
        if fact.kind == Kind.CITY:
            if starts_with(old, new) or (starts_with(new, old) and "," in new):
                return "", ""
            return new, old
        if fact.kind == Kind.COMPANY:
            return ("", "") if starts_with(old, new) else (new, "" if starts_with(new, old) else old)
        if fact.kind in (Kind.PHONE, Kind.NUMBER) and same_ending(digits(old), digits(new)):
            return "", ""
        return new, ""

    def _renewed_name(self, fact: Fact, old: str) -> str:
        olds, news = old.lower().split(), fact.value.lower().split()
        if all(word in olds for word in news) and not fact.corrects:
            return ""
        if fact.partial == "last" and fact.value.lower() not in olds:
            return f"{old} {fact.value}" if len(olds) == 1 else f"{' '.join(old.split()[:-1])} {fact.value}"
        if fact.partial == "first" and len(olds) > 1 and fact.value.lower() not in olds:
            return f"{fact.value} {' '.join(old.split()[1:])}"
        if fact.corrects and all(word in olds for word in news):
            return ""
        return fact.value if fact.sure or all(word in news for word in olds) else ""

    # --- orders, bookings, claims: each its own line

    def _take_matter(self, fact: Fact) -> None:
        if any(
            squash(line.value) == squash(fact.value) for _, _, line in self._find(Kind.NUMBER, fact.label)
        ) or self._in_free_text(fact.value):
            return
        today = self._today.isoformat()
        same = [
            (page, index) for page, index, line in self._find(Kind.NUMBER, fact.label) if line.day == today or not line.value
        ]
        text = fact_line(fact.kind, fact.value, self._today, label=fact.label)
        if same and (fact.corrects or not same[-1][0].lines[same[-1][1]].value) and not same[-1][0].block.read_only:
            self._put(*same[-1], text)
        else:
            self._add(fact, text)

    # --- tastes and belongings

    def _take_taste(self, fact: Fact) -> None:
        key = thing(fact.value)
        for page, index, item in list(self._tastes()):
            known = thing(item.value)
            if item.kind == _OPPOSITE.get(fact.kind) and known == key:
                self._swap(page, index, item, fact_line(fact.kind, fact.value, self._today))
                return
            if item.kind != fact.kind:
                continue
            if fact.gone:
                if key <= known or (key and known <= key):
                    self._swap(page, index, item, "")
                    return
                continue
            if key <= known:
                return
            if known < key and fact.kind == Kind.OWNS and known:
                self._swap(page, index, item, fact_line(fact.kind, fact.value, self._today))
                return
        if not fact.gone and not self._in_free_text(f"{fact.kind} {fact.value}"):
            self._add_taste(fact)

    def _tastes(self) -> Iterator[tuple[Page, int, Line]]:
        for page in self.pages:
            for index, line in enumerate(page.lines):
                if line.items:
                    yield from ((page, index, item) for item in line.items if item.kind)
                elif line.kind in (Kind.LIKES, Kind.DISLIKES, Kind.PREFERS, Kind.IS, Kind.ALLERGY, Kind.OWNS):
                    yield page, index, line

    def _swap(self, page: Page, index: int, item: Line, text: str) -> None:
        """Replaces (or with no text, removes) one taste, which is a line or a part of the "Interests" line."""
        if page.block.read_only:
            return
        line = page.lines[index]
        if not line.items:
            self._put(page, index, text)
            return
        items = [text if one is item else one.text for one in line.items]
        items = [one for one in items if one]
        self._put(page, index, interests_line(items) if items else "")

    def _add_taste(self, fact: Fact) -> None:
        block = self._rooms.for_fact(fact)
        if block is None:
            return
        page = self.page_of(block)
        text = fact_line(fact.kind, fact.value, self._today)
        if fact.kind not in (Kind.LIKES, Kind.DISLIKES) or rooms(block).get(Room.TASTES, 0) >= max(
            1, rooms(block).get(Room.IDENTITY, 0)
        ):
            self._add(fact, text)
            return
        for index, line in enumerate(page.lines):
            if line.label.lower() == INTERESTS.lower() and (line.items or not line.value):
                whole = interests_line([*(item.text for item in line.items), text])
                if page.room_left >= len(whole) - len(line.text):
                    self._put(page, index, whole)
                return
        self._add(fact, interests_line([text]))

    # --- requests

    def _take_request(self, fact: Fact) -> None:
        if any(squash(line.value) == squash(fact.value) for _, _, line in self._find(Kind.REQUEST)) or self._in_free_text(
            fact.value
        ):
            return
        block = self._rooms.for_fact(fact)
        if block is None:
            return
        page = self.page_of(block)
        own = [index for index, line in enumerate(page.lines) if line.kind == Kind.REQUEST]
        if len(own) >= MAX_REQUESTS:
            del page.lines[min(own, key=lambda index: page.lines[index].day)]
        self._add(fact, fact_line(fact.kind, fact.value, self._today))

    # --- writing

    def _put(self, page: Page, index: int, text: str) -> None:
        if len(text) - len(page.lines[index].text) > page.room_left:
            return
        if text:
            page.lines[index] = parsed(text)
        else:
            del page.lines[index]

    def _add(self, fact: Fact, text: str) -> None:
        """Writes a new line into the block that fits, dropping its own oldest lesser lines when the block is full."""
        block = self._rooms.for_fact(fact)
        if block is None:
            return
        page = self.page_of(block)
        before = list(page.lines)
        if page.was_template:
            page.lines, page.was_template = [], False
        while len(text) + bool(page.lines) > page.room_left:
            victim = _least(page, fact.kind)
            if victim is None:
                page.lines = before
                return
            del page.lines[victim]
        page.lines.insert(_place(page.lines, fact.kind), parsed(text))


def _page(block: BlockView) -> Page:
    template = is_template(block.value, block.description)
    return Page(block, [parsed(line) for line in block.value.split("\n")] if block.value else [], template)


def _place(lines: list[Line], kind: Kind) -> int:
    """The index at which a line of `kind` belongs among the lines that hold facts: in the order of Kind."""
    rank = _ORDER.index(kind)
    last = -1
    for index, line in enumerate(lines):
        if line.kind is not None and _ORDER.index(line.kind) <= rank:
            last = index
    if last >= 0:
        return last + 1
    first = next((index for index, line in enumerate(lines) if line.kind is not None), None)
    if first is not None:
        return first
    end = len(lines)
    while end and lines[end - 1].is_blank:
        end -= 1
    return end


def _least(page: Page, kind: Kind) -> int | None:
    """The own dated line that goes first to make room for one of `kind`: the least important, then the oldest."""
    rank = _ORDER.index(kind)
    candidates = [
        (_DROPPED_FIRST.index(line.kind), line.day, index)
        for index, line in enumerate(page.lines)
        if line.kind in _DROPPED_FIRST and line.is_dated and _ORDER.index(line.kind) >= rank
    ]
    return min(candidates)[2] if candidates else None
