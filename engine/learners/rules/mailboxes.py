"""Finds the customer's e-mail addresses: typed, spoken, or stripped of their signs by a transcript."""

import re
from collections.abc import Iterator

from .facts import Fact, Kind
from .ownership import CALLED_BY, CORRECTS, OTHERS
from .spoken import TOP_DOMAINS, spoken_email, with_digits
from .turns import Said
from .words import FUNCTION

_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?![\w@])", re.IGNORECASE)
_HOSTS = (
    "googlemail|rediffmail|protonmail|yahoomail|fastmail|hotmail|outlook|gmail|yahoo|icloud|proton|live"
    "|msn|aol|gmx|ymail|zoho|mail|email|comcast|verizon"
)
_STRIPPED = re.compile(
    rf"(?<![\w@.])(?P<local>(?:[a-z][a-z0-9]* )?(?:\d{{1,6}} )?(?:[a-z] \d{{1,4}} )?"
    rf"[a-z0-9]*?)(?P<host>{_HOSTS})(?P<top>com|net|org|couk|in)\b",
    re.IGNORECASE,
)
_ENDS_LIKE_EMAIL = re.compile(r"\b[a-z]{4,}(?:mail|mailcom|com|net|org)$", re.IGNORECASE)

_MY_MAIL = re.compile(
    r"\b(?:e-?mail|mail)(?: ?id| address)?\b|\breach me\b|\bcontact me\b|\bwrite (?:to )?me\b|\bsend\b|\bat$", re.IGNORECASE
)


def before_email(text: str) -> str:
    """`text` up to its first e-mail address, even one that lost its signs."""
    found = _EMAIL.search(text) or _STRIPPED.search(text)
    if found is not None:
        return text[: found.start()].strip()
    spoken = spoken_email(text, FUNCTION)
    return text[: spoken[1]].strip() if spoken else text.partition("@")[0].strip() if "@" in text else text


def emails(said: Said, known: bool) -> Iterator[Fact]:
    """The customer's own addresses in one turn. `known`: one was found before, so that a new one may correct it."""
    text = said.text
    asked = "email" in said.asked and not said.of_others
    for value, start, end in _addresses(text, asked):
        before = text[max(0, start - 60) : start]
        around = len(text[:start].split()) + len(text[end:].split())
        own = asked or around <= 6 or bool(_MY_MAIL.search(before)) or (known and bool(CORRECTS.search(before)))
        if not own or OTHERS.search(before) or CALLED_BY.search(before) or (said.of_others and around <= 6):
            continue
        yield Fact(Kind.EMAIL, value, corrects=bool(CORRECTS.search(before)))


def _addresses(text: str, asked: bool) -> Iterator[tuple[str, int, int]]:
    typed = False
    for match in _EMAIL.finditer(text):
        typed = True
        yield match[1].rstrip(".").lower(), match.start(), match.end()
    if typed:
        return
    digits = with_digits(text)
    if spoken := spoken_email(digits, FUNCTION):
        yield spoken[0], spoken[1], len(text)
        return
    for match in _STRIPPED.finditer(text):
        local = _mailbox(match["local"])
        if local and match["top"].lower() in TOP_DOMAINS | {"couk"}:
            top = "co.uk" if match["top"].lower() == "couk" else match["top"].lower()
            yield f"{local}@{match['host'].lower()}.{top}", match.start(), match.end()
            return
    if asked and (ending := _ENDS_LIKE_EMAIL.search(text)) and len(text.split()) <= 6:
        local = (
            re.sub(r"^.*\b(?:is|its|it's|at|sure|yes|ok)\b", "", text[: ending.end()], flags=re.IGNORECASE)
            .replace(" ", "")
            .lower()
        )
        yield local, ending.start(), ending.end()


def _mailbox(local: str) -> str:
    """The words before a host: a word in front is speech ("email tilda"), a word glued by digits belongs ("tilda 45")."""
    words = local.lower().split()
    while len(words) > 1 and (words[0] in FUNCTION or not any(word.isdigit() for word in words)):
        words.pop(0)
    joined = "".join(words)
    return "" if joined in FUNCTION or len(joined) < 2 else joined
