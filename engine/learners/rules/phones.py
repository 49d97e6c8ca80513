"""Finds the customer's phone numbers: typed or spoken, announced, asked for, or standing alone or after their address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .facts import Fact, Kind
from .mailboxes import before_email
from .name_runs import is_given
from .ownership import CALLED_BY, CORRECTS, OTHERS
from .places_known import STREETS
from .spoken import with_digits
from .tokens import tokens
from .turns import Conversation

_PHONE = re.compile(r"(?<![\w#@.$€£-])(?P<number>\+?\(?\d(?:[\d\s()./-]*\d)?)(?![\w@%]|[.,]\d)")
_PHONE_CUE = re.compile(
    r"\b(?:phone|mobile|cell(?:phone)?|tele?phone|tel|contact|whatsapp|landline|call ?back|fax)\b"
    r"|\b(?:reach|call|text|ring|contact|get) me\b|\b(?:mob|ph)\b"
    r"|\bmy (?:new |home |work |direct |best |current |correct |main |personal )*(?:number|no|num|digits?)\b(?! of)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"\b(?:account|acct?|a/c|order|booking|confirmation|reservation|policy|claim|ticket|tracking"
    r"|invoice|member(?:ship)?|customer|reference|ref|card|ssn|social|"
    r"serial|imei|routing|iban|swift|flight|passport|licen[sc]e|vin|zip|pin|password|pass|code|id"
    r"|case|model|part|product|employee|meter|pnr|isbn|"
    r"prescription|patient|student|tax|vat|registration|plate|transaction|otp)\b",
    re.IGNORECASE,
)
_FORMATTED = re.compile(r"^\+\d|^\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$|^0\d{1,3}[ -]\d|^1[ .-]\d{3}[ .-]\d{3}[ .-]\d{4}$|^00\d")
_NOT_PHONE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$|^(?:\d{4}[ -]?){4}$|^\d{3}-\d{2}-\d{4}$")
_WITHIN = re.compile(r"(?<!\d)(?:(?:\+\d{1,3} |1 )?\d{10,12}|(?:1 )?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?!\d)")
"""a phone number among other numbers"""
_ANNOUNCED = re.compile(r"\b(?:phone|mobile|cell|tel|ph|mob|call me|reach me|my number)\b[\w ]{0,12}$", re.IGNORECASE)
"""a cue right before a number: what stands before it is then no phone"""
_NUMBER_IS = re.compile(r"\b(?:number|num)(?: is)?\W*$", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension)\s*\d{1,6}\b", re.IGNORECASE)
_PREFIX = re.compile(
    r"(?:^|\s)(?!(?:is|and|no|yes|ok|its|at|or|to|on|so|my|am|me|usa?|uk|num|nr)\b)[a-z]{1,3} ?$", re.IGNORECASE
)
"""letters that make a code of the digits after them ("qrx 318…")"""
_MONEY = re.compile(
    r"\b(?:balance|transfer\w*|routing|savings?|checking|bank\w*|loan|mortgage|deposit\w*|withdraw\w*|wire|ssn|expenses?|reimburs\w*"
    r"|(?:debit|credit|bank|my|stolen|lost|new) card)\b",
    re.IGNORECASE,
)
"""talk of money, in which a long number is more likely an account or a card"""
_HOUSE = re.compile(r"(?<!\d)\d{1,5}[a-z]? (?:[a-z] )?(?!gb\b|mb\b)[a-z]{2,}", re.IGNORECASE)
_POSTAL_CODE = re.compile(
    r"\b[a-z]{2,}\W+\d{5,6}\b|\b[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}\b|\b\d{4} ?[a-z]{2}\b", re.IGNORECASE
)
_OF_SENTENCES = frozenset(
    ("i", "i'm", "im", "you", "is", "was", "are", "want", "need", "can", "please", "have", "order", "the")
)
_DATE = re.compile(
    r"(?:\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}|\b\d{1,2} ?(?:st|nd|rd|th)),? ?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of digits as it stands in a turn."""

    shown: str
    before: str
    after: str

    @property
    def digits(self) -> str:
        return "".join(char for char in self.shown if char.isdigit())


def phones(conversation: Conversation, at: int, said_phone: bool) -> Iterator[Fact]:
    """The customer's own numbers in the turn `at`. `said_phone`: one was found before."""
    rows = list(_rows(with_digits(conversation.said[at].text)))
    first = next((index for index, row in enumerate(rows) if _ANNOUNCED.search(row.before)), 0)
    for row in rows[first:]:
        if not 7 <= len(row.digits) <= 15 or _NOT_PHONE.match(row.shown) or _is_measure(row):
            continue
        if OTHERS.search(row.before) or CALLED_BY.search(row.before):
            continue
        if _is_phone(conversation, at, row, said_phone):
            extension = _EXTENSION.match(row.after)
            shown = _tidy(row.shown) + (f" x{re.sub(r'[^0-9]', '', extension[0])}" if extension else "")
            yield Fact(Kind.PHONE, shown, corrects=bool(CORRECTS.search(row.before[-60:])))


def _rows(text: str) -> Iterator[_Row]:
    for match in _PHONE.finditer(text):
        start, end = match.span("number")
        whole = match["number"]
        places = [place.span() for place in _WITHIN.finditer(whole)] if _is_more_than_one(whole) else []
        for begin, stop in places or [(0, end - start)]:
            yield _Row(whole[begin:stop].strip(" -./"), text[: start + begin], text[start + stop :])


def _is_more_than_one(shown: str) -> bool:
    """Whether numbers ran together: a house number or postal code beside a phone number ("30417 4155550132")."""
    groups = re.findall(r"\d+", shown)
    country = shown.startswith("+") or len(groups[0]) <= 2
    total = sum(map(len, groups))
    return len(groups) > 1 and (total > 13 or (max(map(len, groups)) >= 10 and not (country and len(groups) == 2)))


def _is_phone(conversation: Conversation, at: int, row: _Row, said_phone: bool) -> bool:
    """Whether a row of digits is the customer's phone number, by the nearest cue before it, the question, or its form."""
    said = conversation.said[at]
    cues = [match.end() for match in _PHONE_CUE.finditer(row.before)]
    others = [match.end() for match in _OTHER_NUMBER.finditer(row.before)]
    if cues and (not others or cues[-1] > others[-1]) and len(row.before) - cues[-1] <= 60:
        return not said.of_others or bool(re.search(r"\bmy\b", row.before, re.IGNORECASE))
    if others and len(row.before) - others[-1] <= 40:
        return False
    if re.match(r"\s*(?:is|-|\()\s*(?:my |the )?(?:phone|mobile|cell|number to)", row.after, re.IGNORECASE):
        return True
    if "phone" in said.asked:
        return not said.of_others and (len(row.digits) >= 9 or "secret" not in said.asked)
    formatted = bool(_FORMATTED.match(row.shown))
    if "secret" in said.asked or _OTHER_NUMBER.search(said.question) or said.of_others:
        return formatted and not said.of_others and row.shown[0] in "+("
    here = row.before.rpartition("\n")[2].split(), row.after.partition("\n")[0].split()
    if not conversation.guided and not others and len(row.digits) >= 9 and _NUMBER_IS.search(row.before):
        return True
    addressed = not conversation.guided and _is_address(" ".join((*here[0], ";", *here[1])))
    addressed = addressed or (not conversation.guided and not here[1] and _is_street(" ".join(here[0])))
    if not (addressed or sum(map(len, here)) <= 5):
        return False
    return formatted or (not conversation.guided and _stands_for_itself(conversation, at, row, addressed, said_phone))


def _stands_for_itself(conversation: Conversation, at: int, row: _Row, addressed: bool, said_phone: bool) -> bool:
    """Whether digits that nothing announces are as many as a phone has, and nothing else is spoken of that has as many."""
    if _PREFIX.search(row.before) and not is_given(row.before.split()[-1].lower()):
        return False
    if any(_MONEY.search(said.text) for said in conversation.said[: at + 1]):
        return False
    if 10 <= len(row.digits) <= 12 or re.match(r"\s*(?:and )?(?:the |my )address\b", row.after):
        return True
    near = [said.text for said in conversation.said[max(0, at - 1) : at + 2] if said is not conversation.said[at]]
    if addressed or any(_is_address(text) or _is_street(text) for text in near):
        return len(row.digits) >= 8
    earlier = near[0] if at else ""
    contact = (said_phone and len(re.sub(r"\D", "", earlier)) >= 9) or any(before_email(text) != text for text in near)
    return len(row.digits) == 9 and contact


def _is_street(text: str) -> bool:
    words = [token.low for token in tokens(text)]
    return (
        2 <= len(words) <= 6 and any(word in STREETS for word in words) and not any(word in _OF_SENTENCES for word in words)
    )


def _is_address(text: str) -> bool:
    """Whether a text is a postal address and no sentence: two of a house number before words, a street, a postal code."""
    words = [token.low for token in tokens(text)]
    signs = (_HOUSE.search(text) is not None, any(word in STREETS for word in words), bool(_POSTAL_CODE.search(text)))
    return sum(signs) > 1 and not any(word in _OF_SENTENCES for word in words)


def _is_measure(row: _Row) -> bool:
    """Whether the digits are money, or a date beside its month ("3 may 2026 0915")."""
    money = re.match(r"\s*(?:usd|dollars?|euros?|eur|rupees|rs|pounds?|%|percent)\b", row.after, re.IGNORECASE)
    return bool(money or (_DATE.search(row.before) and re.match(r"(?:19|20)?\d\d\b", row.shown)))


def _tidy(shown: str) -> str:
    """The number as given, with plain single spaces; a row of lone digits ("5 5 5 1 …") is joined."""
    parts = shown.split()
    if len(parts) > 5 or all(len(part) <= 2 for part in parts):
        return "".join(parts)
    return " ".join(parts)
