"""Names that stand bare: an answer to the assistant's question, or a turn of its own where those turns are missing."""

import re
from collections.abc import Sequence

from .lone_words import answers_a_request, is_car, is_number_turn, is_place
from .mailboxes import before_email
from .misspellings import is_misspelt
from .name_finds import CORRECTION, Found, is_fuller, whole_name
from .name_runs import Trust, is_given, name_run, written
from .places_known import MAKES, PLACES, PRODUCTS
from .tokens import Token, squash, tokens
from .turns import Conversation, Said
from .wordlist import listed
from .words import COMMON, FUNCTION, is_common

_LEAD = re.compile(
    r"^(?:(?:yes|yeah|yep|ya|yup|ok|okay|sure|surely|certainly|of course|absolutely|no problem|well"
    r"|um+|uh+|so|please|here (?:it is|you go|we go)|sir|ma'?am|alright|"
    r"right|oh|ah|hmm|it'?s|it is|it would be|it will be|that'?s|that is|that would be|that'd be"
    r"|that'll be|this is|the name is|name'?s?|is|i'?m|i am|iam|they call me|"
    r"just|mine is|spelled|spelt|under|thanks|thank you|hi|hello|hey|good (?:morning|afternoon"
    r"|evening)|no worries|gladly|my pleasure|happy to|for sure|and)\b[\s,.:;!-]*)+",
    re.IGNORECASE,
)
_GREETING_LEAD = re.compile(
    r"^(?:hi+|hello+|hey|hai+|thanks?(?: you)?|bye+|good (?:morning|afternoon|evening|day|night|bye)|ok|okay|dear)\b[ ,]",
    re.IGNORECASE,
)
_FOR_ANOTHER = re.compile(
    r"\b(?:for|on behalf of|about) (?:my|a|our|his|her) (?:\w+ )?(?:wife|husband|partner|son|daughter"
    r"|mother|father|mom|mum|dad|brother|sister|friend|colleague|boss|"
    r"grandmother|grandfather|aunt|uncle|cousin|nephew|niece|client|neighbou?r|fianc[eé]e?|spouse|kid"
    r"|child|parents?|roommate|boyfriend|girlfriend)\b",
    re.IGNORECASE,
)
_AM_I = re.compile(
    r"(?:\bam i (?:speaking|talking|chatting) (?:with|to)|\bis this|\bare you|\bis that|\byou are"
    r"|\byour name is|\bspeaking with)\s+",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|correct|right|that'?s (?:me|right|correct)|that is (?:me|right|correct)"
    r"|indeed|speaking|exactly)\b(?! but)",
    re.IGNORECASE,
)
_AFTER_BARE = listed(
    """
    and ac acc account no number ssn pass password pin booking confirmation my with phone email mail id policy
    company reference conf mobile customer order is the
    """
)


def answered(conversation: Conversation) -> list[Found]:
    """Names given bare: to the assistant's question, or, where its turns are missing, the first that stands by itself."""
    found: list[Found] = []
    answered = ""
    for at, said in enumerate(conversation.said):
        if said.question and (confirmed := _confirmed(said)):
            found.append(Found(confirmed, Trust.ASKED, at))
        if addressed := _addressed_back(said):
            found.append(Found(written(addressed), Trust.ASKED, at))
        asked = "name" in said.asked and not _about_another(conversation, said, at)
        correction = CORRECTION.match(said.text)
        if correction and found and found[-1].at >= at - 2:
            if (run := _corrected(said, correction.end(), found[-1])) and (asked or is_given(run[0].low)):
                found.append(Found(written(run), Trust.ASKED, at, _part_asked(said.question), corrects=True))
            continue
        if (
            asked
            and answered != said.question
            and (run := _bare(said, said.text, Trust.ASKED, conversation.agents) or _beside_number(said.text))
        ):
            if run[0].low in conversation.agents and len(run) == 1 and _GREETING_LEAD.match(said.text):
                continue
            answered = said.question
            found.append(Found(written(run), Trust.ASKED, at, _part_asked(said.question)))
        elif not conversation.guided and (run := _alone(conversation, at)):
            former = [one.name for one in found if one.trust == Trust.BARE]
            if former and len(run) > 1 and " " not in former[-1] and not _has_number(conversation, found[-1].at):
                found = [one for one in found if one.trust > Trust.BARE]  # that one was the assistant's
                former = []
            if not former or is_fuller(written(run), former[-1]):
                found.append(Found(written(run), Trust.BARE, at))
    return found or _shortest(conversation)


def _has_number(conversation: Conversation, at: int) -> bool:
    """Whether the name in the turn `at` has its customer's number beside it, in the turn before or in the next."""
    following = conversation.said[at + 1].text if at + 1 < len(conversation.said) else ""
    here = [one.text for one in conversation.said[max(0, at - 1) : at + 1]]
    return any(char.isdigit() for text in here for char in text) or (
        is_number_turn(following) and not _bare(conversation.said[at + 1], following, Trust.BARE)
    )


def _shortest(conversation: Conversation) -> list[Found]:
    """Three letters before a long number ("bex 2207"), which are a name only where nothing else is one."""
    if conversation.guided:
        return []
    for at, said in enumerate(conversation.said):
        run = _beside_number(said.text)
        if (
            run
            and len(tokens(said.text)[-1].text) <= 6
            and re.fullmatch(r"[^aeiou]{0,2}[aeiou]{1,2}[^aeiou]?[aeiou]?", run[0].low)
        ):
            return [Found(written(run), Trust.BARE, at)]
    return []


_THANKS = re.compile(
    r"(?:^|[.!,] )(?:thanks|thank you|hi|hello|great|perfect|ok|okay|sure|certainly|of course|got it"
    r"|sorry|nice to meet you|noted|all right|alright|welcome),? (?:(?:mr|mrs|ms"
    r"|dr)\.? )?([A-Z][\w'-]+)",
    re.IGNORECASE,
)


def _addressed_back(said: Said) -> list[Token]:
    """The name by which the assistant answers ("Thanks, Kenji"), read where the customer had said it; so it was theirs."""
    for match in _THANKS.finditer(said.reply):
        if not match[1][0].isupper() or match[1].lower() in FUNCTION:
            continue
        row = tokens(said.text)
        for index, token in enumerate(row):
            if token.low == match[1].lower() and (index == 0 or row[index - 1].low not in _GREETED):
                start = index - 1 if index and name_run(row, index - 1, Trust.ASKED, said.cased)[1:2] == [token] else index
                return name_run(row, start, Trust.ASKED, said.cased)
    return []


_GREETED = frozenset(("hi", "hello", "hey", "thanks", "you", "dear", "for", "morning", "my", "with", "to", "bye"))


def _corrected(said: Said, start: int, former: Found) -> list[Token]:
    text = _LEAD.sub("", said.text[start:])
    run = whole_name(text, said.cased)
    return run if run and squash(written(run)) != squash(former.name) else []


def _part_asked(question: str) -> str:
    low = question.lower()
    if re.search(r"\b(?:last|sur|family) ?name", low):
        return "" if "first" in low or "full" in low else "last"
    return "first" if "first name" in low else ""


def _about_another(conversation: Conversation, said: Said, at: int) -> bool:
    if said.of_others:
        return True
    another = any(_FOR_ANOTHER.search(earlier.text) for earlier in conversation.said[:at])
    return another and "your name" not in said.question.lower() and "your full name" not in said.question.lower()


def _confirmed(said: Said) -> str:
    """The name in "Am I speaking with Sarah Okafor?" when the answer is yes."""
    if not _YES.match(said.text):
        return ""
    for match in _AM_I.finditer(said.question):
        row = tokens(said.question[match.end() :])
        run = name_run(row, 0, Trust.PLAIN, cased=True)
        after = said.question[match.end() :][run[-1].end :] if run else ""
        if run and after.lstrip(" ,").lower().startswith(("?", "correct", "right", "is that")):
            return written(run)
    return ""


def _bare(said: Said, text: str, trust: Trust, agents: frozenset[str] = frozenset()) -> list[Token]:
    """The name that an answer consists of, beside numbers and polite words."""
    best: list[Token] = []
    for piece in _pieces(text, trust):
        run = _bare_piece(said, piece, trust, agents)
        if run and (not best or is_fuller(written(run), written(best))):
            best = run
    return best


_NUMBER_FIRST = re.compile(
    r"^(?:my )?(?:ssn|social|account|acct?|card|booking|policy|confirmation|order|id|pin|phone|mobile)"
    r"(?: (?:number|num|no|id|is|code))* \d[\d -]*\d (?:and )?(?=[^\W\d_]{2})|^\d{4,} (?=[^\W\d_]{2,}$)",
    re.IGNORECASE,
)


def _bare_piece(said: Said, piece: str, trust: Trust, agents: frozenset[str]) -> list[Token]:
    piece = _NUMBER_FIRST.sub("", piece, count=1)
    row = tokens(_LEAD.sub("", piece, count=1))
    if len(row) < len(tokens(piece)) and len(row) > 2 and row[0].low in agents and row[1].text in ",.!":
        row = tokens(_LEAD.sub("", _LEAD.sub("", piece, count=1)[row[1].end :].strip(), count=1))
    run = name_run(row, 0, trust, said.cased)
    rest = row[len(run) :]
    if run and len(run) == 1 and run[0].text.islower() and not is_given(run[0].low) and is_misspelt(run[0].low):
        return []
    if not run or not rest:
        return run
    if trust == Trust.ASKED and len(rest) == 2 and rest[0].text == "," and (turned := _turned_round(run, rest[1])):
        return turned
    if trust < Trust.ASKED and rest[0].low in PLACES:
        return []
    ends = not rest[0].is_word or rest[0].low in _AFTER_BARE or _is_code(rest)
    if trust < Trust.ASKED and rest[0].is_word:
        numbered = rest[0].low == "and" and len(rest) > 1 and rest[1].low in _AFTER_BARE
        ends = ends and (numbered or any(token.is_digits for token in rest))
    goes_on = trust == Trust.ASKED and rest[0].low in FUNCTION and not is_common(run[0].low)
    return run if ends or goes_on else []


def _turned_round(run: list[Token], first: Token) -> list[Token]:
    """ "Okafor, Sarah" as "Sarah Okafor"."""
    is_last_first = len(run) == 1 and is_given(first.low) and not is_given(run[0].low)
    return [first, run[0]] if is_last_first else []


def _pieces(text: str, trust: Trust) -> list[str]:
    whole = _sentences(text)
    if trust < Trust.ASKED or _RELATIVE.search(text):
        return whole
    parts = [part.strip() for piece in whole if len(piece.split()) <= 8 for part in re.split(r",| and ", piece)[1:]]
    return whole + [part for part in parts if part]


_RELATIVE = re.compile(
    r"\b(?:my|his|her|our) (?:\w+ )?(?:wife|husband|partner|son|daughter|mother|father|mom|mum|dad"
    r"|brother|sister|friend|colleague|boss|child|parents?|spouse)",
    re.IGNORECASE,
)


def _sentences(text: str) -> list[str]:
    return [
        piece
        for piece in re.split(r"(?<![A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?]+\s+|[!?;\n]+|[.]+$", text.strip())
        if piece
    ]


def _is_code(rest: Sequence[Token]) -> bool:
    short = (len(rest[0].low) == 1 or not is_common(rest[0].low)) and (
        len(rest[0].text) <= 3 or not any(vowel in rest[0].low for vowel in "aeiouy")
    )
    return rest[0].is_digits or (len(rest) > 1 and short and any(token.is_digits for token in rest[1:3]))


_BEFORE_EMAIL = re.compile(r"(?:[\s,]+(?:and|with|my|the|e-?mail|mail|id|is|its|address))+$", re.IGNORECASE)


def _alone(conversation: Conversation, at: int) -> list[Token]:
    """A turn that is only a name, told by its neighbours, in a batch without the assistant's turns."""
    said = conversation.said[at]
    text = before_email(said.text)
    if text != said.text:
        text = _BEFORE_EMAIL.sub("", text)
    if not text or _GREETING_LEAD.match(text) or len(text.split()) > 14:
        return []
    run = _bare(said, text, Trust.BARE) or (_beside_number(text) if len(text.split()[0]) > 3 else [])
    if not run or (len(run) == 1 and run[0].low in conversation.agents):
        return []
    row = tokens(_LEAD.sub("", text, count=1))
    if len(row) > 1 and len(run) == 1 and len(run[0].low) <= 3 and row[1].is_digits and not is_given(run[0].low):
        return []  # "qrx 318" is a code
    if run[0].low == "dr":
        return []
    if not any(is_given(part.low) for part in run) and (is_place(conversation, at) or is_car(conversation, at)):
        return []
    here = any(token.is_digits or token.low in ("password", "pass", "pin", "ssn") for token in row)
    near = [conversation.said[index].text for index in (at - 1, at + 1, at + 2) if 0 <= index < len(conversation.said)]
    numbered = here or text != said.text or any(is_number_turn(one) for one in near)
    if numbered or (any(is_given(part.low) for part in run) and len(row) == len(run) and at > 0):
        return run
    return run if len(row) == len(run) and answers_a_request(conversation, at, run) else []


def _beside_number(text: str) -> list[Token]:
    """A word that only looks inflected ("rings 3316"), directly before the number that identifies the customer."""
    row = tokens(_LEAD.sub("", text, count=1))
    if len(row) != 2 or not row[1].is_digits or not row[0].is_word or len(row[1].text) < 4:
        return []
    low = row[0].low
    plain = (
        low in COMMON
        or low in FUNCTION
        or low in PLACES
        or low in MAKES
        or low in PRODUCTS
        or low.endswith(("ing", "ed", "ly"))
    )
    return [] if plain or len(low) < 3 or row[1].text.startswith(("19", "20")) else [row[0]]
