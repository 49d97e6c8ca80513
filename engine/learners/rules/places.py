"""Finds where the customer lives and works: city, address, employer, trade."""

import re
from collections.abc import Iterator

from .facts import Fact, Kind
from .given_names import GIVEN_NAMES
from .places_known import MAKES, PLACES, PRODUCTS
from .tokens import Clause, Token, tokens
from .turns import Conversation, Said
from .wordlist import listed
from .words import FUNCTION, is_common, looks_like_a_word

_NOW = r"(?:now |currently |still |actually |just |have |both |recently |finally |also )*"
_LIVES = re.compile(
    rf"\b(?:(?:i|we|i'm|im|i am|we're|we are) {_NOW}(?:live|lives|living|reside|residing|based|located"
    rf"|settled)(?: here| alone| together| happily)?(?: now| currently)? (?:in|at|near)"
    r"|my (?:new |home |current )*(?:city|town|home town|hometown|residence) (?:is|:)(?: now| in)*)\s+",
    re.IGNORECASE,
)
_MOVED = re.compile(
    rf"\b(?:i|we|i've|ive|we've|i have|we have) {_NOW}(?:moved|relocated|shifted)\b(?P<rest>[^.;!?]*)",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"\bfrom (?P<old>[^,.]+?) to (?P<new>.+)", re.IGNORECASE)
_SEND_TO = re.compile(r"\b(?:to|in|at) ", re.IGNORECASE)
_OF_HOMES = re.compile(
    r"\b(?:house|home|apartment|flat|address|city|town|village|live|living|place|relocated|state"
    r"|country|deliver\w*|ship\w*|send|post)\b",
    re.IGNORECASE,
)
_I_AM_FROM = re.compile(r"\b(?:i'm|i am|im|we're|we are|this is [\w ]{2,30}?)(?: calling| writing)? from\s+", re.IGNORECASE)
_LEGAL_FORMS = listed(
    """
    corp corporation inc ltd limited gmbh llc bv nv plc sa ag co company industries group holdings technologies
    solutions infotech
    """
)
_NOT_LIVING = re.compile(
    r"\b(?:not|don't|dont|didn't|used to|no longer|never|would|might|want|if|planning|going|hope|will"
    r"|wish|when|before|until|unless|formerly)\b[^,;]*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\bmy (?:new |home |current |postal |mailing |shipping |delivery |billing "
    r"|street )*address (?:is|:|has changed to|changed to)(?: now)?\s+(?P<value>[^?!]+)",
    re.IGNORECASE,
)
_ADDRESS_END = re.compile(
    r"\s*(?:[.;]|\b(?:and (?:my|i|the)|my (?:phone|name|e-?mail|number)|phone|please|thanks?"
    r"|thank you|can you|could you|so|but|because|not)\b).*$",
    re.IGNORECASE,
)
_WORKS = re.compile(
    rf"\b(?:(?:i|i'm|im|i am|we) {_NOW}(?:work|working|employed)(?: there)? (?:at|for)"
    rf"|i am employed by|(?<=and )work (?:at|for)|my (?:new |current )?(?:company|employer"
    rf"|organi[sz]ation|firm|workplace)"
    r"(?:'s)?(?: name)?(?: is| :|:|'s)(?: called| named)?|^company(?: name)?(?: is|:))\s+",
    re.IGNORECASE,
)
_TRADES = (
    "(?:(?:school|registered|software|truck|taxi|bus|primary|math|civil|web|freelance|professional"
    "|retired) )?(?:nurse|teacher|engineer|developer|doctor|driver|pilot|"
    "lawyer|accountant|designer|photographer|journalist|electrician|plumber|carpenter|chef|baker"
    "|farmer|dentist|pharmacist|architect|librarian|programmer|"
    "translator|writer|musician|firefighter|paramedic|veterinarian|vet|surgeon|physiotherapist|hairdresser|mechanic)"
)
_JOB = re.compile(
    rf"\bi(?:'m| am)? {_NOW}(?:work|working|employed)(?: (?:at|for|with) [\w&. -]{{2,40}}?)? as (?:an? |the )"
    rf"|\b(?:i'm|i am|im) an? (?={_TRADES}\b)|\bi work as (?:an? )?",
    re.IGNORECASE,
)
_JOB_END = re.compile(
    r"\b(?:at|for|in|and|but|so|with|who|since|because|on|here|there|please|when|where|now)\b|[,.;!?]", re.IGNORECASE
)
_CORRECTS = re.compile(r"(?:no|nope|sorry|oops|wait|i mean|i meant|correction)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:yes|no|sorry|i mean|i meant|sure|ok|okay|of course|it'?s|it is|that'?s|in|at|i live in|we live in|the|from"
    r"|i'm in|i am in|i'm from|i am from|now|called|company|name|is|i work (?:at|for))\b[\s,.:-]*)+",
    re.IGNORECASE,
)
_NO_COMPANY = frozenset(
    (
        "myself",
        "me",
        "you",
        "them",
        "him",
        "her",
        "us",
        "home",
        "night",
        "nights",
        "it",
        "this",
        "that",
        "people",
        "clients",
        "free",
        "cash",
        "fun",
        "living",
    )
)


def find_places(conversation: Conversation) -> list[Fact]:
    """City, address, company and trade, as the customer states them of themselves now (not plans, not the past)."""
    found: list[Fact] = []
    for said in conversation.said:
        known = len(found)
        for clause in said.clauses:
            if not clause.asks or "," in clause.text:
                found += _cities(clause, said.cased)
                found += _work(clause, said.cased)
        if address := _address(said):
            found.append(address)
        found += _answers(said)
        if _CORRECTS.match(said.text):
            fresh = {fact.kind for fact in found[known:]}
            found = [fact for fact in found[:known] if fact.kind not in fresh] + found[known:]
    return found


def _cities(clause: Clause, cased: bool) -> Iterator[Fact]:
    text = clause.text
    for match in _LIVES.finditer(text):
        if not _NOT_LIVING.search(text[: match.end()]) and (city := _place(text[match.end() :], cased, announced=True)):
            yield Fact(Kind.CITY, city)
    at_home = bool(_OF_HOMES.search(text))
    for match in _MOVED.finditer(text):
        if _NOT_LIVING.search(text[: match.start()]):
            continue
        rest = match["rest"]
        if ways := _FROM_TO.search(rest):
            new, old = (
                _place(ways["new"], cased and at_home, announced=False),
                _place(ways["old"], cased and at_home, announced=False),
            )
            if new:
                yield Fact(Kind.CITY, new, before=old)
                continue
        for to in _SEND_TO.finditer(rest):
            if city := _place(rest[to.end() :], cased and at_home, announced=False):
                yield Fact(Kind.CITY, city)
                break


def _place(text: str, cased: bool, *, announced: bool) -> str:
    """The place that `text` begins with. `announced`: the words before it leave no other reading ("I live in")."""
    row = tokens(text)
    low = " ".join(token.low for token in row[:4])
    known = max((place for place in PLACES if (low + " ").startswith(place + " ")), key=len, default="")
    if known:
        words = known.split()
        return (
            " ".join(_cap(token.text) for token in row[: len(words)])
            if known not in ("us", "usa", "uk", "uae")
            else known.upper()
        )
    run: list[Token] = []
    for token in row:
        if not token.is_word or token.low in FUNCTION or (run and token.start - run[-1].end > 1):
            break
        if cased and not token.is_capital:
            break
        if not cased and looks_like_a_word(token.low):
            break
        run.append(token)
        if len(run) == 3:
            break
    if not run or not all(len(token.low) > 2 for token in run[:1]):
        return ""
    words = [token.low for token in run]
    if any(word in PRODUCTS or word in MAKES for word in words) or is_common(words[0]):
        return ""
    after = row[len(run)] if len(row) > len(run) else None
    if not announced and (
        not cased
        or words[0] in GIVEN_NAMES
        or (after is not None and after.is_word and is_common(after.low) and after.low not in FUNCTION)
    ):
        return ""
    if not cased and len(run) > 2:
        return ""
    return " ".join(_cap(token.text) for token in run)


def _cap(word: str) -> str:
    return word if any(char.isupper() for char in word) else word.capitalize()


def _address(said: Said) -> Fact | None:
    match = _ADDRESS.search(said.text)
    value = _ADDRESS_END.sub("", match["value"]) if match else ""
    if not match and "address" in said.asked and not said.of_others and "?" not in said.text:
        value = _ADDRESS_END.sub("", _LEAD.sub("", said.text))
        if "name" in said.asked and (person := re.match(r"(?:[^\W\d]+ ?){1,3},? +(?=(?:no |flat |door )?\d)", value)):
            value = value[person.end() :]
    value = " ".join(value.split()).strip(" ,.-")
    words = value.split()
    street = bool(re.search(r"\d", value)) and sum(word.isalpha() for word in words) >= 1 and "@" not in value
    if not street or not 2 <= len(words) <= 12 or re.search(r"\b(?:i|my|you|is|not)\b", value, re.IGNORECASE):
        return None
    return Fact(Kind.ADDRESS, value if any(char.isupper() for char in value) else value.title())


def _work(clause: Clause, cased: bool) -> Iterator[Fact]:
    text = clause.text
    for match in _WORKS.finditer(text):
        rest = text[match.end() :]
        if _NOT_LIVING.search(text[: match.end()]) or not (company := _company(rest, cased)):
            continue
        if (
            "work" in match[0].lower()
            or "employed" in match[0].lower()
            or re.match(r"\s*(?:[,.;]|and\b|$)", rest[len(company) :], re.IGNORECASE)
        ):
            yield Fact(Kind.COMPANY, company)
    for match in _I_AM_FROM.finditer(text):
        company = _company(text[match.end() :], cased)
        if company and company.rpartition(" ")[2].lower().strip(".") in _LEGAL_FORMS:
            yield Fact(Kind.COMPANY, company)
    for match in _JOB.finditer(text):
        if _NOT_LIVING.search(text[: match.start()]):
            continue
        rest = text[match.end() :]
        end = _JOB_END.search(rest)
        job = (rest[: end.start()] if end else rest).strip()
        if (
            job
            and len(job.split()) <= 4
            and not any(char.isdigit() for char in job)
            and job.split()[0].lower() not in FUNCTION
        ):
            yield Fact(Kind.JOB, f"{'an' if job[0].lower() in 'aeio' else 'a'} {job}")


def _company(text: str, cased: bool) -> str:
    row = tokens(text)
    run: list[Token] = []
    for token in row:
        low = token.low
        if token.text == "&" and run:
            run.append(token)
            continue
        if not token.is_word and not (token.is_digits and run and token.start - run[-1].end <= 1 and len(token.text) <= 3):
            break
        if (
            low in FUNCTION
            and not (cased and token.is_capital)
            and not (low in ("of", "and") and run and cased and _capital_next(row, token))
        ):
            break
        if cased and not token.is_capital and run:
            break
        run.append(token)
        if len(run) == 5:
            break
    words = [token.low for token in run]
    while words and words[-1] in ("and", "of", "&", "as"):
        words.pop()
        run.pop()
    if (
        not words
        or words[0] in _NO_COMPANY
        or (all(is_common(word) for word in words) and not (cased and run[0].is_capital))
    ):
        return ""
    if not cased and is_common(words[0]) and len(words) > 2:
        return ""
    return " ".join(PRODUCTS.get(token.low) or _cap(token.text) for token in run).replace(" .", ".")


def _capital_next(row: list[Token], token: Token) -> bool:
    place = row.index(token) + 1
    return place < len(row) and row[place].is_capital


def _answers(said: Said) -> Iterator[Fact]:
    """A bare answer to "which city" or "which company"."""
    if said.of_others or not ({"city", "company"} & said.asked) or "?" in said.text or len(said.text.split()) > 8:
        return
    text = _LEAD.sub("", said.text)
    if "city" in said.asked and (city := _place(text, said.cased, announced=True)):
        yield Fact(Kind.CITY, city)
    elif "company" in said.asked and "name" not in said.asked - {"company"} and (company := _company(text, said.cased)):
        yield Fact(Kind.COMPANY, company)
