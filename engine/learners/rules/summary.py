"""Keeps a running summary at one or two sentences in the third person: what the customer asked for lately, and its state."""

import re
from collections.abc import Sequence

from .given_names import TITLES
from .requests import Request
from .tokens import clauses, cleaned, squash
from .turns import Conversation

ANYONE = "The customer"
_SENTENCE_END = re.compile(r"(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\b[A-Z]\.)(?<=[.!?])\s+")
_VERBS = (
    r"(?:asked|reported|had a question|had|requested|wanted|wants|needs|needed|inquired|enquired"
    r"|contacted|called|is asking|was asking|asks|reports|requests|complained|mentioned|said)"
)
_RUNNING = re.compile(
    rf"^(?P<who>(?:The |A )?(?:user|customer|client|caller|person)|They|He|She"
    rf"|[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){{0,3}}) (?P<what>{_VERBS}\b.*?)(?P<state>; (?:this"
    rf"|the assistant) [^;]*)?[.!]?$",
    re.IGNORECASE,
)
_EARLIER = re.compile(r"^(?:Before that|Earlier), they (?P<what>.+?)[.!]?$")

_SOLVED = re.compile(
    r"\b(?:(?:it|that|this|its|it's|now|is|everything|all|problem|issue|outlook|works?) )?(?:working"
    r"|works|worked|solved|fixed|resolved|sorted)\b(?: (?:now|fine|again|great|perfectly|well|fast))*",
    re.IGNORECASE,
)
_UNSOLVED = re.compile(
    r"\b(?:not|n't|isn'?t|doesn'?t|won'?t|never|still|isn|stopped|yet to be|will be|be|get|gets|when"
    r"|if|unless|until|how|getting)\b",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\bstill (?:not|no|same|down|slow|nothing|doesn'?t|isn'?t|can'?t|cannot|won'?t|haven'?t|broken"
    r"|the same|having|waiting)\b|\b(?:didn'?t|did not|doesn'?t|does not) (?:help|work)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:i have|i've|we have|we've|has been|have been|is now|are now|has now been|i just|i) (?:now "
    r"|just |also |successfully |already |gone ahead and |been )*(?P<verb>changed|updated|sent"
    r"|emailed|e-mailed|cancelled|canceled|"
    r"refunded|booked|rebooked|reset|replaced|issued|processed|transferred|unlocked|activated|fixed"
    r"|corrected|removed|added|scheduled|rescheduled|placed|submitted|approved|upgraded|moved|ordered"
    r"|confirmed|"
    r"completed|resolved|reissued|credited|waived|blocked|closed|opened|extended|renewed|registered"
    r"|shipped|delivered|assigned|reserved)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:once|if|when|after|until|unless|not|n't|before|would|could|should)\b", re.IGNORECASE)
_REFUSED = re.compile(
    r"\b(?:unfortunately|unable to|cannot|can't|not possible|not eligible|not able to|no longer possible)\b", re.IGNORECASE
)
_PROMISED = re.compile(
    r"\b(?:will|'ll|going to)\b.*\b(?:within|in \d|in (?:a|the next)|by|shortly|soon|tomorrow|days?|hours?|weeks?)\b",
    re.IGNORECASE,
)
STATES = {
    "solved": "; this is solved",
    "done": "; this has been dealt with",
    "refused": "; the assistant could not do this",
    "open": "; this is still open",
}


def state_of(conversation: Conversation, requests: Sequence[Request]) -> str:
    """What became of the latest request: a key of STATES, or empty when the batch does not tell."""
    state, at = "", -1
    last = requests[-1].at if requests else -1
    wanted = _stems(requests[-1].rest) if requests else set()
    for turn in conversation.turns:
        if turn.role == "user":
            at += 1
            if at > last or (not requests and at >= 0):
                state = _said_by_customer(cleaned(turn.content)) or state
        elif turn.role == "assistant" and requests and at >= last:
            state = _said_by_assistant(cleaned(turn.content), wanted) or state
    return state


def _said_by_customer(text: str) -> str:
    for clause in clauses(text):
        if _STILL.search(clause.text):
            return "open"
        solved = _SOLVED.search(clause.text)
        if (
            solved
            and not clause.asks
            and not _UNSOLVED.search(clause.text[: solved.end()])
            and not re.match(r"\s*(?:on|for|at|with|as|from|in)\b", clause.text[solved.end() :])
            and (
                len(clause.text.split()) <= 4
                or re.search(r"\b(?:now|again|it|solved|resolved|problem|issue)\b", clause.text, re.IGNORECASE)
            )
        ):
            return "solved"
    return ""


def _said_by_assistant(text: str, wanted: set[str]) -> str:
    state = ""
    for clause in clauses(text):
        if clause.asks:
            continue
        near = bool(_stems(clause.text) & wanted)
        if near and (done := _DONE.search(clause.text)) and not _NOT_YET.search(clause.text[: done.end()]):
            state = "done"
        elif near and _REFUSED.search(clause.text):
            state = "refused"
        elif near and not state and _PROMISED.search(clause.text):
            state = "open"
    return state


def _stems(text: str) -> set[str]:
    small = {
        "their",
        "them",
        "they",
        "the",
        "for",
        "about",
        "that",
        "with",
        "your",
        "have",
        "has",
        "been",
        "and",
        "you",
        "help",
        "from",
        "will",
        "are",
        "not",
        "new",
        "whether",
        "can",
    }
    return {
        re.sub(r"(?:lling|lled|ing|ed|es|s|e|ll)$", "", word)
        for word in re.findall(r"[a-z]{3,}", text.lower())
        if word not in small
    }


def short_name(name: str) -> str:
    """What the summary calls the customer: the first name, or title and surname."""
    words = name.split()
    return " ".join(words[:2]) if words and words[0].lower().rstrip(".") in TITLES else words[0] if words else ANYONE


def sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE_END.split(" ".join(text.split())) if sentence.strip()]


def summarised(old: str, name: str, requests: Sequence[Request], state: str, limit: int) -> str:
    """The new summary, at most `limit` characters; `old` when nothing is to be changed.

    A sentence that is no running summary (somebody's note) stays in front, and the running part then has one sentence.
    """
    former = sentences(old)
    notes = [one for one in former if not _RUNNING.match(one) and not _EARLIER.match(one)]
    running = [one for one in former if one not in notes]
    who = short_name(name)
    if len(notes) > 1:
        return old
    known = squash(" ".join(running))
    fresh = [request for request in requests if squash(request.rest) not in known]
    if not fresh:
        return _touched_up(old, running, who, state, limit)
    earlier = _earlier(running)
    tail = STATES.get(state, "")
    for told in _choices(requests):
        for sentence in (f"{who} {told}{tail}.", f"{who} {told}."):
            for rest in ([earlier] if earlier and not notes else []) + [""]:
                text = " ".join(part for part in (*notes, sentence, rest) if part)
                if len(text) <= limit:
                    return text
    return old


def _choices(requests: Sequence[Request]) -> list[str]:
    """Ways to tell the requests, the fullest first; never more than three."""
    kept = list(requests[:1]) + list(requests[1:][-2:])
    ways = [kept, kept[-2:], kept[-1:], kept[:1]]
    return [_joined(way) for way in ways if way]


def _joined(requests: Sequence[Request]) -> str:
    parts: list[str] = []
    verb = ""
    for request in requests:
        parts.append(request.rest if request.verb == verb else request.phrase)
        verb = request.verb
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _earlier(running: Sequence[str]) -> str:
    for one in running:
        if match := _RUNNING.match(one):
            return f"Before that, they {match['what']}."
    return ""


def _touched_up(old: str, running: Sequence[str], who: str, state: str, limit: int) -> str:
    """`old` with the name now known, or the state now heard, put into its running sentence."""
    if not running or not (match := _RUNNING.match(running[0])):
        return old
    subject = (
        who if who != ANYONE and match["who"].lower() in ("the customer", "customer", "the user", "user") else match["who"]
    )
    ending = STATES.get(state) or match["state"] or ""
    text = old.replace(running[0], f"{subject} {match['what']}{ending}.", 1)
    return text if len(text) <= limit and (subject != match["who"] or ending != (match["state"] or "")) else old
