"""Importing conversations in bulk: JSON Lines in, one run a conversation, safe to interrupt and to repeat."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from subjects.creation import USER_BLOCKS, BadSubject, SubjectExists, create_subject
from subjects.learning import learn
from subjects.models import Run, Subject
from subjects.transcripts import Turn

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00]*$")]


class ImportedMessage(BaseModel):
    """One turn of an imported conversation."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["user", "assistant", "system", "tool"]
    content: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]


class ImportedConversation(BaseModel):
    """One line of an import file. Fields of other tools' exports are ignored."""

    model_config = ConfigDict(extra="ignore")
    id: Annotated[Text, Field(max_length=150)]
    subject_id: Text | None = None
    messages: Annotated[list[ImportedMessage], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one line. `problem`: why it was left out; `new`: False when it had been given before."""

    number: int
    run: Run | None = None
    new: bool = False
    problem: str = ""


def new_user(subject_id: str) -> Subject:
    """A new subject as the AI Memory SDK makes a user. Raises BadSubject."""
    return create_subject(subject_id, Subject.Kind.USER, USER_BLOCKS)


def import_lines(
    lines: Iterable[bytes], subject_id: str | None = None, create: Callable[[str], Subject] = new_user
) -> Generator[Imported, None, None]:
    """Store each line's conversation as a run of its subject; `create` makes those that are new.

    The subject is `subject_id`, else the line's own `subject_id`, else its `id`. A conversation is known by its `id`:
    what was stored by an earlier import is not stored or learned again. A bad line is reported and the rest goes on.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            conversation = ImportedConversation.model_validate_json(line)
        except ValidationError as error:
            yield Imported(number, problem=_sentence(error))
            continue
        # Speech transcripts hold silent turns; there is nothing in them to learn from.
        turns = [Turn(message.role, message.content) for message in conversation.messages if message.content]
        if not turns:
            yield Imported(number, problem="messages: none has any text")
            continue
        try:
            subject = _subject(subject_id or conversation.subject_id or conversation.id, create)
        except BadSubject as error:
            yield Imported(number, problem=f"subject id: {error}")
            continue
        key = f"import:{conversation.id}"
        run = Run.objects.filter(subject=subject, idempotency_key=key).first()
        if run is not None:
            yield Imported(number, run)
            continue
        yield Imported(number, learn(subject, turns, source=Run.Source.IMPORTED, key=key), new=True)


def _subject(subject_id: str, create: Callable[[str], Subject]) -> Subject:
    found = Subject.objects.filter(subject_id=subject_id).first()
    if found is not None:
        return found
    try:
        return create(subject_id)
    except SubjectExists as error:
        return error.subject


def _sentence(error: ValidationError) -> str:
    # Where and what kind of mistake, never the value: it is somebody's conversation.
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON"
    place = ".".join(str(part) for part in first["loc"]) or "the line"
    return f"{place}: {first['msg']}"
