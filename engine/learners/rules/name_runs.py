"""Reads a person's name off a row of tokens: where it stops, whether it is one, and how it is written."""

from collections.abc import Sequence
from enum import IntEnum

from .given_names import AMBIGUOUS, GIVEN_NAMES, PARTICLES, TITLES
from .places_known import MAKES, MAKES_IN_ONE, PLACES, PRODUCTS, STREETS
from .tokens import Token
from .wordlist import listed
from .words import COMMON, FUNCTION, is_common, looks_like_a_word

MAX_PARTS = 4


class Trust(IntEnum):
    """How plainly the words before a name announce one."""

    BARE = 0  # nothing announces it: it stands alone in its turn
    PLAIN = 1  # "this is …", "I'm …", which announce many other things too
    ASKED = 2  # the assistant had asked for the name
    NAMED = 3  # "my name is …"


def is_given(word: str) -> bool:
    """Whether `word` is a given name and no everyday word."""
    return word in GIVEN_NAMES and word not in AMBIGUOUS


def name_run(row: Sequence[Token], at: int, trust: Trust, cased: bool, *, last: bool = False) -> list[Token]:
    """The tokens of the name that begins at `row[at]`; empty when none does.

    `cased`: the writer uses capitals. `last`: only the last name is said, which may be an everyday word ("green").
    """
    spelled = _spelled_out(row, at) if trust >= Trust.ASKED else []
    if spelled:
        return spelled
    run: list[Token] = []
    for index in range(at, len(row)):
        token = row[index]
        if run and not _joins(run[-1], token):
            break
        following = row[index + 1] if index + 1 < len(row) else None
        if not _continues(run, token, following, trust, cased):
            break
        run.append(token)
        if sum(part.low not in PARTICLES | TITLES for part in run) == MAX_PARTS:
            break
    while run and (run[-1].low in TITLES or _dangles(run)):
        run.pop()
    if trust == Trust.BARE and len(run) == 2 and run[1].low in PLACES and not is_given(run[0].low):
        run.pop()  # "gorav utrecht": who and where
    after = row[at + len(run)] if at + len(run) < len(row) else None
    return run if run and _is_name(run, after, trust, cased, last) else []


_PARTICLES_OR_SURNAMES = frozenset(("le", "du"))


def _dangles(run: list[Token]) -> bool:
    """Whether the run ends in a particle that leads to nothing ("sara van")."""
    last = run[-1].low
    return len(run) > 1 and last in PARTICLES - _PARTICLES_OR_SURNAMES and not is_given(last)


def _joins(left: Token, right: Token) -> bool:
    return right.start - left.end <= 1 and right.is_word and not left.text.endswith(("..", "'s", "'S"))


def _continues(run: list[Token], token: Token, following: Token | None, trust: Trust, cased: bool) -> bool:
    low = token.low
    if not token.is_word or low.endswith(("'s", "n't", "'re", "'ll", "'ve", "'m", "'d")):
        return False
    if not run:
        coded = following is not None and following.is_digits and (following.start == token.end or len(low) < 3)
        return not coded and (low not in FUNCTION or low in TITLES or low in AMBIGUOUS)
    if low in _PARTICLES_OR_SURNAMES and (following is None or following.is_digits):
        return True
    if low in PARTICLES:
        return following is not None and following.is_word and (following.low not in FUNCTION or following.low in PARTICLES)
    ends = (
        following is None or not following.is_word or following.low in ("and", "from", "here", "speaking", "calling", "with")
    )
    if len(low) == 1:
        return (
            low not in "iu" and (token.is_capital if cased else True) and (ends and not (following and following.is_digits))
        )
    if (
        following is not None
        and following.is_digits
        and len(low) <= 3
        and not is_given(low)
        and following.start - token.end <= 1
    ):
        return run[-1].low in TITLES  # letters beside digits are a code: "tilda ju 87"
    if low.startswith(run[0].low) and len(low) > len(run[0].low) + 3:
        return False  # a mailbox: "tilda marsh tildamarsh"
    if low in FUNCTION:
        return cased and token.is_capital and low in AMBIGUOUS and run[-1].is_capital
    if (
        cased
        and run[-1].is_capital
        and not token.is_capital
        and not (trust == Trust.ASKED and _closes(run, token, following))
    ):
        return False
    if not any(char in "aeiouyáéíóúäëïöüâêîôûàèìòùåøæ" for char in low) and low != "ng":
        return False
    if is_common(low) and not is_given(low):
        if cased and token.is_capital:
            return True
        return _is_surname(run, token, following, ends, trust)
    return True


def _closes(run: list[Token], token: Token, following: Token | None) -> bool:
    """Whether a word after one sure given name is the last of the answer, or the last before a number."""
    if len(run) == 1 and following is not None and following.low == "and" and not is_common(run[0].low):
        return token.low not in FUNCTION and len(run[0].low) > 3
    if len(run) != 1 or not is_given(run[0].low) or token.low in FUNCTION | PLACES or token.low in PRODUCTS:
        return False
    return following is None or following.is_digits or following.low in _AFTER_A_SURNAME


def _is_surname(run: list[Token], token: Token, following: Token | None, ends: bool, trust: Trust) -> bool:
    """Whether an everyday word ("hill") closes a lower-case name."""
    if trust in (Trust.BARE, Trust.ASKED) and _closes(run, token, following):
        return True
    if token.low.endswith("er") and token.low not in COMMON and is_given(run[-1].low) and ends:
        return True  # "weber" is no form of "web"
    if token.low not in _SURNAME_LIKE | AMBIGUOUS or (trust == Trust.PLAIN and is_common(run[-1].low)):
        return False
    if ends or (
        following is not None and (following.is_digits or (len(following.low) <= 2 and not is_common(following.low)))
    ):
        return True
    return token.low not in _SEVERAL_USES and following is not None and following.low in _AFTER_A_SURNAME


_AFTER_A_SURNAME = listed(
    "thanks please sir madam is account acct acc ac number no booking policy id pass password ssn my i im i'm email"
)
_SEVERAL_USES = listed(
    "good love day short sweet quick little show read page post key house head hand heart holiday case lord cross land law"
)


_SURNAME_LIKE = listed(
    """
    west north south field fields wood woods hill hills brook brooks banks bell best bird black blue brown white
    green grey gray gold silver bush butler castle chambers church cook cross day flowers fox frost gates glass
    good grant hall hand head heart holiday house key knight lake lamb land lane law little long love lord low
    marsh martin meadows moon moore noble page park parks pool poole pope porter post potter power price quick
    read rich rivers rock rose short show sharp shepherd singer snow spring stone street strong summers sweet
    temple towers walker wall walls ward waters webb wells winter winters wise wolf worth young swift savage
    pace berry army weaver driver barber archer
    """
)


def _is_name(run: list[Token], after: Token | None, trust: Trust, cased: bool, last: bool) -> bool:
    words = [token.low for token in run if token.low not in TITLES]
    if len(words) > 1 and len(words[0]) == 1 and (is_given(words[1]) or not is_common(words[1])):
        words = words[1:]  # an initial
    if not words or len(words[0]) < 2:
        return False
    first, titled = words[0], len(words) < len(run)
    if _is_thing(words, cased and run[-1].is_capital, trust):
        return False
    if after is not None and after.text in "'_@" and after.start == run[-1].end:
        return False
    if titled:
        return run[-1].is_capital or not is_common(words[-1])
    capital = cased and all(token.is_capital or token.low in PARTICLES for token in run)
    known = [word for word in words if is_given(word)]
    unknown = [word for word in words if not is_common(word)]
    if trust == Trust.NAMED:
        if last:
            return first not in FUNCTION
        return bool(known or unknown or first in AMBIGUOUS or capital)
    if trust == Trust.ASKED:
        if first in FUNCTION and not capital:
            return False
        return bool(known or unknown or first in AMBIGUOUS or (capital and len(words) > 1))
    if trust == Trust.PLAIN:
        return _is_plain_name(words, capital, cased, after)
    if known:
        return first in known or first not in COMMON or first in AMBIGUOUS
    surname = len(words) > 1 and words[-1] in _SURNAME_LIKE
    return all(not looks_like_a_word(word) or word in AMBIGUOUS - FUNCTION for word in (words[:-1] if surname else words))


def _is_plain_name(words: list[str], capital: bool, cased: bool, after: Token | None) -> bool:
    first = words[0]
    if after is not None and after.is_word and (after.low in _POSSESSED or after.low.endswith("'s")):
        return False
    if is_given(first):
        return True
    if first in AMBIGUOUS:
        return capital or (len(words) > 1 and not is_common(words[1]))
    if looks_like_a_word(first):
        return False
    ends = after is None or not after.is_word or after.low in _AFTER_A_NAME
    return capital if cased else ends and any(vowel in first for vowel in "aeiouy")


_POSSESSED = listed(
    """
    wife husband mother father mom mum dad son daughter brother sister account phone assistant partner friend
    secretary
    """
)
_AFTER_A_NAME = listed("and from here calling speaking again with i i'm im my writing contacting")


def _is_thing(words: list[str], capital: bool, trust: Trust) -> bool:
    """A place, make or product, and no person; "Paris" can be one when it is called a name."""
    whole = " ".join(words)
    if trust == Trust.BARE and (words[-1] in STREETS or words[0] in ("los", "las")):
        return True
    if trust == Trust.BARE and words[0] in PLACES and not is_given(words[0]):
        return True
    if is_given(words[0]) and (len(words) > 1 or whole not in MAKES):
        return False
    if trust == Trust.NAMED:
        return whole in PRODUCTS and not capital
    return (
        whole in PLACES
        or whole in MAKES
        or words[0] in MAKES
        or whole in MAKES_IN_ONE
        or any(word in PRODUCTS for word in words)
    )


def _spelled_out(row: Sequence[Token], at: int) -> list[Token]:
    """ "s a r a h" or "S-A-R-A-H" as one token."""
    letters: list[Token] = []
    for token in row[at:]:
        if token.is_word and len(token.low) == 1:
            letters.append(token)
        elif token.is_word and len(token.text) >= 5 and set(token.text[1::2]) == {"-"}:
            return [Token(token.text.replace("-", "").capitalize(), token.start, token.end)]
        elif token.text != "-":
            break
    if len(letters) < 3 or (len(row) > at + len(letters) and row[at + len(letters)].is_digits):
        return []
    return [Token("".join(letter.low for letter in letters).capitalize(), letters[0].start, letters[-1].end)]


def written(run: Sequence[Token]) -> str:
    """The name as it is written in memory: capitals as the customer set them, set by rule where they set none."""
    words = [token.text if len(token.low) == 1 else token.text.rstrip(".") for token in run]
    title = words[0].lower() if words[0].lower() in TITLES else ""
    if title:
        plain = written([token for token in run if token.low not in TITLES])
        return (
            plain
            if len([token for token in run if token.low not in TITLES | PARTICLES]) > 1
            else f"{title.capitalize()}{'.' if title in _SHORT_TITLES else ''} {plain}"
        )
    by_hand = any(not word.isupper() and not word.islower() for word in words)
    if by_hand and all(word[0].isupper() or word.lower() in PARTICLES for word in words):
        return " ".join(words)
    within = len(words) - 1  # a particle at the end is a surname
    return " ".join(_capital(word, 0 < index < within) for index, word in enumerate(words))


_SHORT_TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof"))


def _capital(word: str, within: bool) -> str:
    low = word.lower()
    if within and low in PARTICLES:
        return low
    if low.startswith("mc") and len(low) > 4:
        return "Mc" + low[2:].capitalize()
    for sign in "-'":
        if sign in low:
            return sign.join(part.capitalize() for part in low.split(sign))
    return low.capitalize()
