"""Strange lone words that are no names, told by what the conversation is about."""

import re

from .misspellings import is_misspelt
from .tokens import Token, tokens
from .turns import Conversation

_CARS = re.compile(r"\b(?:cars?|vehicles?)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_AT_HOME = re.compile(r"\b(?:internet|cable|wi-?fi|broadband|connection|tv|zip)\b", re.IGNORECASE)
_POSTAL_CODE = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)* \d{5,7}")


def is_car(conversation: Conversation, at: int) -> bool:
    """Whether a year stands in or after the turn `at` ("corola", "2009"), where cars are spoken of."""
    here = any(_YEAR.fullmatch(token.text) for token in tokens(conversation.said[at].text))
    following = at + 1 < len(conversation.said) and _YEAR.fullmatch(conversation.said[at + 1].text)
    return bool(here or following) and _speaks_of(_CARS, conversation)


def is_place(conversation: Conversation, at: int) -> bool:
    """Whether a postal code stands beside the words of the turn `at`, where a home's connection is spoken of."""
    here, following = conversation.said[at].text, conversation.said[at + 1].text if at + 1 < len(conversation.said) else ""
    coded = _POSTAL_CODE.fullmatch(here) or (following.isdigit() and 5 <= len(following) <= 7)
    return bool(coded) and _speaks_of(_AT_HOME, conversation)


def _speaks_of(matter: re.Pattern[str], conversation: Conversation) -> bool:
    return any(matter.search(said.text) for said in conversation.said)


_WISH = re.compile(
    r"\b(?:i|my|need|want|wants|check|help|please|can|could|status|claim|book|change|order|update)\b", re.IGNORECASE
)


def answers_a_request(conversation: Conversation, at: int, run: list[Token]) -> bool:
    """Whether a strange word right after the customer's request is a name: no misspelling, and no two words run together."""
    before = conversation.said[at - 1].text.split() if at else []
    wished = len(before) >= 3 and bool(_WISH.search(conversation.said[at - 1].text))
    return wished and not any(len(token.low) < 4 or is_misspelt(token.low) for token in run)


def is_number_turn(text: str) -> bool:
    """Whether a turn is a number, or hardly more."""
    row = tokens(text)
    digits = sum(token.is_digits for token in row)
    return digits > 1 or (digits == 1 and len(row) <= 4)
