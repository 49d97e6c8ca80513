"""Finds how to reach the customer: e-mail addresses and phone numbers."""

from .facts import Fact, Kind
from .mailboxes import emails
from .phones import phones
from .turns import Conversation


def find_contacts(conversation: Conversation) -> list[Fact]:
    """E-mail addresses and phone numbers that the customer gave as their own."""
    found: list[Fact] = []
    for said in conversation.said:
        found += [_later(fact, found) for fact in emails(said, bool(found))]
    said_phone = False
    for at in range(len(conversation.said)):
        for fact in phones(conversation, at, said_phone):
            found.append(_later(fact, found))
        said_phone = said_phone or any(fact.kind == Kind.PHONE for fact in found)
    return found


def _later(fact: Fact, found: list[Fact]) -> Fact:
    """`fact`, marked as a correction only when there is something of its kind to correct."""
    if fact.corrects and not any(one.kind == fact.kind for one in found):
        return Fact(fact.kind, fact.value, sure=fact.sure)
    return fact
