"""Notes on requests, and the check that keeps the person's own data out of them."""

import re

from django.db import transaction

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from privacy.hashing import keyed_hash
from privacy.models import Note, Request
from subjects.models import Subject

MOST = 1000
"""characters of a note"""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
# Seven to fifteen digits (E.164), in groups or not. Ticket numbers (HELP-1234567, #1234567) and dates are none.
PHONE = re.compile(r"(?<![\w#./-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
WORD = re.compile(r"\S+")
EDGES = ".,;:!?()[]{}<>\"'“”„‘’«»"


class NamesThePerson(ValueError):
    """The text holds what must not stay behind; the message names what, without repeating it."""


def check_text(text: str, request: Request) -> None:
    """Refuse what would keep the person's data after they are erased.

    Raises:
        NamesThePerson: it holds an identifier of the subject, an e-mail address or a phone number.
    """
    found = []
    if _holds_identifier(text, request):
        found.append("an id of the subject")
    if EMAIL.search(text):
        found.append("an e-mail address")
    if PHONE.search(DATE.sub(" ", text)):
        found.append("what could be a phone number")
    if found:
        what = " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else found[0]
        raise NamesThePerson(
            f"This holds {what}. Notes outlive the person's data: say it without, for example with a ticket number."
        )


def add_note(request: Request, by: User, text: str) -> Note:
    """Keep a note for the others who answer this request.

    Raises:
        NamesThePerson: as `check_text`.
    """
    check_text(text, request)
    with transaction.atomic():
        note = Note.objects.create(request=request, by=by, text=text)
        record(Action.NOTED_REQUEST, by=by, subject=request.subject, privacy_request=request.pk)
    return note


def _holds_identifier(text: str, request: Request) -> bool:
    folded = text.casefold()
    if any(_stands_in(folded, name.casefold()) for name in _identifiers(request)):
        return True
    # Once the id itself is erased, its hash still recognises it.
    words = {word.strip(EDGES) for word in WORD.findall(text)}
    return any(keyed_hash(word) == request.subject_hash for word in words if word)


def _identifiers(request: Request) -> list[str]:
    names = [request.subject_id]
    subject = Subject.objects.filter(pk=request.subject).first() if request.subject else None
    if subject:
        names += [subject.subject_id, subject.agent_id or "", *subject.duplicate_agent_ids]
    return [name for name in names if name]


def _stands_in(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as a word of its own: the id `7` is not in `1979`."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
