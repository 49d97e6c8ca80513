"""Turns the first person into the third ("change my seat" becomes "change their seat") and stops before it rambles."""

import re

from .mailboxes import before_email
from .places_known import PLACES, PRODUCTS
from .wordlist import listed
from .words import COMMON, FUNCTION, is_common

MAX_WORDS = 16
_SWAPS = {
    "i": "they",
    "i'm": "they are",
    "im": "they are",
    "iam": "they are",
    "i've": "they have",
    "ive": "they have",
    "i'll": "they will",
    "i'd": "they would",
    "my": "their",
    "mine": "theirs",
    "me": "them",
    "myself": "themselves",
    "we": "they",
    "we're": "they are",
    "we've": "they have",
    "our": "their",
    "ours": "theirs",
    "us": "them",
    "your": "the",
    "ur": "the",
    "pls": "",
    "plz": "",
    "please": "",
    "kindly": "",
    "sir": "",
    "madam": "",
    "dont": "don't",
    "doesnt": "doesn't",
    "cant": "cannot",
    "can't": "cannot",
    "wont": "won't",
    "didnt": "didn't",
    "isnt": "isn't",
    "havent": "haven't",
    "hasnt": "hasn't",
}
_AFTER_THEY = {
    "am": "are",
    "was": "were",
    "has": "have",
    "wants": "want",
    "needs": "need",
    "isn't": "aren't",
    "wasn't": "weren't",
    "doesn't": "don't",
}
_CUT = re.compile(
    r"(?:[,;:()!?]|(?<!\bdr)(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bst)\.(?:\s|$)|\s-\s|\b(?:please\b"
    r"|can (?:yo)?u|could (?:yo)?u|would you|will you|do you|help me|let me know|so (?:i|can|could"
    r"|please|that|now|my|we|it)|so$|"
    r"because|cause|since|but|and (?:i|my|the name|please|also|then|can|could|it|he|she|we|they|now"
    r"|name|number|booking|confirmation|policy|claim)|my name|name is|i am|i'm|im|i have|i had|i need"
    r"|i want|i can|"
    r"thanks|tnx|thnx|thnks|thx|thank (?:yo)?u|as (?:i|soon|the|it|my|we)|asap|which|sorry|hello|hi|if (?:you|possible"
    r"|that|u)|is that (?:ok|possible)|right now|for me|is it possible|how can|"
    r"what (?:should|can|do|is|i)|it (?:is|was|has|did|does|doesn't|keeps)|its|it's|this is|that is"
    r"|(?:my|our) \w+(?: \w+)? (?:is|was|are|were|got|has|won'?t))\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_PERSONAL = re.compile(
    r"\S*@\S*|\b[a-z]*\d[\w-]*\b.*$|\b(?:number|no|id|code|password|pin|ssn)\b(?:\s+(?:is|was|for))?\s*$", re.IGNORECASE
)
_SMALL_NUMBER = re.compile(r"^\d{1,4}$")
_DANGLING = listed(
    """
    and or but to of in on at for with from by about the a an my your their this that these those is are was
    were be i so if as because can could will would do does did have has which who when also just really very
    please it's its not any some into than until up more other too no
    """
)
_COUNT_NOUN = listed(
    """
    permit certificate licence license form letter coupon key menu number replacement book refund ticket copy
    flight seat boarding pass card account booking reservation appointment call callback quote receipt invoice
    loan keyboard keyboards phone laptop car policy claim upgrade discount voucher credit change update table
    room plan subscription password reset statement code manager agent human person representative technician
    doctor prescription new different second refill meal pizza burger sandwich order delivery window middle
    assignment arrangement aisle proof list
    """
)
_NO_ARTICLE = listed(
    """
    proof credit access help information assistance insurance money support advice details wifi internet food
    coverage delivery
    """
)


def retold(phrase: str, agents: frozenset[str], *, cased: bool, subject: bool = False) -> str:
    """`phrase` in the third person and cut to its first thought; empty when nothing readable is left.

    `subject`: the phrase begins with its own subject ("my card is lost"), so it may keep verbs after pronouns.
    """
    phrase = _CUT.sub("", phrase.strip()) if not subject else _cut_after_subject(phrase.strip())
    words = phrase.split()
    kept: list[str] = []
    cut_at_code = False
    for word in words:
        low = word.lower().strip(".,!?'\"")
        if not low or low in agents:
            continue
        if (
            any(char.isdigit() for char in low) and not (_SMALL_NUMBER.match(low) and kept and kept[-1] in _BEFORE_A_COUNT)
        ) or before_email(low) != low:
            cut_at_code = True
            break
        kept.append(
            _SWAPS.get(low, PRODUCTS.get(low) if low not in _NOT_A_PRODUCT else None)
            or ("" if low in _SWAPS else _case(word, low, cased))
        )
        kept = [one for one in kept if one]
        if low in ("no", "num") and len(kept) > 1 and kept[-2] in ("seat", "flight", "room", "order", "claim", "policy"):
            kept[-1] = "number"
        if len(kept) >= 2 and kept[-2].endswith("they"):
            kept[-1] = _AFTER_THEY.get(kept[-1], kept[-1])
    kept = " ".join(kept).split()
    while cut_at_code and kept and kept[-1] in ("number", "no", "num", "ref", "reference", "id"):
        kept.pop()
    while cut_at_code and kept and kept[-1] in _MONTHS:
        kept.pop()
    while cut_at_code and kept and (len(kept[-1]) <= 3 or not is_common(kept[-1].lower()) or kept[-1] in _COUNTS):
        kept.pop()
    if len(kept) > MAX_WORDS:
        kept = kept[: _last_joint(kept)]
    if len(kept) > 2 and kept[-2].lower() == "and" and len(kept) < 6:
        del kept[-2:]
    while (
        kept
        and kept[-1].lower() in _DANGLING
        and not (kept[-1].lower() in _ADVERBS and kept[-2:-1] and kept[-2].lower() in _TAKES_ADVERB)
    ):
        kept.pop()
    text = _PLURAL.sub(lambda found: found[1] if found[1][:-1] in COMMON else found[0], " ".join(kept))
    for pattern, better in _REPAIRS:
        text = pattern.sub(better, text)
    return re.sub(r"\b(a) (?=[aeiou](?!ni|se|ser))", "an ", text) if is_readable(text, cased) else ""


_MONTHS = listed(
    "january february march april may june july august september october november december jan feb "
    "mar apr jun jul aug sept oct nov dec"
)
_COUNTS = listed("one two three four five six seven eight nine ten")
_ADVERBS = frozenset(["on", "up", "in", "off", "out", "down"])
_TAKES_ADVERB = listed(
    """
    turn turned log logged sign signed start starts switch switched boot power turning logging come back check
    checked top fill set pick
    """
)
_PLURAL = re.compile(r"\ban? ((?!business\b|bus\b|gas\b|lens\b|news\b|sales\b|sports\b)[a-z]{3,}[^su\W]s)\b")
_REPAIRS = (
    (re.compile(r"\b(their \w+) and them\b"), r"themselves and \1"),
    (re.compile(r"\btheir another\b"), "another"),
    (re.compile(r"\b(one of (?:the|their) (?:\w+ )?\w+[^s\W])(?=$| (?:for|from|with|in)\b)"), r"\1s"),
    (re.compile(r"\bthe their\b"), "their"),
    (re.compile(r"\btheir status of\b"), "the status of"),
    (re.compile(r"\b(screen|display|keyboard|battery|password) (?=their\b)"), r"\1 of "),
    (re.compile(r" (?:to|on|at|via|by|through) their (?:mail|e-?mail|phone|mobile|inbox)(?: id| address| number)?$"), ""),
    (re.compile(r"\b(reimbursement|status|proof|copy) (?=their\b)"), r"\1 of "),
    (re.compile(r"\b(when|while) they (\w+ing)\b"), r"\1 \2"),
    (
        re.compile(
            r"\b(?:this|that) (?=[a-z]+\b)(?!is\b|was\b|an?\b|they\b|the\b|their\b|can\b|will\b|need|want|have\b"
            r"|morning\b|afternoon\b|evening\b|week|month|year|time\b)"
        ),
        "the ",
    ),
    (re.compile(r"\bin the flight$|\bat earliest$"), ""),
    (re.compile(r"\ban? (?=\w+(?: \w+){0,2} (?:expenses|updates|cars|details)\b)"), ""),
    (re.compile(r"\btheir own (?=own\b)"), "their "),
)
_BEFORE_A_COUNT = listed("for of last in than about under over up the only")
_NOT_A_PRODUCT = listed("word switch excel teams chrome visa pin sim apple amazon oracle spectrum ups")


def _cut_after_subject(phrase: str) -> str:
    head = re.match(r"\S+\s+\S+\s+\S+", phrase)
    return phrase if head is None else head[0] + _CUT.sub("", phrase[head.end() :])


def _case(word: str, low: str, cased: bool) -> str:
    word = word.strip('.,!?"')
    if not cased:
        return (
            low.title()
            if low in PLACES and len(low) > 3 and low not in ("nice", "reading", "york", "cork", "orlando")
            else low
        )
    return (
        low
        if word[:1].isupper() and (low in FUNCTION or is_common(low)) and word not in PLACES and not word.isupper()
        else word
    )


def _last_joint(words: list[str]) -> int:
    for index in range(MAX_WORDS, 5, -1):
        if index < len(words) and words[index].lower() in (
            "and",
            "to",
            "from",
            "for",
            "with",
            "in",
            "on",
            "at",
            "by",
            "about",
            "when",
            "after",
            "before",
            "while",
            "until",
            "that",
            "where",
            "or",
        ):
            return index
    return 0


def is_readable(text: str, cased: bool) -> bool:
    """Whether `text` is made of words, so that it can stand in a sentence: a lone misspelling passes, gibberish does not."""
    words = [word.lower().strip(".,") for word in text.split()]
    if not words or (
        len(words) == 1
        and words[0] in FUNCTION - {"seat", "ticket", "account", "order", "policy", "claim", "booking", "flight", "company"}
    ):
        return False
    if any(word in ("you", "u", "yourself", "it's") for word in words):
        return False
    strange = [
        word
        for word in words
        if word.isalpha() and not is_common(word) and word not in PLACES and word not in _PRODUCT_WORDS
    ]
    if words[0] in strange and not cased:
        return False
    return len(strange) <= (2 if cased else 1) and not any(
        word in FUNCTION and word in ("lol", "hmm", "uh", "um", "er") for word in words
    )


_PRODUCT_WORDS = frozenset(PRODUCTS)


def with_article(noun: str) -> str:
    """ "boarding pass" as "a boarding pass"; left alone with an article, a plural or a mass noun."""
    words = noun.lower().split()
    head = re.split(r"\b(?:of|for|to|from|in|on|with|about|at|by|and)\b", noun.lower())[0].split()
    if not head or words[0] in FUNCTION - {
        "new",
        "different",
        "middle",
        "seat",
        "ticket",
        "booking",
        "account",
        "order",
        "flight",
        "policy",
        "claim",
        "phone",
        "mobile",
        "full",
        "second",
    }:
        return noun
    if head[-1] in _NO_ARTICLE or (head[-1].endswith("s") and not head[-1].endswith("ss")) or head[-1] not in _COUNT_NOUN:
        return noun
    return f"{'an' if words[0][0] in 'aeio' else 'a'} {noun}"
