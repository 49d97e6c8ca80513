"""Tells strange names from misspellings: words typed often in support chats, and words run together."""

from difflib import SequenceMatcher

from .wordlist import listed
from .words import is_common

_TYPED_OFTEN = tuple(
    sorted(
        listed(
            """
            thanks thank thankyou please sorry okay hello goahead nothing yes sure good great fine morning evening
            problem wait waiting correct right done working welcome perfect awesome goodbye alright continue
            exactly excellent cancel change update account number service window middle aisle economy business
            ticket booking insurance policy claim seat boarding travel expenses reimbursement software
            """
        )
    )
)
_RUN_TOGETHER = frozenset(("no", "ok", "so", "my", "go", "ya"))
ALIKE = 0.8
"""share of letters in common from which a strange word is taken for a misspelt plain one"""


def is_misspelt(word: str) -> bool:
    """Whether `word` (lower case) is a plain word typed wrong, or two run together, and so no name."""
    if not any(vowel in word for vowel in "aeiouy"):
        return True
    parts = [(word[:cut], word[cut:]) for cut in range(2, len(word) - 2)]
    if any((len(left) > 2 or left in _RUN_TOGETHER) and is_common(left) and is_common(right) for left, right in parts):
        return True
    return any(
        abs(len(word) - len(plain)) <= 2 and SequenceMatcher(None, word, plain).ratio() >= ALIKE for plain in _TYPED_OFTEN
    )
