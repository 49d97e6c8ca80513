"""The lines that hold facts in a block: how they are read back and how they are written."""

import re
from dataclasses import dataclass, replace
from datetime import date

from .facts import Kind
from .numbers import DATED
from .tokens import squash

DATE = r"\(\d{4}-\d\d-\d\d\)"
_BULLET = re.compile(r"^(\s*(?:[-*•]\s+)?)(.*?)(\s*)$", re.DOTALL)
_FIELDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("name", "full name", "customer name", "user name", "user's name", "customer", "customer's name", "first name"),
        Kind.NAME,
    ),
    **dict.fromkeys(("e-mail", "email", "mail", "e-mail address", "email address"), Kind.EMAIL),
    **dict.fromkeys(
        ("phone", "phone number", "telephone", "mobile", "mobile number", "tel", "cell", "contact number", "phone no"),
        Kind.PHONE,
    ),
    **dict.fromkeys(("lives in", "city", "location", "home city", "residence", "based in", "home"), Kind.CITY),
    **dict.fromkeys(("address", "home address", "postal address"), Kind.ADDRESS),
    **dict.fromkeys(("works at", "works for", "company", "employer", "organisation", "organization"), Kind.COMPANY),
    **dict.fromkeys(("works as", "job", "occupation", "profession", "job title"), Kind.JOB),
}
_NUMBER_LABEL = re.compile(
    r"^(?:[A-Z][a-z]+ )?(?:account|booking|policy|claim|ticket|case|tracking|invoice|contract|member"
    r"|customer|patient|reference|order)(?: (?:number|no\.?|id))?$|^order$",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^(?P<label>[A-Za-z][A-Za-z' -]{1,28}?)\s*(?P<sign>:)\s*(?P<value>.*)$", re.DOTALL)
_PHRASE = re.compile(
    r"^(?P<label>Lives in|Works at|Works for|Works as|Based in)\s+(?P<value>.+)$", re.IGNORECASE | re.DOTALL
)
_PAST = re.compile(rf"^(?P<now>.*?)(?:\s*(?P<date>{DATE}))?(?:,? before that (?P<before>.+?))?\.?$", re.DOTALL)
_TASTE_LABEL = {
    "likes": Kind.LIKES,
    "dislikes": Kind.DISLIKES,
    "prefers": Kind.PREFERS,
    "allergic to": Kind.ALLERGY,
    "owns": Kind.OWNS,
    "is": Kind.IS,
    "loves": Kind.LIKES,
    "hates": Kind.DISLIKES,
}
_TASTE = re.compile(
    rf"^(?P<verb>Likes|Dislikes|Prefers|Allergic to|Owns|Is|Loves|Hates)\s+(?P<thing>.+?)\s*(?P<date>{DATE})?\.?$",
    re.IGNORECASE | re.DOTALL,
)
_REQUEST = re.compile(rf"^(?P<what>(?:Asked|Reported|Had) .+?)\s*(?P<date>{DATE})$", re.DOTALL)
_UNKNOWN = re.compile(
    r"^\s*(?:\(?(?:unknown|not known|none|n/?a|tbd|\?+|-+|not (?:given|provided|set)(?: yet)?"
    r"|to be (?:filled|learned).*)\)?\.?)?\s*$",
    re.IGNORECASE,
)
INTERESTS = "Interests"
_TEMPLATE = re.compile(
    r"section of (?:my )?core memory|devoted to information about|^\W*(?:empty|none|n/?a|unknown|tbd"
    r"|nothing|no (?:information|info|data|summary|memory|memories|facts|details)\b.{0,60}?)\W*$|"
    r"^\W*(?:this block is empty|nothing (?:is )?known.{0,30}|to be (?:filled|updated).{0,40}"
    r"|not yet known|no conversation.{0,40})\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block. `kind` is None for text that holds no fact in a known format."""

    text: str
    kind: Kind | None = None
    label: str = ""
    """as written, for fields and numbers"""
    value: str = ""
    day: str = ""
    """ISO date, when the line is dated"""
    before: str = ""
    is_phrase: bool = False
    items: tuple["Line", ...] = ()
    """the tastes of an "Interests" line"""

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    @property
    def is_dated(self) -> bool:
        return bool(self.day)

    @property
    def key(self) -> str:
        return squash(self.value)


def is_template(value: str, description: str) -> bool:
    """Whether a block's value is only a placeholder, which the first fact replaces."""
    text = " ".join(value.split())
    return (
        not text
        or bool(_TEMPLATE.search(text) and len(text) < 200)
        or (len(text) > 10 and squash(text) == squash(description))
    )


def parsed(text: str) -> Line:
    """One line, read."""
    bullet = _BULLET.match(text)
    body = bullet[2] if bullet else text
    if field := _FIELD.match(body):
        label, value = " ".join(field["label"].lower().split()), field["value"]
        if label == INTERESTS.lower():
            items = tuple(_items(value))
            return Line(text, Kind.LIKES if items else None, field["label"], value, items=items)
        if label in _FIELDS:
            return _dated(text, _FIELDS[label], field["label"], "" if _UNKNOWN.match(value) else value)
        if _NUMBER_LABEL.match(label):
            return _dated(text, Kind.NUMBER, _plain_label(field["label"]), "" if _UNKNOWN.match(value) else value)
    if phrase := _PHRASE.match(body):
        line = _dated(text, _FIELDS.get(phrase["label"].lower(), Kind.CITY), phrase["label"], phrase["value"])
        return replace(line, is_phrase=True) if len(line.value.split()) <= 6 else Line(text)
    if taste := _taste(body, text):
        return taste
    if request := _REQUEST.match(body):
        return Line(text, Kind.REQUEST, value=request["what"], day=request["date"].strip("()"))
    return Line(text)


def _plain_label(label: str) -> str:
    low = re.sub(r"\s+(?:no\.?|id)$", " number", " ".join(label.lower().split()))
    low = "order" if low == "order number" else low if low == "order" or low.endswith("number") else f"{low} number"
    return low.capitalize()


def _dated(text: str, kind: Kind, label: str, value: str) -> Line:
    past = _PAST.match(value.strip())
    if past is None:
        return Line(text, kind, label, value.strip())
    return Line(text, kind, label, past["now"].strip(), (past["date"] or "").strip("()"), past["before"] or "")


def _taste(body: str, text: str) -> Line | None:
    found = _TASTE.match(body)
    if (
        found is None
        or (not found["date"] and len(found["thing"].split()) > 6)
        or (found["verb"].lower() == "is" and not found["date"])
    ):
        return None
    return Line(text, _TASTE_LABEL[found["verb"].lower()], found["verb"], found["thing"], (found["date"] or "").strip("()"))


def _items(value: str) -> list[Line]:
    items: list[Line] = []
    for piece in re.split(r"(?<=\d\)),\s+", value.strip().rstrip(".")):
        found = _taste(piece, piece)
        items.append(
            found
            if found is not None
            else Line(piece, value=piece, day=(day[0].strip("()") if (day := re.search(DATE, piece)) else ""))
        )
    return items


def fact_line(kind: Kind, value: str, today: date, *, label: str = "", before: str = "") -> str:
    """A fact as a line of its own."""
    day = f" ({today.isoformat()})"
    if kind in (Kind.CITY, Kind.COMPANY):
        return f"{kind} {value}{day}" + (f", before that {before}" if before else "")
    if kind == Kind.JOB:
        return f"{kind} {value}{day}"
    if kind == Kind.NUMBER:
        return f"{label}: {value}" + (day if label in DATED else "")
    if kind == Kind.REQUEST:
        return f"{value[:1].upper()}{value[1:]}{day}"
    if kind in (Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.ADDRESS):
        return f"{kind}: {value}"
    return f"{kind} {value}{day}"


def changed_line(line: Line, value: str, today: date, *, before: str = "") -> str:
    """`line` with its value replaced, its bullet, label and form kept as they were."""
    bullet = _BULLET.match(line.text)
    head = bullet[1] if bullet else ""
    if line.kind in (Kind.CITY, Kind.COMPANY, Kind.JOB) and (line.is_phrase or line.day):
        past = f", before that {before}" if before and line.kind != Kind.JOB else ""
        sign = " " if line.is_phrase else ": "
        return f"{head}{line.label}{sign}{value} ({today.isoformat()}){past}"
    if line.kind in (Kind.CITY, Kind.COMPANY) and before:
        return f"{head}{line.label}: {value} ({today.isoformat()}), before that {before}"
    if line.kind == Kind.NUMBER and line.day:
        return f"{head}{line.label}: {value} ({today.isoformat()})"
    return f"{head}{line.label}: {value}"


def interests_line(items: list[str]) -> str:
    """ "Interests: Likes cats (2025-09-03), dislikes noise (…)"."""
    first, *others = items
    return f"{INTERESTS}: " + ", ".join(
        [first[:1].upper() + first[1:], *(other[:1].lower() + other[1:] for other in others)]
    )
