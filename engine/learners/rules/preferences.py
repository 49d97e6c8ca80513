"""Finds what the customer likes, dislikes, prefers, is allergic to and owns; and what of it is no longer so."""

import re

from .belongings import bare_car, possessions
from .facts import Fact
from .tastes import tastes
from .turns import Conversation


def find_preferences(conversation: Conversation) -> list[Fact]:
    """Tastes and possessions, in the third person's words ("cats", "a window seat", "a 2017 Hyundai Accent")."""
    found: list[Fact] = []
    cars = bool(
        re.search(
            r"\b(?:my|our|your|new|the|his) (?:own |new |can )?(?:cars?|vehicle)\b"
            r"|\bcars? insurance\b|\binsurance\b[^|]*\bcars?\b",
            _talk(conversation),
            re.IGNORECASE,
        )
    )
    for said in conversation.said:
        for clause in said.clauses:
            if not clause.asks or "," in clause.text:
                found += tastes(clause, said)
                found += possessions(clause, said)
        if cars and not said.of_others and (car := bare_car(said)):
            found.append(car)
    return found


def _talk(conversation: Conversation) -> str:
    return "|".join(f"{said.question}|{said.text}" for said in conversation.said)
