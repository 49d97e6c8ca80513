"""Finds the numbers a customer is known by: account, order, booking, policy, claim; never a password, PIN or card."""

import re
from collections.abc import Iterator

from .facts import Fact, Kind
from .given_names import GIVEN_NAMES
from .mailboxes import before_email
from .places_known import PLACES
from .spoken import with_digits
from .tokens import Token, tokens
from .turns import Conversation, Said
from .wordlist import listed
from .words import FUNCTION, is_common

_NUMBER = r"(?:numbers?|numb?er?|numbr|nubmer|num|nos?|nr|#|id|ids|code|reference|ref)\.?"
_KINDS: tuple[tuple[str, str, str], ...] = (
    # label, the words before "number", how the bare word and a number will do: "noun" always, "bare" where it is no verb
    ("Account number", r"(?:account|accnt|acct?|a/c|ac)", "noun"),
    ("Order", r"(?:order|purchase)", "bare"),
    ("Booking number", r"(?:booking|reservation|(?:booking )?con[fg][io]rmation|pnr|conf)", "bare"),
    ("Policy number", r"policy", "number"),
    ("Claim number", r"claim", "number"),
    ("Ticket number", r"(?:e-?ticket|ticket)", "bare"),
    ("Case number", r"(?:case|incident|complaint)", "number"),
    ("Tracking number", r"(?:tracking|parcel|shipment|consignment)", "bare"),
    ("Invoice number", r"invoice", "bare"),
    ("Contract number", r"contract", "bare"),
    ("Member number", r"(?:member(?:ship)?|loyalty|frequent flyer|rewards?|subscriber)", "number"),
    ("Customer number", r"(?:customer|client)", "number"),
    ("Patient number", r"(?:patient|medical record|mrn)", "number"),
    ("Reference number", r"reference", "number"),
)
DATED = frozenset(
    (
        "Order",
        "Booking number",
        "Claim number",
        "Ticket number",
        "Case number",
        "Tracking number",
        "Invoice number",
        "Reference number",
    )
)
"""numbers of single matters: they come and go, so each is written with the day it was learned and none replaces another"""

_CUES = tuple(
    (
        label,
        re.compile(
            rf"(?<![\w-]){words}[ ]?{_NUMBER}(?![\w])"
            + (
                rf"|(?<![\w-]){words}(?= ?#)|(?<!to )(?<!i )(?<!please )(?<!and )(?<!u "
                rf")(?<![\w-]){words}(?=[ :]+(?:is )?[a-z]{{0,3}}[ -]?\d{{4,}})"
                if how == "bare"
                else rf"|(?<![\w-]){words}(?= ?#)|(?<!to )(?<![\w-]){words}(?=[ :]+(?:is )?\d{{4,}})"
                if how == "noun"
                else ""
            ),
            re.IGNORECASE,
        ),
    )
    for label, words, how in _KINDS
)
_ASKED = tuple(
    (
        label,
        re.compile(rf"\b{words}\b[^.?!,]{{0,12}}\b{_NUMBER}(?!\w)|\b{words} (?:and|or) \w+ {_NUMBER}(?!\w)", re.IGNORECASE),
    )
    for label, words, _ in _KINDS
)
_SECRET = re.compile(
    r"\b(?:pass ?(?:word|code|phrase)?|pwd|pin|ssn|social(?: security)?|card|cvv2?|cvc|security|otp"
    r"|one-time|verification|routing|sort code|dob|birth)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
_NOT_OWN = re.compile(
    r"\b(?:his|her|their|your|someone|(?:my|our) (?:[a-z]+ )?(?:wife|husband|partner|spouse|son"
    r"|daughter|mother|father|mom|mum|dad|brother|sister|friend|"
    r"colleague|boss|neighbou?r)(?:'?s)?)\b(?! (?:\w+ )?and i\b)[^,.;?!]{0,30}$|\b(?:to|into) (?:the "
    r"|this |an? |another )?(?:savings |checking |bank |other )?$|\b(?:send|transfer|pay|wire"
    r"|deposit)\b[^.;]{0,40}\bto\b[^.;]{0,20}$",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(r"\b(savings?|checking|current|credit|business|joint)\s+$", re.IGNORECASE)
_LINK = re.compile(
    r"^(?:(?:[\s:#=-]+|\b(?:is|are|was|from|no|number|num|it'?s|its|for|this|that|the|my|of|ending"
    r"|ends|end|in|with|last|four|4|digits?|id|code)\b)(?=[\s:#=-]|\b))*",
    re.IGNORECASE,
)
_LAST_DIGITS = re.compile(r"\blast (?:four|4|three|3|five|5|six|6)\b|\bend(?:s|ing) (?:in|with)\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"\b(?:sorry|actually|wrong|correction|changed?|mistake|oops|instead|i mean|i meant)\b|^no\b", re.IGNORECASE
)
_CONFIRMED_CODE = re.compile(r"^[A-Z0-9]{5,7}$")
_CHANGED = re.compile(r"[\w -]{1,20}? (?:to|into) (?:be |was |is )?(?=[a-z]{0,4} ?\d)", re.IGNORECASE)
MAX_LENGTH = 24


def find_numbers(conversation: Conversation) -> list[Fact]:
    """Account, order, booking and like numbers, announced in words or answered to the assistant's question."""
    found: list[Fact] = []
    for said in conversation.said:
        text = with_digits(said.text)
        found += list(_announced(text)) or list(_named_after(text)) or list(_answered(said, text))
    if not conversation.guided and not any(fact.label == BOOKING for fact in found):
        found += _alone(conversation)
    return found


BOOKING = "Booking number"
_MY_ACCOUNT = re.compile(r"^\s*(?:is|was|it'?s|being)(?: (?:my|the))* (?:account|acct?|a/c)\b", re.IGNORECASE)


def _named_after(text: str) -> Iterator[Fact]:
    """The number that is named after it: "4417 2209 is my account number"."""
    for match in re.finditer(r"(?<!\w)\d[\d -]{2,}\d(?!\w)", text):
        if _MY_ACCOUNT.match(text[match.end() :]) and (code := _code(match[0])):
            yield Fact(Kind.NUMBER, code, "Account number")


_TRAVELS = re.compile(r"\b(?:seats?|boarding pass(?:es)?|check.?in|my flight|booked|reservation)\b", re.IGNORECASE)
_BEFORE_CODE = re.compile(r"(?:[^\W\d_]{2,15} ?){0,2}(?: ?and| ?it'?s| ?it is)?", re.IGNORECASE)


def _alone(conversation: Conversation) -> Iterator[Fact]:
    """The code of letters and figures that stands alone, or after a name, where a seat or a boarding pass is asked for."""
    travels = False
    for said in conversation.said:
        text = before_email(with_digits(said.text)) if travels else ""
        start = _code_at_end(text)
        code = text[start:].replace(" ", "").upper()
        if 5 <= len(code) <= 8 and not code.isdigit() and _BEFORE_CODE.fullmatch(text[:start].strip()):
            yield Fact(Kind.NUMBER, code, BOOKING)
            return
        travels = travels or bool(_TRAVELS.search(said.text))


def _code_at_end(text: str) -> int:
    """Where the code at the end of `text` begins (short groups of letters and figures, no words); its end without one."""
    row = tokens(text)
    start, end, figures = len(text), len(text), 0
    for token in reversed(row):
        short = len(token.text) <= 4 and (token.is_digits or token.is_word)
        if not short or end - token.end > 1 or (token.is_word and len(token.low) > 1 and _is_plain(token.low)):
            break
        if len(text[token.start :].replace(" ", "")) > 8:
            break
        start = end = token.start
        figures += len(token.text) if token.is_digits else 0
    return start if figures > 1 else len(text)


def _is_plain(word: str) -> bool:
    return is_common(word) or word in GIVEN_NAMES or word in PLACES


def _announced(text: str) -> Iterator[Fact]:
    taken: set[int] = set()
    for label, cue in _CUES:
        for match in cue.finditer(text):
            before = text[: match.start()]
            if (
                _NOT_OWN.search(before)
                or match.end() in taken
                or re.search(r"\b(?:phone|mobile)\s*$", before, re.IGNORECASE)
            ):
                continue
            link = _LINK.match(text[match.end() :])
            start = match.end() + (link.end() if link else 0)
            code = _code(text[start:])
            if not code or _SECRET.search(text[match.end() : start]):
                continue
            taken.add(match.end())
            if (label == "Account number") and (kind := _QUALIFIER.search(before)):
                label = f"{kind[1].capitalize()} account number"
            if (changed := _CHANGED.match(text[start:])) and (later := _code(text[start + changed.end() :])):
                code = later
            around = text[max(0, match.start() - 25) : start]
            tail = bool(_LAST_DIGITS.search(around)) and len(code) <= 6
            yield Fact(
                Kind.NUMBER, f"ending in {code}" if tail else code, label, corrects=bool(_CORRECTS.search(before[-40:]))
            )


def _answered(said: Said, text: str) -> Iterator[Fact]:
    """The code in an answer, for the one number that the assistant asked for; with two asked for, the first two in order."""
    if not said.question or said.of_others:
        return
    asked = [(match.start(), label) for label, cue in _ASKED if (match := cue.search(said.question))]
    if "Reference number" in (labels := [label for _, label in sorted(asked)]) and len(labels) > 1:
        labels.remove("Reference number")
    if not labels or "?" in text or ("secret" in said.asked and len(labels) + 1 > len(_codes(text))):
        return
    codes = _codes(text)
    if len(labels) > 1 and len(codes) != len(labels):
        return
    if "phone" in said.asked and len(codes) == 1 and len(re.sub(r"\D", "", codes[0])) >= 10 and codes[0].isdigit():
        return
    for label, code in zip(labels, codes, strict=False):
        tail = bool(_LAST_DIGITS.search(said.question)) and len(code) <= 6
        yield Fact(Kind.NUMBER, f"ending in {code}" if tail else code, label, corrects=bool(_CORRECTS.search(text)))


def _codes(text: str) -> list[str]:
    """All codes in `text`, in order."""
    found: list[str] = []
    row = tokens(text)
    index = 0
    while index < len(row):
        code, used = _read(row, index)
        if (
            code
            and not _SECRET.search(text[: row[index].start])
            and "@" not in text[row[index].start : row[min(index + used, len(row)) - 1].end + 1]
        ):
            found.append(code)
        index += max(used, 1)
    return found


def _code(text: str) -> str:
    row = tokens(text)
    return _read(row, 0)[0] if row else ""


def _read(row: list[Token], at: int) -> tuple[str, int]:
    """The code that begins at `row[at]` and how many tokens it takes: "k 2 w 8 b 5" is K2W8B5; empty when there is none."""
    parts: list[str] = []
    index, last_end = at, row[at].start
    while index < len(row):
        token = row[index]
        following = row[index + 1] if index + 1 < len(row) else None
        gap = token.start - last_end
        if gap > 1 and parts:
            break
        if token.text in "-/" and parts and following is not None and gap == 0 and following.start == token.end:
            parts.append(token.text)
        elif token.is_digits or (token.is_word and _is_code_letters(token, parts, following, gap)):
            if parts and gap and token.is_digits and parts[-1].isdigit() and not _groups(parts, token):
                break
            parts.append(token.text.rstrip("."))
        else:
            break
        last_end, index = token.end, index + 1
    while parts and parts[-1] in "-/":
        parts.pop()
    code = "".join(parts)
    digits = sum(char.isdigit() for char in code)
    good = (digits >= 2 and 3 <= len(code) <= MAX_LENGTH) or bool(_CONFIRMED_CODE.match(code) and digits)
    if good and not (index < len(row) and row[index].low in _UNITS_OF_TIME_AND_MONEY):
        return code.upper(), index - at
    return "", index - at


_UNITS_OF_TIME_AND_MONEY = listed(
    """
    day days week weeks month months year years hour hours minute minutes dollars dollar euros euro usd eur
    pounds rupees percent people persons items times am pm
    """
)


def _is_code_letters(token: Token, parts: list[str], following: Token | None, gap: int) -> bool:
    """Letters that belong to a code: short, no plain word, and next to figures."""
    low = token.low
    beside = following is not None and (
        following.is_digits or following.text in "-/" or (following.is_word and len(following.low) == 1)
    )
    if gap == 0 and parts:
        return len(low) <= 6
    if following is not None and following.start == token.end and following.is_digits:
        return len(low) <= 6
    if len(low) > 4 or (len(low) > 1 and is_common(low) and not (parts and len(low) == 2 and low not in FUNCTION)):
        return False
    return beside or bool(parts and parts[-1].isdigit() and len(low) <= 2 and low not in ("i", "a"))


def _groups(parts: list[str], token: Token) -> bool:
    """Whether figures that stand apart are groups of one number ("4417 220 913") and not a second one."""
    return len(parts[-1]) <= 4 and len(token.text) <= 4
