"""Turns the matter of a request, or a report of trouble, into the phrase that ends the sentence."""

import re

from .request_forms import (
    EMPTY,
    TROUBLE,
    VAGUE_START,
)
from .retelling import retold, with_article

_NO_MATTER = re.compile(
    r"^(?:\w+ed(?:$| (?:for|of|by|in)\b)|(?:how|when|where|why|what|which|now)\b"
    r"|(?:the |their )?(?:confirmation|booking|account|policy|claim|reference|e-?mail|mail|address|phone)"
    r"(?: (?:number|id|address))?(?: is\b.*)?$)"
)


def noun(rest: str, agents: frozenset[str], cased: bool, lead: str, *, article: bool = False) -> tuple[str, str] | None:
    rest = re.sub(r"^what(?:s|'s| is) (?=the\b|my\b)", "", rest.strip(), flags=re.IGNORECASE)
    if EMPTY.match(rest) or VAGUE_START.match(rest):
        return None
    told = retold(rest, agents, cased=cased)
    if (
        not told
        or _NO_MATTER.match(told)
        or EMPTY.match(told)
        or re.match(r"^(?:them|they|the)$", told)
        or re.match(r"^(?:to|and|or|is|are|was|not)\b", told)
    ):
        return None
    if lead == "for " and re.match(r"^(?:their (?:own )?(?:time|name)|they)\b", told):
        return None
    if lead == "for " and (status := re.match(r"^(?:an? |the )?(?P<of>(?:\w+ )?status)(?: (?:of|for))?(?P<what>.*)$", told)):
        return "asked", f"about the {status['of']}" + (f" of{status['what']}" if status["what"] else "")
    if lead == "for " and re.match(r"^their (?:\w+ )?(?:expenses|reimbursement|outlook|account|problem|issue)\b", told):
        lead = "about "
    return "asked", lead + (with_article(told) if article else told)


def report(what: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    told = retold(re.sub(r",\s*an? [^,]{2,40},", "", what), agents, cased=cased, subject=True)
    if (
        not told
        or not (TROUBLE.search(told) or told.startswith(("they ", "some")))
        or len(told.split()) < 3
        or re.search(r"\b(?:lost|forgot|cannot|can|receive|received|missed|noticed) (?:it|this|that|them)$", told)
    ):
        return None
    if re.match(
        r"they (?:cannot|could not|couldn't) (?:understand|believe|wait|hear|see you|talk|remember|get you|do|go)\b", told
    ):
        return None
    if not re.search(
        r"\b(?:is|are|was|were|does|do|did|has|have|can|could|will|would|am|had|they|got|get)\b[^,]* not\b", told
    ):
        told = re.sub(r" not (?=\w+)", " is not ", told, count=1)
    told = re.sub(r"^they (?:unable|not able)", "they are unable", told)
    return "reported", f"that {told}"
