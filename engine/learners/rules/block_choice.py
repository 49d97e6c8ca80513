"""Chooses the block that a fact belongs into, by the blocks' labels and descriptions."""

import re
from collections.abc import Sequence
from enum import StrEnum

from engine.learners.base import BlockView

from .facts import Fact, Kind
from .wordlist import listed


class Room(StrEnum):
    """What a block can be for."""

    IDENTITY = "identity"
    TASTES = "tastes"
    BELONGINGS = "belongings"
    REQUESTS = "requests"
    ORDERS = "orders"
    SUMMARY = "summary"


_LABELS = {
    Room.IDENTITY: re.compile(
        r"^(?:human|user|customer|client|person|caller|member|contact|identity|patient|guest|profile"
        r"|about)s?\b|(?:^|\b)(?:persona of(?: the)? user|(?:user|customer|human|client|personal"
        r"|contact|basic) "
        r"(?:info|information|profile|details|facts|data|persona|identity))\b",
        re.IGNORECASE,
    ),
    Room.TASTES: re.compile(r"\b(?:preferences?|likes?|dislikes?|interests?|tastes?|hobbies|favou?rites?)\b", re.IGNORECASE),
    Room.BELONGINGS: re.compile(
        r"\b(?:owns?|possessions?|belongings|assets?|products?|devices?|vehicles?|cars?|pets?|equipment)\b", re.IGNORECASE
    ),
    Room.REQUESTS: re.compile(
        r"\b(?:requests?|history|tickets?|issues?|inquiries|enquiries|cases?|timeline|interactions?"
        r"|needs|problems?|todo|tasks?|open items)\b",
        re.IGNORECASE,
    ),
    Room.ORDERS: re.compile(r"\b(?:orders?|bookings?|purchases?|reservations?|claims?|tickets?)\b", re.IGNORECASE),
    Room.SUMMARY: re.compile(r"\b(?:summary|conversation summary|recap|synopsis)\b", re.IGNORECASE),
}
_DESCRIPTIONS = {
    Room.IDENTITY: re.compile(
        r"\b(?:who (?:the|this)|details?|information|info|facts?|knowledge|profile|identity|name"
        r"|personal|basic|contact|what (?:is known|we know|you know))\b.*\b(?:user|customer|human"
        r"|person|client|caller|member|patient|"
        r"guest|subject|them|he|she|they)\b|\b(?:user|customer|human|client|person|member"
        r"|patient)(?:'s)? (?:name|details|profile|identity|information|contact|data)\b",
        re.IGNORECASE | re.DOTALL,
    ),
    Room.TASTES: re.compile(
        r"\b(?:preferences?|prefers?|likes?|dislikes?|interests?|tastes?|hobbies|favou?rites?|enjoys?)\b", re.IGNORECASE
    ),
    Room.BELONGINGS: re.compile(
        r"\b(?:owns?|possessions?|belongings|assets|devices?|vehicles?|cars?|pets?|equipment)\b", re.IGNORECASE
    ),
    Room.REQUESTS: re.compile(
        r"\b(?:requests?|asked|asks|wants|history|tickets?|issues?|inquir\w+|enquir\w+|cases?|problems?|interactions?)\b",
        re.IGNORECASE,
    ),
    Room.ORDERS: re.compile(r"\b(?:orders?|bookings?|purchases?|reservations?|claims?)\b", re.IGNORECASE),
    Room.SUMMARY: re.compile(
        r"\b(?:running|short|brief|rolling|conversation)[\w\s()-]* summary\b"
        r"|\bsummary of (?:the )?(?:conversation|interaction|chat)",
        re.IGNORECASE,
    ),
}
_ASSISTANTS = re.compile(
    r"^(?:persona|polic(?:y|ies)|instructions?|system|rules?|guidelines?|assistant|agent|tools?"
    r"|knowledge base|company|brand|tone|style|scratchpad)\b",
    re.IGNORECASE,
)
_OF_ASSISTANT = re.compile(
    r"\b(?:assistants?|agents?|bot|ai|your(?:self)?|you)\b[^.]*\b(?:persona|behav\w+|tone|style|must"
    r"|should|respond|instructions?|rules|polic\w+)\b|\bpersona\b|\bpolic(?:y|ies)\b",
    re.IGNORECASE,
)
_OF_CUSTOMER = re.compile(r"\b(?:user|customer|human|client|caller|person you)\b", re.IGNORECASE)
_GENERAL = re.compile(
    r"^(?:memory|notes?|facts?|general|info|information|context|core memory|core|knowledge|data|misc"
    r"|long term memory|archive|journal)\b",
    re.IGNORECASE,
)
_CHOICES = {
    Kind.LIKES: (Room.TASTES, Room.IDENTITY),
    Kind.DISLIKES: (Room.TASTES, Room.IDENTITY),
    Kind.PREFERS: (Room.TASTES, Room.IDENTITY),
    Kind.ALLERGY: (Room.IDENTITY, Room.TASTES),
    Kind.IS: (Room.IDENTITY, Room.TASTES),
    Kind.OWNS: (Room.BELONGINGS, Room.IDENTITY, Room.TASTES),
    Kind.REQUEST: (Room.REQUESTS,),
}


def rooms(block: BlockView) -> dict[Room, int]:
    """How well a block suits each use; empty for one that is not about the customer."""
    label = re.sub(r"[_\-.]+", " ", block.label).strip()
    about = block.description
    if _is_about_assistant(label, about):
        return {}
    found = {room: 3 * bool(_LABELS[room].search(label)) + bool(_DESCRIPTIONS[room].search(about)) for room in Room}
    if found[Room.SUMMARY]:
        return (
            {Room.SUMMARY: found[Room.SUMMARY]}
            if found[Room.SUMMARY] >= 3 or not found[Room.IDENTITY] >= 3
            else {Room.IDENTITY: 3}
        )
    special = max(found[Room.TASTES], found[Room.BELONGINGS], found[Room.REQUESTS], found[Room.ORDERS])
    if special >= 3 and found[Room.IDENTITY] < 3:
        found[Room.IDENTITY] = 0
    if (
        special
        and found[Room.IDENTITY] == 1
        and not re.search(
            r"\b(?:name|contact|identity|who (?:the|this)|profile|details|information|facts|about)\b", about, re.IGNORECASE
        )
    ):
        found[Room.IDENTITY] = 0
    return {room: score for room, score in found.items() if score}


class Rooms:
    """The writable blocks, ready to be asked where a fact belongs."""

    def __init__(self, blocks: Sequence[BlockView]) -> None:
        self._writable = [(block, rooms(block)) for block in blocks if not block.read_only]
        self._about_customer = [
            (block, found) for block, found in self._writable if not (_is_assistants(block)) and Room.SUMMARY not in found
        ]

    def best(self, room: Room) -> BlockView | None:
        """The writable block that suits `room` best; the first of equals."""
        found = [(scores[room], -index, block) for index, (block, scores) in enumerate(self._writable) if room in scores]
        return max(found, key=lambda one: one[:2])[2] if found else None

    def for_fact(self, fact: Fact) -> BlockView | None:
        """Where a fact of this kind is written; None when no block suits it."""
        if fact.kind == Kind.NUMBER:
            choices: tuple[Room, ...] = (Room.ORDERS, Room.IDENTITY) if _is_matter(fact.label) else (Room.IDENTITY,)
        else:
            choices = _CHOICES.get(fact.kind, (Room.IDENTITY,))
        for room in choices:
            block = self.best(room)
            if block is not None and (room != Room.ORDERS or rooms(block)[Room.ORDERS] >= 3):
                return block
        if fact.kind == Kind.REQUEST and self.best(Room.SUMMARY) is not None:
            return None
        if fact.kind == Kind.REQUEST and (block := self.best(Room.IDENTITY)) is not None:
            return block
        if matching := self._by_words(fact):
            return matching
        return self._general()

    def _by_words(self, fact: Fact) -> BlockView | None:
        """A custom block whose description names the thing itself ("Pets of the user" for a dog)."""
        words = {word.rstrip("s") for word in re.findall(r"[a-z]{3,}", f"{fact.kind} {fact.value} {fact.label}".lower())}
        for block, _ in self._about_customer:
            if (
                words
                & {
                    word.rstrip("s")
                    for word in re.findall(r"[a-z]{3,}", f"{block.label.replace('_', ' ')} {block.description}".lower())
                }
                - _COMMON_WORDS
            ):
                return block
        return None

    def _general(self) -> BlockView | None:
        """The most general block about the customer: one named for it, else the only one that says nothing else."""
        for block, _ in self._about_customer:
            if _GENERAL.match(block.label.replace("_", " ")):
                return block
        plain = [
            block
            for block, found in self._about_customer
            if not found and (not block.description.strip() or _OF_CUSTOMER.search(block.description))
        ]
        return plain[0] if len(plain) == 1 else None


_COMMON_WORDS = listed(
    """
    the and for with user customer number name like dislike own prefer live work about what that thi
    """
)


def _is_about_assistant(label: str, about: str) -> bool:
    if _OF_CUSTOMER.search(label):
        return False
    if _ASSISTANTS.match(label):
        return not (
            label.lower() == "persona"
            and re.search(r"\b(?:about|of) (?:the |this |our )?(?:user|customer|human|client)\b", about, re.IGNORECASE)
        )
    return bool(_OF_ASSISTANT.search(about)) and not _OF_CUSTOMER.search(about)


def _is_assistants(block: BlockView) -> bool:
    return _is_about_assistant(re.sub(r"[_\-.]+", " ", block.label).strip(), block.description)


def _is_matter(label: str) -> bool:
    return label in ("Order", "Booking number", "Claim number", "Ticket number", "Tracking number", "Invoice number")
