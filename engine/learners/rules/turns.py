"""A batch taken apart: its turns, and for each thing the customer said, what the assistant had just asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.learners.base import Turn

from .given_names import GIVEN_NAMES
from .tokens import Clause, clauses, cleaned, is_cased
from .words import FUNCTION, is_common

_BATCH = re.compile(r"\A\s*<messages>(?P<inside>.*?)(?:</messages>)?\s*\Z", re.DOTALL)
_PREAMBLE = re.compile(r"\A\s*The following message interactions have occur+ed:?[ \t]*\n?", re.IGNORECASE)
_ROLE = re.compile(r"^(user|assistant|system|tool): ?(.*)$")

ASKS = {
    "name": re.compile(
        r"(?<!company )(?<!user )(?<!business )(?<!file )(?<!product )(?<!app )(?<!maiden )(?<!pet's "
        r")(?<!model )(?<!brand )(?<!device )(?<!network )(?<!wifi )(?<!wi-fi )(?<!domain )(?<!street "
        r")(?<!plan )"
        r"(?<!item )(?<!medication )(?<!school )(?<!bank )(?<!host )(?<!server )(?<!doctor's "
        r")(?<!hotel )(?<!shop )(?<!store )\b(?:sur)?names?\b(?! of (?:the|your|that|this|an?)"
        r" (?!account|policy|card|booking|reservation|person|customer|caller|member))|\bwho (?:am i"
        r"|do i have|is this|is calling|is speaking)"
        r"|\bwhom am i|who's (?:calling|this|speaking)|\b(?:may|should|can|shall) i (?:address"
        r"|call) you\b(?! (?:back|at|on|later))"
        r"|\bam i (?:speaking|talking|chatting) (?:with|to)\b"
        r"|\bidentify yourself|\byour (?:personal )?(?:details|identity)\b|\bintroduce yourself",
        re.IGNORECASE,
    ),
    "phone": re.compile(
        r"\b(?:phone|mobile|cell(?:phone)?|telephone|contact|callback|call-back"
        r"|call back)\b[^.?!]{0,20}\b(?:numbers?|no|details|on file)\b"
        r"|\bphone\b|\bbest number\b|\bnumber\b[^.?!]{0,30}\b(?:reach|call|contact)\b",
        re.IGNORECASE,
    ),
    "email": re.compile(r"\be-?mail\b|\bmail id\b", re.IGNORECASE),
    "city": re.compile(
        r"\b(?:which|what|your|the) (?:home )?(?:city|town)\b|\bwhere do you live\b"
        r"|\bwhere (?:are you|is your home) (?:based|located)\b"
        r"|\bcity (?:do you|you) live\b|\bplace of residence\b",
        re.IGNORECASE,
    ),
    "address": re.compile(r"(?<!mail )(?<!ip )(?<!web )\baddress\b(?! you)", re.IGNORECASE),
    "company": re.compile(
        r"\b(?:company|employer|organi[sz]ation|business)\b[^.?!]{0,25}\b(?:name|called|work|represent|with|from)\b"
        r"|\b(?:name of (?:your|the)|your|which|what) (?:company|employer|organi[sz]ation|business)\b"
        r"|\bwho do you work for\b|\bwhere do you work\b",
        re.IGNORECASE,
    ),
    "secret": re.compile(
        r"\bpass ?(?:word|code|phrase)s?\b|\bpin\b|\bssn\b|\bsocial security\b|\b(?:credit|debit"
        r"|bank) card\b|\bcard (?:number|details)\b|\bcvv2?\b"
        r"|\bcvc\b|\bsecurity (?:code|question|answer)\b|\bdate of birth\b|\bbirth ?da(?:y|te)\b"
        r"|\bmaiden\b|\bverification code\b|\botp\b|\bone-time\b",
        re.IGNORECASE,
    ),
    "car": re.compile(r"\b(?:make|model|vehicle|car)\b", re.IGNORECASE),
}
_SELF = re.compile(r"\b(?:my name is|my name's|this is|i'm|i am)\s+\w+", re.IGNORECASE)
_PLEASE = re.compile(
    r"\?|\b(?:please|could|can|may|provide|confirm|tell me|share|give|enter|what|which|who|whom|need"
    r"|require|let me (?:know|have)|spell|verify|your)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:his|her|their|(?:your|the) (?:[a-z]+ )?(?:wife|husband|partner|spouse|son|daughter|child"
    r"|mother|father|brother|sister|friend|colleague|dog|cat"
    r"|pet|boss|manager|doctor|passenger|traveller|traveler|driver|recipient|beneficiary|patient"
    r"|guest|nominee|payee|other person|co-?worker)s?(?:'s?)?)\b"
    r"(?=[^.?!]*\b(?:name|number|phone|e-?mail|address|called)\b)|\b(?:name|number|phone"
    r"|e-?mail)s?\b[^.?!]*\b(?:of|for) (?:the|your|that|this) (?:[a-z]+ )?"
    r"(?:wife|husband|partner|spouse|son|daughter|child|mother|father|brother|sister|friend|colleague"
    r"|dog|cat|pet|boss|manager|doctor|passengers?|traveller|"
    r"traveler|driver|recipient|beneficiary|patient|guest|nominee|payee|other|second|merchant|seller"
    r"|store|shop|airline|company)\b",
    re.IGNORECASE,
)
_VOCATIVE = re.compile(
    r"(?:^|[,.!?]\s*)(?:hi+|hello+|hey|hai+|hiya|dear|good (?:morning|afternoon|evening|day)"
    r"|(?:so much |a lot )?thanks?(?: you| u)?(?: so much| very much| a lot| again)?"
    r"|bye|goodbye|thankyou|ok|okay|(?:thank you|thanks) for [a-z ]{3,30}?)[ ,]+([^\W\d_]{2,15})(?=$|[ ,.!?])",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"(?:no|nope|sorry|oops|wait|actually|i mean|i meant)\b", re.IGNORECASE)
_OKAY = re.compile(r"(?:ok|okay|k)\b", re.IGNORECASE)
_TAIL_VOCATIVE = re.compile(
    r"\b(?:thanks|thank you|okay|ok|bye|goodbye|day|help|service|please|much|seat|lot)[ ,]+([^\W\d_]{2,15})[ .!]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One user turn, with what the assistant had asked before it."""

    text: str
    clauses: tuple[Clause, ...]
    cased: bool
    asked: frozenset[str]
    """kinds of ASKS in the assistant's latest turn"""
    of_others: bool
    """that question was about somebody else ("your wife's name")"""
    question: str
    """the assistant's latest turn; empty when there was none"""
    reply: str = ""
    """the assistant's next turn, when it comes right after"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A batch, read."""

    said: tuple[Said, ...]
    guided: bool
    """the assistant's turns are there: a bare answer must then answer a question"""
    agents: frozenset[str]
    """lower-case names by which the customer addressed the assistant, or it called itself"""
    turns: tuple[Turn, ...] = field(repr=False)


def turns_of(batch: str) -> list[Turn]:
    """The turns in the one message that the SDKs send per batch; any other text is a single user turn.

    The format is ai-memory-sdk's, in its spelling:
    ``<messages>The following message interactions have occured:\\nuser: …\\nassistant: …</messages>``.
    A line without a role continues the turn above it.
    """
    wrapped = _BATCH.match(batch)
    if wrapped is None:
        return [Turn("user", batch.strip())] if batch.strip() else []
    found: list[tuple[str, list[str]]] = []
    for line in _PREAMBLE.sub("", wrapped["inside"]).split("\n"):
        if opened := _ROLE.match(line):
            found.append((opened[1], [opened[2]]))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            found.append(("user", [line]))
    return [Turn(role, "\n".join(lines).strip()) for role, lines in found]


def asked_for(question: str) -> frozenset[str]:
    """Which kinds of fact the assistant's turn asks for."""
    kinds: set[str] = set()
    for clause in clauses(_SELF.sub(" ", question)):
        if clause.asks or _PLEASE.search(clause.text):
            kinds |= {kind for kind, pattern in ASKS.items() if pattern.search(clause.text)}
    if "email" in kinds:
        kinds.discard("address")
    return frozenset(kinds)


def read(turns: Sequence[Turn]) -> Conversation:
    """The batch with every user turn cleaned and set beside the question it answers."""
    said: list[Said] = []
    agents: set[str] = set()
    question = ""
    for place, turn in enumerate(turns):
        if turn.role == "assistant":
            question = cleaned(turn.content)
            agents |= {match[0].split()[-1].lower() for match in _SELF.finditer(question)} - FUNCTION
        elif turn.role == "user":
            text = cleaned(turn.content)
            asked = asked_for(question)
            if not asked and said and _CORRECTS.match(text):
                asked = said[-1].asked  # "Leiden, correct?" "No, it's Utrecht": the question before still stands
            if "name" not in asked or not _OKAY.match(text):
                agents |= _addressed(text)
            cut = tuple(clauses(text))
            others = bool(_OF_OTHERS.search(question))
            reply = (
                cleaned(turns[place + 1].content) if place + 1 < len(turns) and turns[place + 1].role == "assistant" else ""
            )
            said.append(Said(text, cut, is_cased(text), asked, others, question, reply))
    return Conversation(tuple(said), any(turn.role == "assistant" for turn in turns), frozenset(agents), tuple(turns))


def _addressed(text: str) -> set[str]:
    found: set[str] = set()
    for match in _VOCATIVE.finditer(text):
        name = match[1].lower()
        if name not in FUNCTION and (name in GIVEN_NAMES or not is_common(name)):
            found.add(name)
    if (last := _TAIL_VOCATIVE.search(text)) and last[1].lower() in GIVEN_NAMES - FUNCTION:
        found.add(last[1].lower())
    return found
