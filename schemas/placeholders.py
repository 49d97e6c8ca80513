"""Placeholders in starting values, as `{{ subject_id }}`: what there is, what is refused, what they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

PLACEHOLDERS = ("subject_id", "display_name", "date")

_PIECE = re.compile(r"\{\{[ \t]*(?P<name>\w+)[ \t]*\}\}|\{[^{}\n]{0,40}\}\}?|[{}]+(?:[^{}\n]{0,40}\}+)?")
_KINDS = re.compile(r"^(?:user|customer|client|person|subject|team|project)[_\-. ]+(?=\w)", re.IGNORECASE)
_SHOWN = 30  # characters of a refused piece that the message repeats


class BadPlaceholder(ValueError):
    """A starting value has braces that stand for nothing. `line` and `column` count from 1."""

    def __init__(self, piece: str, line: int, column: int) -> None:
        known = ", ".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)
        shown = piece if len(piece) <= _SHOWN else piece[:_SHOWN] + "…"
        super().__init__(
            f"Line {line}, character {column}: {shown} stands for nothing. Braces may hold only {known}; "
            "write a bracket of another kind, or leave it out."
        )
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Filling:
    """What the placeholders stand for, for one subject. An empty `display_name` is made from the id; `date` is UTC's."""

    subject_id: str
    display_name: str = ""
    date: date = field(default_factory=lambda: timezone.now().date())

    def of(self, placeholder: str) -> str:
        """The text for one of PLACEHOLDERS."""
        match placeholder:
            case "subject_id":
                return self.subject_id
            case "display_name":
                return self.display_name or display_name_of(self.subject_id)
            case _:
                return self.date.isoformat()


SAMPLE = Filling("user_sarah", "Sarah")
"""Whom previews are about, and lengths are checked with before there is a subject."""


def check_placeholders(text: str) -> None:
    """Whether all braces of `text` are placeholders that we know.

    Raises:
        BadPlaceholder: the first that is not, with its place.
    """
    for piece in _PIECE.finditer(text):
        if piece["name"] not in PLACEHOLDERS:
            before = text[: piece.start()]
            line_start = before.rfind("\n") + 1
            raise BadPlaceholder(piece[0], before.count("\n") + 1, piece.start() - line_start + 1)


def fill(text: str, filling: Filling) -> str:
    """`text` with its placeholders replaced, once: what stands in the filling is text and nothing more.

    Raises:
        BadPlaceholder: as `check_placeholders`.
    """
    check_placeholders(text)
    return "".join(_filled(text, filling))


def _filled(text: str, filling: Filling) -> Iterator[str]:
    end = 0
    for piece in _PIECE.finditer(text):
        yield text[end : piece.start()]
        yield filling.of(piece["name"])
        end = piece.end()
    yield text[end:]


def display_name_of(subject_id: str) -> str:
    """A name to be called by, as far as an outside id gives one: `user_sarah` → Sarah, `team-blue_1` → Blue 1."""
    words = re.split(r"[_\-.\s]+", _KINDS.sub("", subject_id))
    name = " ".join(word[:1].upper() + word[1:] for word in words if word)
    return name or subject_id
