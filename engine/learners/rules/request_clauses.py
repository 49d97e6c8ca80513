"""Reads one clause as a request and turns it into a phrase that goes on after a name: "asked" "to change their seat"."""

import re

from .places_known import PRODUCTS
from .request_forms import (
    ABOUT,
    ALONE,
    CAN_I,
    COULD_YOU,
    EMPTY,
    GERUND,
    GIVE_ME,
    HOW_TO,
    I_TROUBLE,
    IMPERATIVE,
    IS_THERE,
    NOUNS,
    OFTEN_NOUNS,
    PROBLEM,
    PRONOUN_OBJECT,
    REPORT,
    TROUBLE,
    VAGUE_START,
    VERBS_SET,
    WANT,
    WH,
)
from .request_phrases import noun, report
from .request_questions import about_matter, question
from .retelling import retold, with_article
from .wordlist import listed
from .words import FUNCTION


def request(text: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    if what := re.match(
        r"(?P<wh>what|which|how many) (?P<noun>[a-z]+(?: (?!do|did|can|i|we)[a-z]+)?) (?:do|did|can"
        r"|will) (?:i|we) (?P<verb>have|need|owe|get|pay)\b",
        text,
        re.IGNORECASE,
    ):
        return "asked", f"{what['wh'].lower()} {what['noun'].lower()} they {what['verb'].lower()}"
    if text.lower().startswith(("what about ", "how about ")):
        return noun(text.split(" ", 2)[2], agents, cased, "about ")
    if match := I_TROUBLE.match(text):
        return report(match["what"], agents, cased)
    if match := PROBLEM.match(text):
        rest = retold(match["rest"], agents, cased=cased)
        matter = match["what"].lower()
        if not rest:
            return None
        return (
            ("had", f"a question {rest}")
            if matter == "question"
            else ("reported", f"{'trouble' if matter in ('trouble', 'difficulty', 'difficulties') else 'a problem'} {rest}")
        )
    if match := WANT.match(text):
        return _wanted(match["rest"], bool(match["to"]), agents, cased)
    if match := COULD_YOU.match(text):
        return _told(match["rest"], agents, cased)
    if match := CAN_I.match(text):
        return _permitted(match["rest"], agents, cased)
    if match := HOW_TO.match(text):
        lead = "where" if text.lower().startswith("where") else "how"
        rest = retold(match["rest"], agents, cased=cased)
        return (
            ("asked", f"{lead} to {rest}")
            if rest
            and not VAGUE_START.match(rest)
            and not EMPTY.match(match["rest"])
            and rest.split()[0].lower() in VERBS_SET
            else None
        )
    if match := WH.match(text):
        return question(match, agents, cased)
    if match := IS_THERE.match(text):
        return noun(match["rest"] or match["rest2"], agents, cased, "about ")
    first = text.split(" ", 1)[0].lower()
    if (
        (match := REPORT.match(f"the {text}" if first in PRODUCTS else text))
        and TROUBLE.search(text)
        and not re.match(r"^(?:my|our) (?:full |last |first )?(?:name|number|e-?mail|phone|address)\b", text, re.IGNORECASE)
    ):
        return report(text, agents, cased)
    if match := GERUND.match(text):
        return noun(match["rest"], agents, cased, "about ")
    if (match := IMPERATIVE.match(text)) and not re.match(
        r"(?:claim|order|book|report|file|place|change|transfer|return|record|request|account|policy"
        r"|number)s? (?:numbers?|no|id|is|was|ref|code|for)\b|\w+ \d|make (?!an?\b|the\b|my\b|sure\b|some\b)",
        text,
        re.IGNORECASE,
    ):
        return _told(text, agents, cased)
    return None


def _wanted(rest: str, to: bool, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    if about := re.match(
        r"(?:(?:to )?you )?(?:about|regarding|concerning|with regards? to|in regards? to|because of) (?P<what>.+)",
        rest,
        re.IGNORECASE,
    ):
        return about_matter(about["what"], agents, cased)
    if (
        re.match(r"(?:on behalf|from|because|in|at|here|back|again|with|as|you|by)\b(?! (?:to|me) )", rest, re.IGNORECASE)
        and not to
    ):
        return None
    rest = re.sub(r"^whats\b", "what is", rest, flags=re.IGNORECASE)
    first = rest.split(" ", 1)[0].lower()
    if re.match(r"(?:you|u|some ?one|an agent) to ", rest, re.IGNORECASE):
        return _told(re.sub(r"^\S+(?: agent)? to ", "", rest), agents, cased)
    if not to and first == "for":
        return noun(rest[4:], agents, cased, "for ", article=True)
    if (
        to
        or first in VERBS_SET - OFTEN_NOUNS
        or (first in OFTEN_NOUNS and re.match(r"\w+ (?:an?|my|the|this|our|from|some|for)\b", rest, re.IGNORECASE))
    ):
        return _to_do(rest, agents, cased)
    if re.match(r"(?:some |your |an? )?(?:help|assistance|support)\b", rest, re.IGNORECASE):
        inner = re.sub(r"^(?:some |your |an? )?(?:help|assistance|support)\s*(?:from you )?", "", rest, flags=re.IGNORECASE)
        if re.match(r"(?:with|on|in|for|about|regarding) ", inner, re.IGNORECASE):
            return noun(inner.split(" ", 1)[1], agents, cased, "for help with ")
        if re.match(r"to ", inner, re.IGNORECASE):
            return _to_do(inner[3:], agents, cased)
        return _to_do(inner, agents, cased) if inner and inner.split()[0].lower() in VERBS_SET else None
    return noun(rest, agents, cased, "for ", article=True)


def _to_do(rest: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    rest = re.sub(r"^(?:be able to|please|also|just|kindly) ", "", rest, flags=re.IGNORECASE)
    first, _, more = rest.partition(" ")
    if first.lower() in ("a", "an", "the", "my", "our", "some") or (
        first.lower() in NOUNS and not re.match(r"(?:an?|my|the|our|this)\b", more)
    ):
        return noun(
            re.sub(r"^proof on my (?=insurance)", "proof of my ", rest, flags=re.IGNORECASE),
            agents,
            cased,
            "for ",
            article=True,
        )
    if first.lower() == "request" and (wish := re.sub(r"^(?:for )?", "", more)):
        return noun(wish, agents, cased, "for ", article=True)
    if first.lower() in FUNCTION - VERBS_SET - _VERBS_OF_TALK:
        return None
    if first.lower().endswith("ed") and (
        stem := next((stem for stem in (first.lower()[:-1], first.lower()[:-2]) if stem in VERBS_SET), "")
    ):
        rest = f"{stem} {more}"
    if re.match(
        r"^(?:do|say|thank|go|leave|wait|be|think|mention|add that|tell you|let you|give you"
        r"|apologi[sz]e|have (?:to|a nice)|make sure|die|sleep|hear from)\b",
        rest,
        re.IGNORECASE,
    ):
        return None
    if (about := ABOUT.match(rest)) and not re.match(
        r"^(?:check|see|confirm|speak|talk)\b (?!about|on |if |whether|for )", rest, re.IGNORECASE
    ):
        return about_matter(about["rest"], agents, cased)
    if help_with := re.match(
        r"^(?:get |have )?(?:some )?(?:help|assistance)(?: me)? (?:with|on) (?P<rest>.+)", rest, re.IGNORECASE
    ):
        return noun(help_with["rest"], agents, cased, "for help with ")
    if (
        give := re.match(
            r"^(?:get|have|receive) (?P<rest>(?!.*\b(?:fixed|repaired|replaced|changed|updated"
            r"|cancelled|canceled|removed|back)\b).+)",
            rest,
            re.IGNORECASE,
        )
    ) and not EMPTY.match(give["rest"]):
        return noun(give["rest"], agents, cased, "for ", article=True)
    told = retold(rest, agents, cased=cased)
    if told in ALONE:
        return "asked", f"to {told}"
    if not told or len(told.split()) < 2 or EMPTY.match(told.split(" ", 1)[1]) or PRONOUN_OBJECT.match(told):
        return None
    verb, matter = told.split(" ", 1)
    return "asked", f"to {verb} {with_article(matter)}"


def _told(rest: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    """What the assistant is told to do: "send me my boarding pass"."""
    rest = re.sub(
        r"^(?:(?:please|kindly|pls|also|just|be able to|possibly|able to|go ahead and|quickly)\s+)+",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    if helped := re.match(
        r"^(?:help|assist)(?: (?:me|us))?(?: (?P<way>with|in|on|to|for))? (?P<rest>.+)$", rest, re.IGNORECASE
    ):
        if (helped["way"] or "to").lower() == "to" and helped["rest"].split()[0].lower() in VERBS_SET:
            return _to_do(helped["rest"], agents, cased)
        return (
            None
            if (helped["way"] or "to").lower() == "to" or VAGUE_START.match(helped["rest"])
            else noun(helped["rest"], agents, cased, "for help with ")
        )
    if re.match(
        r"^(?:tell (?:me|us|about|how|what|when|where|why|if)|let (?:me|us)|explain|show me (?:how|what|where))\b",
        rest,
        re.IGNORECASE,
    ):
        inner = re.sub(
            r"^(?:tell|let|explain|show)(?: (?:me|us))?(?: know)?(?: (?:to me|about|please))* ?",
            "",
            rest,
            flags=re.IGNORECASE,
        )
        return about_matter(inner, agents, cased)
    if re.match(
        r"^(?:call|ring|phone) (?:me|us)(?:$|,| (?:back|on|at|when|asap|now|later|today|tomorrow|as|please|again|about)\b)",
        rest,
        re.IGNORECASE,
    ):
        return "asked", "for a call back"
    if (give := GIVE_ME.match(rest)) and not re.match(
        r"^(?:get|have) (?:it|that|this)\b|^(?:give|get|send) (?:it|that|this|them)\b", rest, re.IGNORECASE
    ):
        inner = re.sub(
            r"\b(?:to|by|via|through|on|at) (?:my |the )?(?:e-?mail|mail|phone|address|number|inbox|id|me)\b.*$|\bto .*$",
            "",
            give["rest"],
            flags=re.IGNORECASE,
        )
        return noun(inner, agents, cased, "for ", article=True)
    first = rest.split(" ", 1)[0].lower()
    if first in VERBS_SET:
        return _to_do(rest, agents, cased)
    return None


def _permitted(rest: str, agents: frozenset[str], cased: bool) -> tuple[str, str] | None:
    if re.match(r"^(?:know|ask|see|check|find out|have|get|receive|speak|talk)\b", rest, re.IGNORECASE):
        return _to_do(rest, agents, cased)
    first = rest.split(" ", 1)[0].lower()
    if first not in VERBS_SET and first not in (
        "bring",
        "take",
        "carry",
        "still",
        "also",
        "do",
        "arrange",
        "keep",
        "cancel",
        "pay",
    ):
        return None
    told = retold(rest, agents, cased=cased)
    if not told or len(told.split()) < 2 or PRONOUN_OBJECT.match(told):
        return None
    verb, matter = told.split(" ", 1)
    return "asked", f"whether they can {verb} {matter}"


_VERBS_OF_TALK = listed(
    "ask call speak talk see look try use get make find take give know tell go come keep put show help contact "
    "e-mail email phone"
)
