"""Names announced in words: "my name is …", "this is …", "… here", a signature; and the names that a customer denies."""

import re
from collections.abc import Iterator
from itertools import islice

from .name_finds import CORRECTION, Found, whole_name
from .name_runs import Trust, is_given, name_run, written
from .tokens import Token, tokens
from .turns import Conversation, Said
from .wordlist import listed
from .words import is_common

_NAME = re.compile(r"\b(first|fore|given|last|sur|family|full)?[ -]?(names?)(?='s\b|\b)", re.IGNORECASE)
_QUALIFIERS = listed(
    """
    full first last given family sur legal real actual new current correct complete good official proper own
    customer passenger policyholder cardholder member account patient and is the with
    """
)
_OWNER_ANYWAY = listed(
    """
    my the of under yes sure ok okay and is hi hello please yeah so well that's it's its thats actually no sorry
    also yep on with but i
    """
)
_FIRST, _LAST = frozenset(("first", "given", "fore")), frozenset(("last", "sur", "family"))
_LINKS = listed("is 's as : - = , s")
_ON_RECORD = re.compile(
    r"^(?:(?:(?:that is |that's )?(?:on|for|in) (?:the|my|this) (?:\w+ ){1,2}?(?:is|:))|(?:should"
    r"|must|needs? to|would|will) (?:be|read|say))\s*",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"(?:^|[\s,])(?:(?P<this>this is)|(?P<me>(?:it'?s|it is) me,?)|(?P<iam>i'?m|i m|i am|iam)|"
    r"(?P<call>(?:just |you can |you may |please |everyone |people |they |but )*call(?:s)? me|i go by|i am called"
    r"|i'm called|(?:you are|you're) (?:speaking|talking|chatting) (?:with|to)|my self|myself))\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"^(?:(?:hi|hello|hey|hai|yes|yeah|ok|okay|sure)[ ,]+)*(?:(?P<this>this)|it'?s|it is)\s+(?=[^\W\d_])", re.IGNORECASE
)
"""the "is" that speech recognition and quick fingers lose ("this omar haddad"); and "hi, it's omar\""""
_NOT_BEFORE_THIS = listed("if think sure because that know believe is guess hope say said says was whether when not")
_HERE = re.compile(
    r"^(?:(?:hi|hello|hey|hai|good \w+|yes|yeah|ok|okay|there|sir|so"
    r"|well)[ ,]+)*([^\W\d_][\w'-]+(?: [^\W\d_][\w'-]+){0,3})\s+(?:here|speaking|calling)\b(?! to"
    r"| from you)",
    re.IGNORECASE,
)
_UNDER = re.compile(r"\b(?:under|in) (?:the )?name(?: of)?\s+", re.IGNORECASE)
_SIGN_OFF = re.compile(
    r"(?:\n|[.!?] )(?:(?:kind|best|warm|many|with)? ?(?:regards|wishes|thanks)|regards|best|sincerely"
    r"|yours(?: \w+)?|cheers|thanks(?: (?:again|a lot|so much|in advance))?|thank you)"
    r"[,.! ]*\n+([^\n]{2,40})(?:\n[^\n]{0,60}){0,5}$",
    re.IGNORECASE,
)
MAX_CUES = 12
"""announcements read per sentence; a text that has more is no conversation"""


def announced(conversation: Conversation) -> list[Found]:
    found: list[Found] = []
    for at, said in enumerate(conversation.said):
        for clause in said.clauses:
            row = tokens(clause.text)
            corrects = bool(CORRECTION.match(clause.text)) or bool(
                re.search(r"\bactually\b|\bcorrect\b|\bnot\b", clause.text, re.IGNORECASE)
            )
            for run, part in _named(clause.text, row, said.cased):
                found.append(Found(written(run), Trust.NAMED, at, part, corrects))
            if not clause.asks or "," in clause.text:
                found += [Found(written(run), Trust.PLAIN, at) for run in _plain(clause.text, row, said.cased)]
        if (signed := _SIGN_OFF.search(said.text)) and (run := whole_name(signed[1], said.cased)):
            found.append(Found(written(run), Trust.NAMED, at))
    return found


def _named(text: str, row: list[Token], cased: bool) -> Iterator[tuple[list[Token], str]]:
    for match in islice(_NAME.finditer(text), MAX_CUES):
        before = [token.low for token in row if token.end <= match.start()]
        part = (match[1] or "").lower()
        if not _is_own(before, part, text[: match.start()]):
            continue
        rest = text[match.end() :]
        skipped = len(rest) - len(rest.lstrip(" :=-,"))
        if record := _ON_RECORD.match(rest[skipped:]):
            skipped += record.end()
        start = next((index for index, token in enumerate(row) if token.start >= match.end() + skipped), len(row))
        linked = skipped > 1 or bool(rest[:1] in ":=") or bool(record)
        while start < len(row) and row[start].low in _LINKS:
            linked, start = True, start + 1
        if start < len(row) and row[start].low == "not":
            start = _after_not(row, start)
            linked = True
        if start >= len(row) or (not linked and is_common(row[start].low) and not is_given(row[start].low)):
            continue
        if run := name_run(row, start, Trust.NAMED, cased, last=part in _LAST):
            yield run, "first" if part in _FIRST else "last" if part in _LAST else ""
    for match in islice(_UNDER.finditer(text), MAX_CUES):
        start = next((index for index, token in enumerate(row) if token.start >= match.end()), len(row))
        if run := name_run(row, start, Trust.NAMED, cased):
            yield run, ""


def _is_own(before: list[str], part: str, text: str) -> bool:
    """Whether the words before "name" leave it the customer's own: "my full name", "name", but not "my wife's name"."""
    if before[-1:] == ["middle"] or re.search(
        r"\b(?:maiden|user|pet|dog|cat|nick|company|business|product|screen|brand)[ -]?$", text, re.IGNORECASE
    ):
        return False
    rest = list(before)
    while rest and rest[-1] in _QUALIFIERS:
        rest.pop()
    if not rest:
        return True
    if rest[-1] == "my" or rest[-1] in _OWNER_ANYWAY:
        return not re.search(
            r"\b(?:his|her|their|your|wife|husband|someone|friend)(?:'?s)? [\w ]{0,20}$", text, re.IGNORECASE
        )
    follows_another_part = bool(part) and "name" in rest[-4:] and rest.index("name") < 3  # "first name omar last name …"
    return not rest[-1][0].isalpha() or rest[-1] == "ssn" or follows_another_part


def _after_not(row: list[Token], at: int) -> int:
    """The place after "not John, it's" or "not John but"."""
    for index in range(at + 1, len(row)):
        if row[index].low in ("it's", "its", "but", "actually") or (row[index].low == "is" and row[index - 1].low == "it"):
            return index + 1
    return len(row)


def _plain(text: str, row: list[Token], cased: bool) -> Iterator[list[Token]]:
    for match in islice(_PLAIN.finditer(text), MAX_CUES):
        before = [token.low for token in row if token.end <= match.start()]
        if before and before[-1] in _NOT_BEFORE_THIS:
            continue
        start = next((index for index, token in enumerate(row) if token.start >= match.end()), len(row))
        run = name_run(row, start, Trust.PLAIN, cased)
        after = row[start + len(run)] if start + len(run) < len(row) else None
        if run and not (after is not None and after.low in ("?", "right", "correct", "'s", "'")):
            yield run
    if short := _THIS.match(text):
        run = name_run(tokens(text[short.end() :]), 0, Trust.PLAIN, cased)
        if run and is_given(run[0].low) and (short["this"] or len(run) == len(tokens(text[short.end() :]))):
            yield run
    if here := _HERE.match(text):
        row = tokens(here[1])
        run = name_run(row, 0, Trust.PLAIN, cased)
        if len(run) == len(row) and (is_given(run[0].low) or (cased and run[0].is_capital) or not is_common(run[0].low)):
            yield run


def denied(said: Said) -> Iterator[str]:
    """Names that the customer says are not theirs: "I'm not John", "my name is not Jon"."""
    for clause in said.clauses:
        for match in re.finditer(
            r"\b(?:i'?m|i am|name is|name isn't|name's|it'?s|this is) not\s+|\bname isn'?t\s+", clause.text, re.IGNORECASE
        ):
            row = tokens(clause.text[match.end() :])
            if run := name_run(row, 0, Trust.NAMED, said.cased):
                yield written(run)
