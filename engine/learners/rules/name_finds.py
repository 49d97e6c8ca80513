"""What the finders of names share: a name as found, and when one is a fuller form of another."""

import re
from dataclasses import dataclass

from .name_runs import Trust, name_run
from .tokens import Token, tokens

CORRECTION = re.compile(
    r"^(?:no|nope|(?:(?:i'?m|i am|so|very) )*sorry|oops|actually|wait|correction|i mean|i meant|my mistake|not)\b[\s,.!-]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    trust: Trust
    at: int
    part: str = ""
    corrects: bool = False


def whole_name(text: str, cased: bool) -> list[Token]:
    row = tokens(text.strip(" ,.-"))
    run = name_run(row, 0, Trust.ASKED, cased)
    return run if len(run) == len(row) else []


def is_fuller(longer: str, shorter: str) -> bool:
    parts, kept = longer.lower().split(), shorter.lower().split()
    return len(parts) > len(kept) and all(part in parts for part in kept)
