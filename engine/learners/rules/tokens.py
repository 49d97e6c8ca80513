"""Text as the finders need it: cleaned, cut into clauses, and taken apart into tokens."""

import re
from dataclasses import dataclass

_TRANSLATE = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u200b": "", "\t": " ", "\r": ""}
)
_QUOTED = re.compile(r'"([^"\n]{0,400})"')
_SAID = re.compile(
    r"\b(?:said|says|say|told|tells|wrote|writes|reads|read|like|quote|goes|called|titled|song|book|film|movie)[\s:,]*$",
    re.IGNORECASE,
)
_HESITATION = re.compile(
    r"(?<![\w'-])(?:u+h+m*|u+m+|erm|h+m{2,}|let me (?:think|see)|you know(?=,))(?![\w'-])[,.]*", re.IGNORECASE
)
_QUOTE_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"(?<!\bmr)(?<!\bms)(?<!\bdr)(?<!\bst)(?<!\bno)(?<!\bmrs)(?<!\bprof)(?<!\b[a-z])[.!?]+(?=\s|$|[A-Z])|[!?;\n]+",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_]))*\.?(?=[^\W\d_]?)|\d+|[^\w\s]|_")

MAX_TURN = 8_000
"""characters of one turn that are read; people introduce themselves and ask before that"""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a group of digits, or one sign."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower().rstrip(".")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha()

    @property
    def is_digits(self) -> bool:
        return self.text[0].isdigit()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one turn between sentence ends. `asks` tells that it ended in a question mark."""

    text: str
    asks: bool


def cleaned(content: str) -> str:
    """The first MAX_TURN characters without other people's words: quotations and links go, signs become plain."""
    text = _LINK.sub(" ", _QUOTE_LINE.sub(" ", content[:MAX_TURN].translate(_TRANSLATE)))

    def unquote(match: re.Match[str]) -> str:
        words = match[1].split()
        return " " if len(words) > 3 or _SAID.search(text[: match.start()]) else match[1]

    text = _HESITATION.sub(" ", _QUOTED.sub(unquote, text))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def clauses(text: str) -> list[Clause]:
    """`text` cut at sentence ends; initials ("J. Smith") and numbers ("3.5") do not end one."""
    found: list[Clause] = []
    start = 0
    for end in _CLAUSE_END.finditer(text):
        if piece := text[start : end.start()].strip(" ,"):
            found.append(Clause(piece, "?" in end[0]))
        start = end.end()
    if piece := text[start:].strip(" ,"):
        found.append(Clause(piece, False))
    return found


def tokens(text: str) -> list[Token]:
    """The words, digit groups and signs of `text`, with their places."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def squash(text: str) -> str:
    """Letters and digits only, lower case: two values with the same squash are the same fact."""
    return "".join(char for char in text.lower() if char.isalnum())


def is_cased(text: str) -> bool:
    """Whether the writer uses capitals for anything but whole shouted lines, so that a lower-case word is no name."""
    letters = [char for char in text if char.isalpha()]
    uppers = sum(char.isupper() for char in letters)
    return 0 < uppers < len(letters) * 0.7
