"""Finds what the customer asked for or reported, as a phrase in the third person: "asked to change their seat"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .given_names import GIVEN_NAMES
from .request_clauses import request
from .retelling import is_readable, retold
from .turns import Conversation, Said
from .wordlist import listed

_BARE_WANT = re.compile(
    r"^(?=(?:need|needs|want|wants|wanted|needed|would like|looking for|in need of|unable to"
    r"|not able to|can'?t|cannot|having|have (?:a|an|some) (?:problem|issue|question))\b)",
    re.IGNORECASE,
)
_SLOPPY_WANT = re.compile(
    r"^(?:i|we) (?=(?:check|change|update|book|cancel|claim|order|track|reset|renew) (?:my|the|this|our|an?)\b)",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^(?:(?:hi+|hello+|hey|hai+|hiya|dear|yes|yeah|yep|ya|ok|okay|sure|well|so|and|also|then|now"
    r"|actually|please|pls|plz|kindly|oh|um+|uh+|no|thanks|thank you(?: so much)?|sorry|but"
    r"|good (?:morning|afternoon|"
    r"evening|day)|sir|ma'?am|madam|there|alright|great|just|one more (?:thing|help)"
    r"|first(?: of all)?|basically|looking)\b[\s,.!:-]*)+",
    re.IGNORECASE,
)
_SHORT_I = (
    (re.compile(r"\bi'd\b|\bid(?= (?:like|love|prefer|want)\b)", re.IGNORECASE), "i would"),
    (re.compile(r"\b(?:i'm|im|iam)\b", re.IGNORECASE), "i am"),
    (re.compile(r"\b(?:we'd)\b", re.IGNORECASE), "we would"),
    (re.compile(r"\bi've\b|\bive\b", re.IGNORECASE), "i have"),
)
_TOPIC = re.compile(
    r"\b(?:claims?|tickets?|refunds?|bookings?|boarding pass|seats?|seating|status|orders?|delivery"
    r"|bill|billing|invoice|policy|insurance|account|password|subscription|appointment|prescription"
    r"|loan|card|payment|"
    r"reservation|flight|baggage|luggage|internet|wifi|updates?|upgrade|expenses?|reimbursement"
    r"|servers?|warranty|return|screen|keyboards?|transfer|balance|plan|contract|outage|copy|proof)\b",
    re.IGNORECASE,
)
_IMAGINED = re.compile(r"^(?:imagine|m?agine|pretend|suppose|you are|act as|role)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked for. `verb` and `rest` read on after a name: "asked" "to change their seat"."""

    verb: str
    """asked or reported"""
    rest: str
    at: int
    """the index of the user turn"""

    @property
    def phrase(self) -> str:
        return f"{self.verb} {self.rest}"


def find_requests(conversation: Conversation) -> list[Request]:
    """What the customer asked for, in order, each matter once (in its fullest wording)."""
    found: list[Request] = []
    for at, said in enumerate(conversation.said):
        for verb, rest in _asked_in(said, conversation.agents):
            _keep(found, Request(verb, rest, at))
    if not found:
        for at, said in enumerate(conversation.said[:6]):
            if topic := _topic(said, conversation.agents):
                return [Request("asked", topic, at)]
    return found


def _keep(found: list[Request], new: Request) -> None:
    for index, old in enumerate(found):
        a, b = _content(old), _content(new)
        if a and b and (a <= b or b <= a or len(a & b) / len(a | b) >= 0.5):
            if len(b) > len(a) and len(b) <= 9:
                found[index] = Request(new.verb, new.rest, old.at)
            return
    if _content(new):
        found.append(new)


_SMALL = listed(
    """
    to for about a an the their them they of in on at with and if whether how that be is are it my from by any
    new please help know check get need want when where what
    """
)


def _content(request: Request) -> frozenset[str]:
    return frozenset(
        re.sub(r"(?:ing|ment|ed|s)$", "", word) for word in re.findall(r"[a-z]+", request.rest.lower()) if word not in _SMALL
    )


def _asked_in(said: Said, agents: frozenset[str]) -> Iterator[tuple[str, str]]:
    for clause in said.clauses:
        for piece in _pieces(clause.text):
            text = _plain_start(piece, agents)
            if not text or _IMAGINED.match(text):
                continue
            if found := request(text, agents, said.cased):
                yield found


def _pieces(text: str) -> list[str]:
    """Parts of a run-on sentence that may each ask for something."""
    cut = re.sub(
        r"\s*,\s*(?=(?:and |but |so )?(?:i|can|could|please|my|we|how|what|would)\b)|\s+(?:and|but|so"
        r"|because)\s+(?=(?:i|we) (?:want|need|would|can'?t|cannot|am|have|like|lost)\b|(?:i'd"
        r"|we'd) like\b|please\b|can (?:yo)?u\b|could (?:yo)?u\b|can i\b|(?:need|want|would like"
        r"|wanted) to\b|my \w+ (?:is|was|has|won'?t|doesn'?t|isn'?t|got))"
        r"|\s+(?=(?:i (?:want|need) |(?:can|could|would|will) you |please (?:help|check|send|change"
        r"|give|tell|book|cancel)\b|can i ))",
        "\n",
        text,
        flags=re.IGNORECASE,
    )
    return [piece for piece in cut.split("\n") if piece.strip()]


def _plain_start(text: str, agents: frozenset[str]) -> str:
    """`text` without greeting, polite words and the assistant's name in front; "i'd" and "im" written out."""
    before = ""
    while before != text:
        before = text
        text = _PREFIX.sub("", text.strip())
        first = text.split(" ", 1)[0].strip(",.!").lower()
        if first in agents and (" " in text):
            text = text.split(" ", 1)[1]
    text = re.sub(r"\bwanna\b", "want to", re.sub(r"\bgotta\b", "need to", text, flags=re.IGNORECASE), flags=re.IGNORECASE)
    for short, full in _SHORT_I:
        text = short.sub(full, text)
    text = re.sub(r"^(?:i am |i |we )?ask(?:ing)? for ", "", text, flags=re.IGNORECASE)
    if bare := _BARE_WANT.match(text):
        text = ("i am " if re.match(r"looking|in need|unable|not able|having", text, re.IGNORECASE) else "i ") + text[
            bare.end() :
        ]
    text = re.sub(
        r"^(?:i (?:think|believe|guess|see)(?: that)?|it (?:seems|looks)(?: like| that)?"
        r"|apparently) (?=some ?one |some ?body |my |the |i (?:was|am|lost|have) )",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = _SLOPPY_WANT.sub("i want to ", text)
    intro = re.match(r"^(?:i am|my name is|this is) [^\W\d_]+(?: [^\W\d_]+)?,? (?:and )?(?=i )", text, re.IGNORECASE)
    return (
        text[intro.end() :]
        if intro and intro[0].split()[-1 if intro[0].split()[-1] != "and" else -2].strip(",").lower() in GIVEN_NAMES
        else text
    )


def _topic(said: Said, agents: frozenset[str]) -> str:
    """A turn that is only the name of a matter: "state of my claim"."""
    if len(said.text.split()) > 8 or not said.clauses or "?" in said.text:
        return ""
    text = _plain_start(said.clauses[0].text, agents)
    if (
        not _TOPIC.search(text)
        or re.search(r"\b(?:i|you|is|are|was|will|do|have|has|thanks?|thank you)\b", text, re.IGNORECASE)
        or re.search(r"\d", text)
    ):
        return ""
    told = retold(re.split(r"\band\b", text)[0], agents, cased=said.cased)
    return f"about {told}" if told and is_readable(told, said.cased) and len(told.split()) > 1 else ""
