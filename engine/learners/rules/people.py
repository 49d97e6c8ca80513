"""Finds the customer's own name: announced in words, answered to a question, signed, or standing alone beside a number."""

from dataclasses import replace

from .bare_names import answered
from .facts import Fact, Kind
from .introductions import announced, denied
from .name_finds import Found, is_fuller
from .name_runs import Trust
from .tokens import squash
from .turns import Conversation


def find_names(conversation: Conversation) -> list[Fact]:
    """The customer's name as at most one fact; parts given apart ("last name …") are put together."""
    found = announced(conversation) + answered(conversation)
    found.sort(key=lambda one: (one.at, one.trust))
    disowned = {squash(name) for said in conversation.said for name in denied(said)}
    found = [one for one in found if squash(one.name) not in disowned]
    return _merged(found)


def _merged(found: list[Found]) -> list[Fact]:
    if not found:
        return []
    best = max(one.trust for one in found)
    chosen = found[0]
    for one in found[1:]:
        if one.part and chosen.part and one.part != chosen.part:
            names = (chosen.name, one.name) if chosen.part == "first" else (one.name, chosen.name)
            chosen = replace(chosen, name=" ".join(names), part="", trust=max(chosen.trust, one.trust))
        elif one.part == "last" and " " not in chosen.name and squash(one.name) != squash(chosen.name):
            chosen = replace(chosen, name=f"{chosen.name} {one.name}", part="")
        elif is_fuller(one.name, chosen.name):
            chosen = replace(one, trust=max(one.trust, chosen.trust))
        elif (one.corrects and one.trust >= Trust.ASKED) or (
            one.trust > chosen.trust
            and not is_fuller(chosen.name, one.name)
            and (chosen.trust < Trust.ASKED or chosen.at == one.at)
        ):
            chosen = one
    return [Fact(Kind.NAME, chosen.name, corrects=chosen.corrects, partial=chosen.part, sure=best > Trust.BARE)]
