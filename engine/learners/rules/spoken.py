"""Numbers and e-mail addresses as people speak them: "five double two", "john dot smith at gmail dot com", "m 4 k 2 u 9"."""

import re

from .wordlist import listed

_UNITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "niner": "9",
}
_TEENS = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
_TENS = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fourty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
_REPEAT = {"double": 2, "triple": 3}
_WORD = "|".join([*_UNITS, *_TEENS, *_TENS, *_REPEAT, "hundred", "thousand"])
_ROW = re.compile(rf"(?<![\w'])(?:\+|plus )?(?:(?:{_WORD}|\d+)(?:[ ,-]+|$|(?=[.?!]))){{3,}}", re.IGNORECASE)
_UNIT = rf"\b(?:{'|'.join(word for word in _UNITS if len(word) > 2)})\b"
_MIXED = re.compile(rf"(?<![\w'])(?=[a-z] |{_UNIT} [a-z] )(?:(?:[a-z]|\d|{_UNIT})(?: |\b(?!'))){{4,}}", re.IGNORECASE)
"""letters and spoken digits in turn: "m four k two u nine\""""

_DOT = r"\s*(?:\.|\bdot\b|\bpoint\b)\s*"
_SPOKEN_EMAIL = re.compile(
    rf"(?<![\w'])(?P<local>[\w]+(?:(?:{_DOT}|\s*(?:\bunderscore\b|\bunder score\b|_)\s*|\s*(?:\bdash\b"
    rf"|\bhyphen\b|\bminus\b|-)\s*|[ ]+)[\w]+){{0,11}}?)"
    rf"\s*(?:@|\bat(?: the rate(?: of)?)?\b|\[at\]|\(at\))\s*(?P<domain>(?:[a-z0-9-]+{_DOT}){{1,3}}[a-z]{{2,6}})\b",
    re.IGNORECASE,
)
_JOINS = {"dot": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-"}


def with_digits(text: str) -> str:
    """`text` with rows of three or more spoken digits written as figures; other number words stay ("one ticket")."""

    def figures(match: re.Match[str]) -> str:
        words = re.findall(r"[a-z]+|\d+", match[0].lower())
        if not any(word.isalpha() for word in words):
            return match[0]
        if (
            sum(word in _UNITS or word.isdigit() for word in words)
            + 2 * sum(word in _TENS or word in _TEENS for word in words)
            < 3
        ):
            return match[0]
        digits = _digits(words)
        plus = "+" if match[0].startswith("+") or match[0].lower().startswith("plus") else ""
        return plus + digits + (" " if match[0][-1:] in " ,-" else "")

    def unit(match: re.Match[str]) -> str:
        return " ".join(_UNITS.get(word, word) if word != "o" else word for word in match[0].lower().split())

    return _MIXED.sub(
        lambda match: unit(match) if len(re.findall(_UNIT, match[0].lower())) > 1 else match[0], _ROW.sub(figures, text)
    )


def _digits(words: list[str]) -> str:
    found, repeat, index = "", 1, 0
    while index < len(words):
        word = words[index]
        piece = ""
        if word in _REPEAT:
            repeat, index = _REPEAT[word], index + 1
            continue
        if word in ("hundred", "thousand"):
            piece = "00" if word == "hundred" else "000"
        elif word in _TENS:
            unit = _UNITS.get(words[index + 1], "") if index + 1 < len(words) else ""
            unit = unit if unit != "0" else ""
            index += bool(unit)
            piece = _TENS[word] + (unit or "0")
        else:
            piece = _UNITS.get(word) or _TEENS.get(word) or word
        found += piece * repeat
        repeat, index = 1, index + 1
    return found


def spoken_email(text: str, stop: frozenset[str]) -> tuple[str, int] | None:
    """The first "name at host dot com" in `text` and where it starts; `stop`: words that are not part of a mailbox name."""
    for match in _SPOKEN_EMAIL.finditer(text):
        domain = re.sub(_DOT, ".", match["domain"], flags=re.IGNORECASE).lower()
        if domain.rpartition(".")[2] not in TOP_DOMAINS or domain.startswith(".") or ".." in domain:
            continue
        local, start = _local(match["local"], match.start("local"), stop)
        if local:
            return f"{local}@{domain}", start
    return None


TOP_DOMAINS = listed(
    """
    com net org edu gov io co uk de fr nl be es it pt ch at pl se no dk fi ie in us ca au nz jp cn br mx ru eu
    info biz me dev app ai za sg example test
    """
)


_PART = rf"\b(?:{'|'.join(_TENS)})(?: (?:{'|'.join(_UNITS)}))?\b|[a-z0-9]+|[._-]"


def _spoken_number(word: str) -> str:
    words = word.split()
    return _digits(words) if words[0] in _TENS or words[0] in _TEENS else ""


def _local(text: str, offset: int, stop: frozenset[str]) -> tuple[str, int]:
    """The mailbox name at the end of `text`, read backwards: signs, digits and single letters join; a plain word ends it."""
    parts = [(match[0], match.start()) for match in re.finditer(_PART, text.lower())]
    parts = [(_JOINS.get(word) or _spoken_number(word) or word, start) for word, start in parts]
    taken: list[tuple[str, int]] = []
    for index in range(len(parts) - 1, -1, -1):
        word, start = parts[index]
        left = taken[-1][0] if taken else "."
        glued = word in "._-" or left in "._-"
        short = len(word) == 1 or word.isdigit() or left.isdigit() or len(left) == 1
        if word in stop and not (glued and taken and word not in ("is", "it's", "its", "at", "to")):
            break
        at_start = index == 0 or parts[index - 1][0] in stop
        if taken and not (glued or short or at_start):
            break
        taken.append((_UNITS.get(word, word) if word != "o" else word, start))
    taken.reverse()
    while taken and taken[0][0] in "._-":
        taken.pop(0)
    return "".join(word for word, _ in taken), offset + taken[0][1] if taken else offset
