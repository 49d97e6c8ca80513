"""Finds what the customer likes, dislikes, prefers and must not eat."""

import re
from collections.abc import Iterator

from .facts import Fact, Kind
from .places_known import PRODUCTS
from .tokens import Clause
from .turns import Said
from .wordlist import listed
from .words import FUNCTION

VERY = (
    r"(?:really |absolutely |just |also |so |always |do |still |truly |both |very much |personally "
    r"|actually |usually |generally |simply |especially |particularly |now |much )*"
)
_I = r"(?:^|[\s,;(])(?:i|we)\s+"
_LIKES = re.compile(
    rf"(?:{_I}{VERY}(?:like|love|enjoy|adore)|\b(?:but|and) (?:i )?{VERY}(?:love|enjoy|adore))\s+(?P<thing>.+)",
    re.IGNORECASE,
)
_FAN = re.compile(
    rf"(?:^|\s)(?:i'm|i am|im) (?P<no>not |no )?{VERY}(?:an? )?(?:huge |big |real |great )?(?:fan of"
    rf"|fond of|keen on|crazy about|into|passionate about)\s+(?P<thing>.+)",
    re.IGNORECASE,
)
_DISLIKES = re.compile(
    rf"(?:{_I}|\b(?:but|and)\s+){VERY}(?:hate|dislike|detest|loathe|can'?t stand|cannot stand"
    rf"|(?:do not|don'?t|never|no longer|did not|didn'?t) {VERY}(?:like|love|enjoy"
    rf"|care for))\s+(?P<thing>.+)",
    re.IGNORECASE,
)
_PREFERS = re.compile(rf"{_I}(?:would )?{VERY}(?:prefer)\s+(?P<thing>.+)|\bi'd {VERY}prefer\s+(?P<thing2>.+)", re.IGNORECASE)
_TO_BE = re.compile(
    r"\b(to be (?:contacted|reached|called|addressed|informed|notified) (?:by|via|through|on|as|in) (?:the )?[a-z-]+)",
    re.IGNORECASE,
)
_ONLY_BY = re.compile(
    r"\b(?:contact|reach|inform|notify|tell|message) me (?:by|via|through) (e-?mail|phone|text|sms"
    r"|whatsapp|post|letter) only\b|\bonly (?:contact|reach) me (?:by|via) (e-?mail|phone|text|sms"
    r"|whatsapp|post|letter)\b",
    re.IGNORECASE,
)
_CHANNELS = {"email": "e-mail", "sms": "SMS", "whatsapp": "WhatsApp"}
_FAVOURITE = re.compile(
    r"\bmy (?:all-time |absolute )?(?:favou?rite|fav) (?P<what>[a-z]+(?: [a-z]+)?) (?:is|are"
    r"|has always been)\s+(?P<thing>.+)",
    re.IGNORECASE,
)
_ALLERGY = re.compile(
    r"(?:^|\s)(?:i'm|i am|im) (?:\w+ly )?(?P<kind>allergic to|intolerant to|lactose intolerant"
    r"|gluten intolerant)\s*(?P<thing>.*)|\bi have an? (?P<thing2>[a-z]+(?: [a-z]+)?) allergy\b",
    re.IGNORECASE,
)
_DIET = re.compile(
    r"(?:^|\s)(?:i'm|i am|im) (?P<no>not )?(?:an? )?(?:strict |strictly )?(?P<what>vegetarian|vegan"
    r"|pescatarian|diabetic|celiac|coeliac)\b",
    re.IGNORECASE,
)
IF = re.compile(
    r"\b(?:if|whether|unless|suppose|imagine|pretend|wish|would|when|in case|should|could|might|hope"
    r"|used to|think|thought|why|how|what|do|did)\b[^,;]*$",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:[.,;:!?()]|\s-\s|\b(?:and|but|so|because|cause|since|as|when|while|if|that|which|who|please"
    r"|thanks|thank|could|can|would|will|is|are|was|were|do|does|did|i|i'm|im|we|you|"
    r"very|really|too|though|although|however|for|from|until|after|before|whenever|where|than|then"
    r"|now|instead|anymore|any more|a lot|so much|much|more|most|best|better|at all|not|"
    r"sir|madam|ma'am|yes|no|ok|okay)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_VAGUE = listed(
    """
    it that this these those them him her you us me one ones your yours how what when where who everything
    nothing anything something someone all any same here there both either my our his their its some so too to
    the
    """
)
_SERVICE = listed(
    """
    service services help support offer offers answer response product products app site website agent way idea
    plan plans deal company policy price prices update version experience information attitude process work job
    thing things stuff sound sure chat talk refund order order's call
    """
)
MAX_WORDS = 5


def tastes(clause: Clause, said: Said) -> Iterator[Fact]:
    text = clause.text
    for kind, pattern in ((Kind.DISLIKES, _DISLIKES), (Kind.LIKES, _LIKES), (Kind.PREFERS, _PREFERS)):
        for match in pattern.finditer(text):
            if kind == Kind.PREFERS and (how := _TO_BE.search(text, match.start())):
                yield Fact(kind, " ".join(how[1].lower().split()))
                continue
            thing = match["thing"] or (match["thing2"] if kind == Kind.PREFERS else "")
            if IF.search(text[: match.start()]) or not thing:
                continue
            for one in _things(thing, said, kind):
                yield Fact(kind, one)
    if channel := _ONLY_BY.search(text):
        yield Fact(
            Kind.PREFERS,
            f"to be contacted by "
            f"{_CHANNELS.get((channel[1] or channel[2]).lower(), (channel[1] or channel[2]).lower())} "
            f"only",
        )
    for match in _FAN.finditer(text):
        for one in _things(match["thing"], said, Kind.LIKES):
            yield Fact(Kind.DISLIKES if match["no"] else Kind.LIKES, one)
    for match in _FAVOURITE.finditer(text):
        for one in _things(match["thing"], said, Kind.LIKES)[:1]:
            yield Fact(Kind.LIKES, f"{one} (favourite {match['what'].lower()})")
    for match in _ALLERGY.finditer(text):
        if (match["kind"] or "").lower() in ("lactose intolerant", "gluten intolerant"):
            yield Fact(Kind.ALLERGY, match["kind"].split()[0].lower())
        else:
            for one in _things(match["thing"] or match["thing2"] or "", said, Kind.ALLERGY):
                yield Fact(Kind.ALLERGY, one)
    for match in _DIET.finditer(text):
        yield Fact(Kind.IS, match["what"].lower(), gone=bool(match["no"]))


def _things(text: str, said: Said, kind: Kind) -> list[str]:
    """The things named at the start of `text`: one, or a short list ("cats and old films"); empty when there is none."""
    first = _thing(text, said, kind)
    if not first:
        return []
    found = [first]
    rest = text[len(first) :] if text.lower().startswith(first.lower()) else ""
    while more := re.match(
        r"\s*(?:,| and|, and)\s+(?!i\b|my\b|the\b|we\b|it\b|so\b|but\b|please\b)(.+)", rest, re.IGNORECASE | re.DOTALL
    ):
        one = _thing(more[1], said, kind)
        after = more[1][len(one) :].lstrip() if one and more[1].lower().startswith(one.lower()) else "x"
        if (
            not one
            or (after and not re.match(r"[,.!]|and\b|but\b|so\b", after, re.IGNORECASE))
            or len(one.split()) > 3
            or len(found) == 3
        ):
            break
        found.append(one)
        rest = more[1][len(one) :]
    return found


def _thing(text: str, said: Said, kind: Kind) -> str:
    ending = re.search(r"\b(?:in|on|at|with|about|to|of|over)$", short := _STOP.sub("", text.strip()).strip(), re.IGNORECASE)
    thing = short[: ending.start()].strip() if ending else short
    words = thing.split()
    low = [word.lower() for word in words]
    article = low[:1] in (["a"], ["an"], ["the"])
    core = low[1:] if article else low
    if (
        not core
        or len(words) > MAX_WORDS
        or core[0] in _VAGUE
        or (low[0] == "the" and kind != Kind.PREFERS)
        or any(word in _SERVICE for word in core)
    ):
        return ""
    if kind == Kind.LIKES and (low[0] in ("a", "an") or re.search(r"\bplease\b", text, re.IGNORECASE)):
        return ""  # "I like a coffee please" asks for one
    if core[0] in FUNCTION - _ALLOWED_FIRST or any(
        word in ("your", "you", "u", "it", "this", "that", "my", "me", "his", "her") for word in core
    ):
        return ""
    if any(any(char.isdigit() for char in word) for word in core) and kind != Kind.PREFERS:
        return ""
    if kind == Kind.PREFERS and any(word.rstrip("s") in _TIMES for word in core):
        return ""  # for this once
    if kind == Kind.PREFERS and len(core) == 1 and core[0].endswith("ly"):
        return ""
    if len(core) <= 2 and core[-1] == "seat" and not article:
        return " ".join(core) + "s"
    shown = [PRODUCTS.get(word.lower(), word if said.cased else word.lower()) for word in words]
    return " ".join(shown)


_TIMES = listed(
    """
    monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight morning afternoon evening
    noon earlier later sooner date time am pm next week weekend month slot appointment hour first second latter
    former other option
    """
)
_ALLOWED_FIRST = listed(
    """
    email phone mail morning afternoon evening night weekend window aisle middle small old new calling being
    going
    """
)
