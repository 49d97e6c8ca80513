"""What an assistant gets of a subject's memory for its prompt, in the SDK's own formats and with the call that gives it."""

from collections.abc import Iterable
from dataclasses import dataclass

from memory_sdk.formats import format_block, format_summary
from subjects.models import Block, Subject

CHARACTERS_A_TOKEN = 4  # a rule of thumb for English; models count differently


@dataclass(frozen=True, slots=True)
class Part:
    """The text of one block as an assistant gets it. `call`: how it asks `memory_sdk.Memory` for it."""

    label: str
    call: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """All parts. `text` joins them by an empty line, as programs usually do; the SDK gives them one by one."""

    parts: list[Part]

    @property
    def text(self) -> str:
        """Everything at once."""
        return "\n\n".join(part.text for part in self.parts)

    @property
    def characters(self) -> int:
        """Its length in characters."""
        return len(self.text)

    @property
    def tokens(self) -> int:
        """Its length in tokens, estimated."""
        return -(-self.characters // CHARACTERS_A_TOKEN)


def prompt_of(subject: Subject, blocks: Iterable[Block]) -> Prompt:
    """What an assistant would get of these blocks now."""
    return Prompt([_part(subject, block) for block in blocks])


def _part(subject: Subject, block: Block) -> Part:
    asked = f'"{subject.subject_id}"'
    if subject.kind == Subject.Kind.USER and block.label == "summary":
        call = f"get_summary({asked}, prompt_formatted=True)"
        return Part(block.label, call, format_summary(block.value))
    text = format_block(block.label, block.description, block.value)
    if subject.kind == Subject.Kind.USER and block.label == "human":
        return Part(block.label, f"get_user_memory({asked}, prompt_formatted=True)", text)
    return Part(block.label, f'get_memory("{block.label}", prompt_formatted=True, subject_id={asked})', text)
