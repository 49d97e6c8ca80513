"""What a set of block schemas has to be before it is kept: said for each block and field, before anything is sent."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from memory_sdk.names import checked_label, checked_text
from schemas.models import BlockSchema
from schemas.placeholders import SAMPLE, BadPlaceholder, fill

MAX_LIMIT = 1_000_000
"""characters"""
MOST_BLOCKS = 30


@dataclass(frozen=True)
class Schema:
    """The definition of one block, before it is a row. `limit` is in characters.

    `shared_block`: our id of the one that subjects share. What it says is its own then: here stands only its label, so
    that an edit of it changes no template.
    """

    label: str
    description: str = ""
    value: str = ""
    limit: int = 5000
    read_only: bool = False
    shared_block: UUID | None = None

    def __post_init__(self) -> None:
        if self.shared_block is not None:
            for field in ("description", "value", "limit", "read_only"):
                object.__setattr__(self, field, getattr(Schema, field, ""))

    @classmethod
    def of(cls, row: BlockSchema) -> "Schema":
        """What a row says."""
        return cls(row.label, row.description, row.value, row.limit, row.read_only, row.shared_block_id)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of the schema at `place` (from 0), in a sentence that says what to do."""

    place: int
    field: str
    message: str


class BadSchemas(ValueError):
    """The schemas cannot be kept as they are; nothing was written. `problems`: at least one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = list(problems)


def check(schemas: Sequence[Schema]) -> None:
    """Raises BadSchemas with everything that is wrong."""
    if problems := list(problems_of(schemas)):
        raise BadSchemas(problems)


def problems_of(schemas: Sequence[Schema], unfilled: Collection[int] = ()) -> Iterator[Problem]:
    """What is wrong, block by block. `unfilled`: places whose value is no starting value, so that braces are just text."""
    if len(schemas) > MOST_BLOCKS:
        yield Problem(MOST_BLOCKS, "label", f"A template has at most {MOST_BLOCKS} blocks; this is one too many.")
    first: dict[str, int] = {}
    for place, schema in enumerate(schemas):
        yield from _of_one(place, schema, place not in unfilled)
        if schema.label and (before := first.setdefault(schema.label, place)) != place:
            yield Problem(place, "label", f"Block {before + 1} is called {schema.label} already; a label stands once.")


def _of_one(place: int, schema: Schema, filled: bool) -> Iterator[Problem]:
    try:
        checked_label(schema.label, "The label")
    except ValueError as error:
        yield Problem(place, "label", str(error) if schema.label else "Give the block a label, for example preferences.")
    if not 1 <= schema.limit <= MAX_LIMIT:
        yield Problem(place, "limit", f"The limit must be from 1 to {MAX_LIMIT:,} characters.")
    for field in ("description", "value"):
        if trouble := text_trouble(getattr(schema, field)):
            yield Problem(place, field, trouble)
    if schema.shared_block is None:
        yield from _of_value(place, schema, filled)


def _of_value(place: int, schema: Schema, filled: bool) -> Iterator[Problem]:
    try:
        size = len(fill(schema.value, SAMPLE) if filled else schema.value)
    except BadPlaceholder as error:
        yield Problem(place, "value", str(error))
        return
    if 1 <= schema.limit < size:
        how = " with its placeholders filled in" if size != len(schema.value) else ""
        yield Problem(place, "value", f"This has {size:,} characters{how}; the limit of the block is {schema.limit:,}.")


def text_trouble(text: str) -> str:
    """Why a text cannot be kept, in a sentence; empty when it can."""
    if "\x00" in text:
        return "There is a NUL character in it, which cannot be kept. Remove it."
    try:
        checked_text(text, "It")
    except ValueError as error:
        return str(error)
    return ""


def schemas_of(rows: Iterable[BlockSchema]) -> list[Schema]:
    """What these rows say, in their order."""
    return [Schema.of(row) for row in rows]
