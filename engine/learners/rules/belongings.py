"""Finds what the customer owns (pets, vehicles, devices, a home) and what they gave up."""

import re
from collections.abc import Iterator

from .facts import Fact, Kind
from .places_known import MAKES, PRODUCTS
from .tastes import IF, VERY
from .tokens import Clause, Token, tokens
from .turns import Said
from .wordlist import listed
from .words import FUNCTION, is_common

_PETS = (
    "dogs? cats? pupp(?:y|ies) kittens? rabbits? hamsters? parrots? birds? horses? pon(?:y"
    "|ies) goldfish turtles? tortoises? snakes? guinea\\spigs? chickens?"
)
_VEHICLES = (
    "cars? motorcycles? motorbikes? bikes? bicycles? scooters? trucks? vans? boats? sailboats? campers? "
    "caravans? suvs? pickups? e-bikes?"
)
_DEVICES = (
    "iphones? ipads? imacs? macbooks? laptops? smartphones? tablets? tvs? televisions? kindles? "
    "playstations? xbox smartwatch(?:es)? apple\\swatch(?:es)? cameras? printers? "
    "drones? pianos? guitars? violins? drums? airpods routers? chromebooks? thermostats? dishwashers? washing\\smachines?"
)
_HOMES = "house apartment flat cottage farm garden shop bakery restaurant cafe boat"
_THINGS = "|".join(f"{_PETS} {_VEHICLES} {_DEVICES} {_HOMES}".split())
_COUNT = r"(?:an?|one|two|three|four|five|six|\d{1,2}|several)"
_PLAIN_WORD = r"[a-z0-9'-]+"
_OWNS = re.compile(
    rf"(?:^|[\s,;])(?:i|we|i've|we've)\s+(?P<no>(?:do not|don'?t|no longer"
    rf"|never)\s+)?{VERY}(?:have got|have|own|got|keep|drive|ride|'ve got)\s+"
    rf"(?P<thing>{_COUNT}\s+(?:{_PLAIN_WORD}\s+){{0,3}}?(?:{_THINGS})(?:(?:(?<=phone)"
    rf"|(?<=ipad)) \d{{1,2}}\b(?: pro| max| plus| mini)*)?(?:\s+(?:named"
    rf"|called)\s+[a-z]+(?:\s+and\s+[a-z]+)?)?)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_DRIVES = re.compile(
    r"(?:^|[\s,;])(?:(?:i|we)\s+(?:currently |now |also )?(?:own|drive|have)\s+(?:an?|the)\s+"
    r"|my (?:new |other |own )?(?:car|vehicle|truck|bike|motorcycle|suv|van)(?: model| make)?"
    r" (?:is|:)(?: an?| the)?\s+|(?:for|on|of|with|about) my (?=\S+\s*\S*\s*\S*\s*(?:$|car|\d)))(?P<thing>.+)",
    re.IGNORECASE,
)
_MY_PET = re.compile(
    r"\bmy (?P<pet>dog|cat|puppy|kitten|rabbit|horse|parrot|hamster)(?:'s name is|s name is"
    r"| is (?:called|named)|,? (?:called|named))\s+(?P<name>[^\W\d_]+)",
    re.IGNORECASE,
)
_GONE = re.compile(
    rf"(?:^|[\s,;])(?:i|we|i've|i have)\s+(?:have )?(?:just |recently |now )?(?:sold|got rid of"
    rf"|gave away|no longer (?:have|own|drive)|don'?t (?:have|own) (?=.*\bany ?more))\s*(?:my|our|the"
    rf"|an?|that)?\s*"
    rf"(?P<thing>(?:{_PLAIN_WORD}\s+){{0,3}}?(?:{_THINGS})"
    rf"|(?:{'|'.join(sorted(MAKES, key=len, reverse=True))})(?:\s+[a-z0-9-]+)?)\b",
    re.IGNORECASE,
)


def possessions(clause: Clause, said: Said) -> Iterator[Fact]:
    text = clause.text
    for match in _OWNS.finditer(text):
        if (
            IF.search(text[: match.start()])
            or _BUSINESS.search(match["thing"])
            or any(word.lower() in _BETWEEN for word in match["thing"].split())
        ):
            continue
        if re.match(
            r"\s*(?:[a-z]+ )?(?:reservation|booking|problem|issue|insurance|rental|question|claim"
            r"|payment|loan|delivery|on order|appointment|policy|accident|crash|ticket)",
            match["rest"],
            re.IGNORECASE,
        ):
            continue
        following = re.match(r"\s*([a-z]+)", match["rest"], re.IGNORECASE)
        if (
            following
            and match["rest"][:1] == " "
            and following[1].lower() not in FUNCTION | _MODELS
            and is_common(following[1].lower())
        ):
            continue  # "a car seat", "a house fire"
        thing = match["thing"].strip() if said.cased else match["thing"].strip().lower()
        thing = re.sub(
            r"\b(named|called) ([a-z]+(?: and [a-z]+)?)$",
            lambda name: f"{name[1]} {name[2].title().replace(' And ', ' and ')}",
            thing,
            flags=re.IGNORECASE,
        )
        thing = " ".join(PRODUCTS.get(word.lower(), word) for word in thing.split())
        if match["no"]:
            yield Fact(Kind.OWNS, re.sub(rf"^{_COUNT}\s+", "", thing, flags=re.IGNORECASE), gone=True)
        else:
            yield Fact(Kind.OWNS, thing)
            if another := re.match(
                rf"\s*(?:,|and)\s+({_COUNT}\s+(?:{_PLAIN_WORD}\s+)?(?:{_THINGS}))\b(?!\s+(?:reservation"
                rf"|booking|insurance|loan))",
                match["rest"],
                re.IGNORECASE,
            ):
                yield Fact(Kind.OWNS, another[1].lower())
    for match in _DRIVES.finditer(text):
        if not IF.search(text[: match.start()]) and (car := _car(match["thing"])):
            yield Fact(Kind.OWNS, car)
    for match in _MY_PET.finditer(text):
        if match["name"].lower() not in FUNCTION:
            yield Fact(Kind.OWNS, f"a {match['pet'].lower()} named {match['name'].capitalize()}")
    for match in _GONE.finditer(text):
        yield Fact(Kind.OWNS, match["thing"].lower().strip(), gone=True)


_BETWEEN = frozenset(["about", "my", "your", "for", "with", "in", "on", "of", "to", "at", "from", "the", "this", "that"])
_BUSINESS = re.compile(
    r"\b(?:broken|new order|rental|rented|hire|loaner|issue|problem|wrong|defective|faulty)\b", re.IGNORECASE
)
_CAR_LEAD = re.compile(
    r"^(?:(?:yes|sure|ok|okay|it'?s|its|it is|that'?s|an?|the|my|car|cars|vehicle|is|make|model|of"
    r"|brand|and|name|one|i have|i own|i drive|for)\b[\s,.:-]*)+",
    re.IGNORECASE,
)


def bare_car(said: Said) -> Fact | None:
    """A turn that is only a make and model, in a talk about the customer's car."""
    if (
        len(said.text.split()) > 14
        or "?" in said.text
        or re.search(
            r"\b(?:rent|buy|not|sold|his|her|wife|husband|like|want|need|looking|price)\b", said.text, re.IGNORECASE
        )
    ):
        return None
    text = re.sub(
        r"\b(?:and )?(?:the )?(?:make|model|brand)(?: of (?:the|my) (?:car|vehicle))?(?: is)?\b",
        " ",
        said.text,
        flags=re.IGNORECASE,
    ).strip()
    if not re.match(r"^(?:19|20)\d\d [a-z]", text):
        lead = _CAR_LEAD.match(text)
        text = text[lead.end() :] if lead else text
    car = _car(text)
    return Fact(Kind.OWNS, car) if car else None


_MODELS = listed("pro max plus mini air ultra")
_NO_MODEL = listed(
    "rental rented rent dealer dealership insurance hire hired loan lease leased engine part parts "
    "key keys warranty service tires tyres keyboard piano"
)


def _car(text: str) -> str:
    """ "nissan versa 2015" as "a 2015 Nissan Versa"; empty unless it begins with a make (or a model year and a make)."""
    row = tokens(text)
    year = ""
    if row and re.fullmatch(r"(?:19|20)\d\d", row[0].text):
        year, row = row[0].text, row[1:]
    low = " ".join(token.low for token in row[:2])
    make = max((make for make in MAKES if low == make or low.startswith(make + " ")), key=len, default="")
    if not make or make in ("seat", "smart"):
        return ""
    rest = row[len(make.replace("-", " ").split()) if "-" not in row[0].text else 1 :]
    model: list[Token] = []
    previous_end = rest[0].start if rest else 0
    for token in rest:
        if re.fullmatch(r"(?:19|20)\d\d", token.text):
            year = year or token.text
            break
        if token.low in ("model", "series", "class") or (token.low in ("year", "manufactured", "make", "car") and not model):
            if token.low in ("series", "class"):
                model.append(token)
            continue
        if (
            token.start - previous_end > 7
            or not (token.is_word or token.is_digits)
            or token.low in FUNCTION
            or token.low in ("year", "car", "make", "manufactured")
            or len(model) == 3
        ):
            break
        model.append(token)
        previous_end = token.end
    if any(token.low in _NO_MODEL for token in model):
        return ""
    if not model and not year and len(row) > len(make.split()) and rest and rest[0].is_word:
        return ""
    shown_make = make.upper() if len(make) <= 3 and make != "kia" else make.title()
    shown = " ".join(
        token.text.upper() if len(token.text) == 1 else token.text if token.text != token.low else token.text.capitalize()
        for token in model
    )
    shown = re.sub(r"\b([A-Z]) (\d{1,4})\b", r"\1\2", shown)
    car = " ".join(part for part in (year, shown_make, shown) if part)
    return f"{'an' if car[0] in 'AEIO' else 'a'} {car}"
