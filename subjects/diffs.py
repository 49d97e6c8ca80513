"""Word-level differences between two values of a block, as segments to render; no HTML is made here."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Literal

from diff_match_patch import diff_match_patch

from subjects.matching import stretches

Kind = Literal["equal", "insert", "delete", "gap"]
TIMEOUT = 0.25  # seconds; past it the rest is shown as replaced, which is coarse but true
CONTEXT = 60  # characters kept around a change by `shortened`

# Scripts written without spaces change character by character; everything else word by word. Dates, e-mail addresses
# and numbers are words: half a date in red and half in black is hard to read.
_BY_CHARACTER = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_LETTER = rf"(?:(?!{_BY_CHARACTER})[^\W_])"
_TOKEN = re.compile(rf"{_BY_CHARACTER}|\n|[^\S\n]+|{_LETTER}+(?:[-'’.,@_+/:]{_LETTER}+)*|\W|_", re.DOTALL)
# Private use characters: diff-match-patch sees neither letters nor spaces in them, and so shifts no edit by its look.
_FIRST_PLANE, _SECOND_PLANE, _PLANE_SIZE = 0xF0000, 0x100000, 0xFFFD


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that is in both values (equal), only in the newer (insert) or only in the older (delete).

    A `gap` stands for unchanged text that `shortened` left out; its text is empty. `replaces`: an insert that stands
    right behind what it takes the place of.
    """

    kind: Kind
    text: str
    replaces: bool = False


def diff(before: str, after: str) -> list[Segment]:
    """The segments that turn `before` into `after`, cut between words and never inside a character people see."""
    if before == after:
        return [Segment("equal", after)] if after else []
    if not before or not after:
        return [Segment("insert", after) if after else Segment("delete", before)]
    edits: list[tuple[int, str]] = []
    # The last line gets an end too: it is the same line when another one follows it in the newer value.
    for old, new in _lines_that_differ(before + "\n", after + "\n"):
        edits += [(0, old)] if old == new else _word_edits(old, new)
    joined = ((kind, "".join(text for _, text in same)) for kind, same in groupby(edits, key=itemgetter(0)))
    return _without_last_end(list(_segments(joined)))


def _without_last_end(segments: list[Segment]) -> list[Segment]:
    """The segments without the line end that both values got for the comparison."""
    changes = 1 if segments[-1].kind == "equal" or len(segments) < 2 or segments[-2].kind == "equal" else 2
    if changes == 1 and segments[-1].kind != "equal" and len(segments) > 1:
        # One side ends where the stretch before ended: there the line end belongs to what was added or removed.
        before, last = segments[-2], segments[-1]
        moved = [Segment("equal", before.text[:-1]), replace(last, text="\n" + last.text[:-1])]
        return [*segments[:-2], *(segment for segment in moved if segment.text)]
    kept = [replace(segment, text=segment.text[:-1]) for segment in segments[-changes:]]
    return [*segments[:-changes], *(segment for segment in kept if segment.text)]


def _lines_that_differ(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Both values in corresponding stretches of lines. A line that stayed is not torn up by words it shares with others."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for _, a, b, c, d in stretches(old, new):
        yield "".join(old[a:b]), "".join(new[c:d])


def _word_edits(before: str, after: str) -> list[tuple[int, str]]:
    alphabet: dict[str, str] = {}
    old, new = _encoded(before, alphabet), _encoded(after, alphabet)
    if old is None or new is None:
        return [(-1, before), (1, after)]
    engine = diff_match_patch()
    engine.Diff_Timeout = TIMEOUT
    edits = engine.diff_main(old, new, False)
    engine.diff_cleanupSemantic(edits)
    words = {sign: word for word, sign in alphabet.items()}
    return [(kind, "".join(words[sign] for sign in signs)) for kind, signs in edits]


def shortened(segments: Iterable[Segment], context: int = CONTEXT) -> list[Segment]:
    """The changed lines only; and of those, what lies further than `context` characters from a change is a gap."""
    whole = list(segments)
    short: list[Segment] = []
    for place, segment in enumerate(whole):
        if segment.kind != "equal":
            short.append(segment)
            continue
        follows, leads = place > 0, place < len(whole) - 1
        head, line_break, rest = segment.text.partition("\n")
        if not line_break:
            short.extend(_inside_a_line(segment.text, follows, leads, context))
            continue
        tail = rest.rpartition("\n")[2]
        if follows:
            short.extend(_inside_a_line(head, True, False, context))
        if follows and leads:
            short.append(Segment("equal", "\n"))
        if leads:
            short.extend(_inside_a_line(tail, False, True, context))
    return short


def _inside_a_line(text: str, follows: bool, leads: bool, context: int) -> list[Segment]:
    """Unchanged text after a change (`follows`) or before one (`leads`), cut where it is far from both."""
    kept = context * (follows + leads)
    if len(text) <= kept + 20:
        return [Segment("equal", text)] if text else []
    before = [Segment("equal", _head(text, context))] if follows else []
    after = [Segment("equal", _tail(text, context))] if leads else []
    return [*before, Segment("gap", ""), *after]


def _segments(edits: Iterable[tuple[int, str]]) -> Iterator[Segment]:
    """Edits as segments; two replacements with only a bracket or a space between them are one, which reads better."""
    removed = added = between = ""
    for kind, text in edits:
        if kind == 0 and removed and added and not between and _is_trifle(text):
            between = text
            continue
        if kind == 0:
            yield from _change(removed, added)
            yield Segment("equal", between + text)
            removed = added = between = ""
            continue
        if between:
            removed, added, between = removed + between, added + between, ""
        if kind < 0:
            removed += text
        else:
            added += text
    yield from _change(removed, added)
    if between:
        yield Segment("equal", between)


def _change(removed: str, added: str) -> Iterator[Segment]:
    if removed:
        yield Segment("delete", removed)
    if added:
        yield Segment("insert", added, replaces=bool(removed))


def _is_trifle(text: str) -> bool:
    return len(text) <= 3 and "\n" not in text and not any(sign.isalnum() for sign in text)


def tokens(text: str) -> Iterator[str]:
    """Words, runs of spaces, line breaks and single signs; combining marks, emoji sequences and flags stay whole."""
    held = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if held and _belongs_to(held, token):
            held += token
            continue
        if held:
            yield held
        held = token
    if held:
        yield held


def _belongs_to(held: str, token: str) -> bool:
    first = token[0]
    if unicodedata.category(first) in ("Mn", "Me", "Mc") or first in "\u200d\ufe0e\ufe0f\u20e3":
        return True
    if "\U0001f3fb" <= first <= "\U0001f3ff" or held[-1] == "\u200d":
        return True
    flag = all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in (held[-1], first))
    # A mark inside a word split it: what follows the mark is the same word still.
    word_goes_on = unicodedata.category(held[-1]) in ("Mn", "Me", "Mc") and first.isalnum() and held[0].isalnum()
    return (flag and len(held) == 1) or word_goes_on


def _encoded(text: str, alphabet: dict[str, str]) -> str | None:
    """One private character per token, the same for the same token; None when there are more tokens than characters."""
    signs: list[str] = []
    for token in tokens(text):
        sign = alphabet.get(token)
        if sign is None:
            number = len(alphabet)
            if number >= 2 * _PLANE_SIZE:
                return None
            plane, rest = divmod(number, _PLANE_SIZE)
            sign = alphabet[token] = chr((_SECOND_PLANE if plane else _FIRST_PLANE) + rest)
        signs.append(sign)
    return "".join(signs)


def _head(text: str, size: int) -> str:
    kept = ""
    for token in tokens(text):
        if len(kept) + len(token) > size and kept:
            break
        kept += token
        if len(kept) >= size:
            break
    return kept


def _tail(text: str, size: int) -> str:
    kept = ""
    for token in reversed(list(tokens(text[-4 * size :]))):
        if len(kept) + len(token) > size and kept:
            break
        kept = token + kept
        if len(kept) >= size:
            break
    return kept
