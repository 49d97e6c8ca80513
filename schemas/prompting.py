"""What an assistant would get of block schemas for a subject that just started from them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from schemas.checking import Schema
from schemas.models import SharedBlock
from schemas.placeholders import SAMPLE, BadPlaceholder, Filling, fill
from schemas.starting import kind_of
from subjects.models import Block, Subject
from subjects.prompts import Prompt, prompt_of


def preview(schemas: Sequence[Schema], shared: Mapping[UUID, SharedBlock], filling: Filling = SAMPLE) -> Prompt:
    """The prompt of these schemas, which may still be unfinished. `shared`: the shared blocks they name, by id.

    A value whose placeholders are wrong is shown as it is written; schemas without a label are left out.
    """
    named = [schema for schema in schemas if schema.label]
    subject = Subject(subject_id=filling.subject_id, kind=kind_of([schema.label for schema in named]))
    return prompt_of(subject, [_block(schema, shared, filling) for schema in named])


def shared_blocks(schemas: Sequence[Schema]) -> dict[UUID, SharedBlock]:
    """The shared blocks that these schemas name, by id. One query, none when they name none."""
    ids = [schema.shared_block for schema in schemas if schema.shared_block is not None]
    return SharedBlock.objects.in_bulk(ids) if ids else {}


def _block(schema: Schema, shared: Mapping[UUID, SharedBlock], filling: Filling) -> Block:
    if schema.shared_block is not None and (block := shared.get(schema.shared_block)) is not None:
        return Block(label=schema.label, description=block.description, value=block.value, limit=block.limit)
    try:
        value = fill(schema.value, filling)
    except BadPlaceholder:
        value = schema.value
    return Block(label=schema.label, description=schema.description, value=value, limit=schema.limit)
