"""Questions retold: what a customer wants to be told, as a phrase that goes on after "asked"."""

import re

from .request_forms import VAGUE_START, WH
from .request_phrases import noun
from .retelling import retold


def about_matter(rest: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    rest = re.sub(
        r"^(?:about|of|on|for|that|regarding|the (?:reason|details) (?:of|for|about)|more about)\s+",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    rest = re.sub(r"^whats\b", "what is", rest, flags=re.IGNORECASE)
    if rest.split(" ", 1)[0].lower() in ("how", "when", "where", "why", "what", "whats", "if", "whether", "which", "who"):
        if have := re.match(
            r"(?P<wh>what|which|how many|how much) (?P<noun>[a-z]+(?: (?!do|did|i|we)[a-z]+)?)(?: do"
            r"| did)? (?:i|we) (?P<verb>have|need|owe|get|had|booked|pay)\b",
            rest,
            re.IGNORECASE,
        ):
            return "asked", f"{have['wh'].lower()} {have['noun'].lower()} they {have['verb'].lower()}"
        if whole := WH.match(rest):
            return question(whole, agents, cased)
        lead, _, tail = rest.partition(" ")
        told = retold(tail, agents, cased=cased, subject=True)
        if told and (verb := re.search(r" (is|are|was|were)\W*$", tail, re.IGNORECASE)):
            told = f"{told} {verb[1].lower()}"
        if not told or len(told.split()) < 2 or re.search(r"\b(?:it|this|that)\b", told.split()[0]):
            return None
        return "asked", f"{lead.lower()} {told}"
    return noun(rest, agents, cased, "about ")


def question(match: re.Match[str], agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    """A question turned round: "when will my order arrive" → "when their order will arrive"."""
    wh, aux, rest = match["wh"].lower(), match["aux"].strip().lower().replace("'s", "is"), match["rest"]
    if VAGUE_START.match(rest) or re.match(r"^(?:up|wrong|next|your name|the matter|ur)\b", rest, re.IGNORECASE):
        return None
    subject = re.match(
        r"(?P<subject>(?:my|our|the|an?) [\w-]+(?: (?!arrive|be|cost|take|come|get|start|end|work"
        r"|charged|delayed|cancelled|not|so|expire|close|open|late|still|denied|declined|leave"
        r"|depart)[\w-]+){0,2}|i|we)(?: (?P<tail>.+))?$",
        rest,
        re.IGNORECASE,
    )
    if (wh in ("what", "which") and aux in ("is", "are")) or subject is None:
        return (
            noun(rest, agents, cased, "about ") if aux in ("is", "are", "was", "were") and wh in ("what", "which") else None
        )
    who, tail = subject["subject"], subject["tail"] or ""
    if aux in ("do", "does", "did") and not tail:
        return None
    verb = {"do": "", "does": "", "did": ""}.get(aux, aux)
    if who.lower() in ("i", "we"):
        if aux in ("do", "does", "did"):
            return None
        verb = {"am": "are", "was": "were", "has": "have"}.get(verb, verb)
    if aux == "does" and tail:
        head, _, more = tail.partition(" ")
        tail = f"{head}{'es' if head.endswith(('s', 'sh', 'ch', 'x', 'o')) else 's'} {more}".strip()
    told = retold(" ".join(part for part in (who, verb, tail) if part), agents, cased=cased, subject=True)
    if not tail and told and verb:
        told = f"{told} {verb}"  # a sentence may end in this verb
    return ("asked", f"{wh} {told}") if told and len(told.split()) >= 2 else None
