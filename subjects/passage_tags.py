"""The tags of passages as people read them: where one came from a file, the file's name stands for its id."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from memory_sdk import Passage
from subjects.archiving import MARK
from subjects.models import Subject
from subjects.taking_in import TAG

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OF_FILE = re.compile(rf"({_ID})(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag, or the file that two of them name."""

    text: str
    document: UUID | None = None


def shown_tags(subject: Subject, passages: Iterable[Passage]) -> dict[str, list[ShownTag]]:
    """What to show of each passage's tags, by its id. One query when some of them came from files."""
    passages = list(passages)
    ids = {found[1] for passage in passages for tag in passage.tags if (found := _OF_FILE.fullmatch(tag))}
    names = {str(pk): name for pk, name in subject.documents.filter(pk__in=ids).values_list("pk", "name")} if ids else {}
    return {passage.id: _shown(passage.tags, names) for passage in passages}


def _shown(tags: Iterable[str], names: dict[str, str]) -> list[ShownTag]:
    plain: list[str] = []
    files: dict[str, str] = {}
    parts: dict[str, str] = {}
    for tag in tags:
        found = _OF_FILE.fullmatch(tag)
        if found and found[1] in names:
            files[found[1]] = names[found[1]]
            parts[found[1]] = found[2] or parts.get(found[1], "")
        elif not tag.startswith(MARK):
            plain.append(tag)
    if files and TAG in plain:
        plain.remove(TAG)  # the name says so
    of_files = [ShownTag(f"{name}, part {parts[pk]}" if parts[pk] else name, UUID(pk)) for pk, name in files.items()]
    return [*of_files, *(ShownTag(tag) for tag in plain)]
