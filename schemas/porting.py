"""Templates as JSON files that can live in git: the format with its JSON Schema, export, and import that says what is wrong.

A file holds one version: what its schemas are, not its number or who made it. Written and read again it is the same, byte
by byte. The published JSON Schema (docs/block-template.schema.json) is generated from `TemplateFile`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk.names import MAX_LABEL
from schemas.checking import MAX_LIMIT, MOST_BLOCKS, Problem, Schema, problems_of, text_trouble
from schemas.editing import MAX_NAME, BadTemplate, Changed, check_name, create_template, save_template
from schemas.models import SharedBlock, Template
from schemas.sharing import Wording, create
from subjects.editing import BadEdit

FORMAT = "memory_ui/block-template/1"
MAX_BYTES = 20_000_000


class BadFile(ValueError):
    """The file is no template; nothing was written. Each of `problems` names the path in it and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = list(problems)


class BlockFile(BaseModel):
    """One block schema."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    label: Annotated[
        str, Field(min_length=1, max_length=MAX_LABEL, pattern=r"^\w[\w.-]*$", description="unique in the file")
    ]
    description: Annotated[str, Field(description="tells the memory agent what belongs into the block")] = ""
    value: Annotated[
        str, Field(description="what it starts with; may hold {{ subject_id }}, {{ display_name }} and {{ date }}")
    ] = ""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="characters")] = 5000
    read_only: Annotated[bool, Field(description="whether the memory agent may not change it")] = False
    shared: Annotated[
        bool, Field(description="one block for all subjects; value is then its text, with nothing filled in")
    ] = False


class TemplateFile(BaseModel):
    """A block template of memory_ui."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, title="Block template", json_schema_extra={"$id": FORMAT}
    )

    format: Annotated[Literal["memory_ui/block-template/1"], Field(description="what this file is")]
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    purpose: Annotated[str, Field(description="what it is for")] = ""
    blocks: Annotated[list[BlockFile], Field(max_length=MOST_BLOCKS, description="in their order")]


def json_schema() -> str:
    """The JSON Schema of the format, as it is published."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **TemplateFile.model_json_schema()}, indent=2, ensure_ascii=False) + "\n"


def write(name: str, purpose: str, schemas: Sequence[Schema], shared: Mapping[UUID, SharedBlock]) -> str:
    """The file of these schemas. `shared`: the shared blocks they name, by id."""
    blocks = [_block(schema, shared) for schema in schemas]
    file = TemplateFile(format="memory_ui/block-template/1", name=name, purpose=purpose, blocks=blocks)
    return file.model_dump_json(indent=2) + "\n"


def read(text: str | bytes) -> TemplateFile:
    """What a file says.

    Raises:
        BadFile: it is not JSON, or not of this shape, or something in it cannot be; with everything that is wrong.
    """
    if len(text) > MAX_BYTES:
        raise BadFile([f"The file is larger than {MAX_BYTES // 1_000_000} MB; a template is a few kilobytes."])
    try:
        file = TemplateFile.model_validate(_parsed(text))
    except ValidationError as error:
        raise BadFile([_sentence(one) for one in error.errors(include_url=False)]) from error
    unfilled = {place for place, one in enumerate(file.blocks) if one.shared}
    problems = [_said(problem) for problem in problems_of([_as_own(one) for one in file.blocks], unfilled)]
    problems += [f"{name}: {trouble}" for name in ("name", "purpose") if (trouble := text_trouble(getattr(file, name)))]
    if problems:
        raise BadFile(problems)
    return file


def take(file: TemplateFile, name: str = "", by: User | None = None) -> Template:
    """A new template whose draft is what the file says, under `name` or the file's own.

    Raises:
        BadTemplate: the name is taken, or a shared block cannot be had.
    """
    check_name(name or file.name)
    template = create_template(name or file.name, file.purpose, schemas_from(file, by), by)
    record(Action.IMPORTED_TEMPLATE, by=by, detail={"template": template.pk, "blocks": len(file.blocks)})
    return template


def replace_draft(
    file: TemplateFile, template: Template, *, edition: int, name: str = "", by: User | None = None
) -> Template:
    """What the file says as the draft of `template`, and the file's purpose as its own. It keeps its name, or gets `name`.

    `edition`: of the template that the person looked at. A file that says what the last version says leaves no draft.

    Raises:
        Changed: somebody changed the template since; nothing was overwritten.
        BadTemplate: the name is taken, or a shared block cannot be had.
    """
    current = Template.objects.get(pk=template.pk)
    if current.edition != edition:  # looked at again when it is saved; before that no shared block is to be made
        raise Changed(current)
    saved = save_template(current, name or current.name, file.purpose, schemas_from(file, by), edition=edition, by=by)
    record(Action.IMPORTED_TEMPLATE, by=by, detail={"template": template.pk, "blocks": len(file.blocks)})
    return saved


def schemas_from(file: TemplateFile, by: User | None = None) -> list[Schema]:
    """The schemas of a file that was read. Shared blocks that are not there are made; one of that label is used as it is.

    Raises:
        BadTemplate: a shared block could not be made.
    """
    return [
        Schema(block.label, shared_block=_shared_block(block, by).pk) if block.shared else _as_own(block)
        for block in file.blocks
    ]


def read_otherwise(file: TemplateFile) -> list[str]:
    """Labels of shared blocks that are here already and say something else than the file does."""
    here = {one.label: one for one in SharedBlock.objects.filter(label__in=_shared_labels(file), archived_at=None)}
    return [
        block.label
        for block in file.blocks
        if block.shared and block.label in here and Wording.of(here[block.label]) != _wording(block)
    ]


def _shared_labels(file: TemplateFile) -> list[str]:
    return [block.label for block in file.blocks if block.shared]


def _wording(block: BlockFile) -> Wording:
    return Wording(block.value, block.description, block.limit, block.read_only)


def _shared_block(block: BlockFile, by: User | None) -> SharedBlock:
    known = SharedBlock.objects.filter(label=block.label, archived_at=None).first()
    if known is not None:
        return known
    try:
        return create(block.label, _wording(block), by)
    except BadEdit as error:
        raise BadTemplate("blocks", f"{block.label}: {error}") from error


# reading and writing --------------------------------------------------------------------------------------------------


def _block(schema: Schema, shared: Mapping[UUID, SharedBlock]) -> BlockFile:
    if schema.shared_block is None:
        says: Schema | SharedBlock = schema
    else:
        says = shared[schema.shared_block]
    return BlockFile(
        label=schema.label,
        description=says.description,
        value=says.value,
        limit=says.limit,
        read_only=says.read_only,
        shared=schema.shared_block is not None,
    )


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        raise BadFile([f"Byte {error.start + 1} is not UTF-8. Save the file as UTF-8."]) from error
    except json.JSONDecodeError as error:
        raise BadFile([f"Line {error.lineno}, character {error.colno} is not JSON: {error.msg}."]) from error
    except (RecursionError, ValueError) as error:
        raise BadFile(["The file is JSON no template can be: it is nested too deep or holds a giant number."]) from error


def _sentence(error: Any) -> str:
    path = _path(error["loc"])
    fixes = {
        "missing": "is missing: add it",
        "extra_forbidden": f"is not known: remove it. Known there are {_known(error['loc'])}",
        "string_type": "must be text in quotes",
        "int_type": "must be a whole number, without quotes",
        "bool_type": "must be true or false, without quotes",
        "list_type": "must be a list in square brackets",
        "model_type": "must be an object in curly brackets",
        "literal_error": f'must be "{FORMAT}"',
        "string_pattern_mismatch": "may contain letters, digits, underscores, and after the first character hyphens and"
        " dots only",
        "string_unicode": "holds half a character (a lone surrogate): write it anew",
        "string_too_short": "must not be empty",
        "string_too_long": f"must be at most {error.get('ctx', {}).get('max_length', 0)} characters long",
        "too_long": f"must have at most {MOST_BLOCKS} entries",
        "greater_than_equal": f"must be from 1 to {MAX_LIMIT:,} characters",
        "less_than_equal": f"must be from 1 to {MAX_LIMIT:,} characters",
    }
    return f"{path} {fixes.get(error['type'], 'cannot be read: ' + error['msg'])}."


def _path(place: Sequence[int | str]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return path or "The file"


def _known(place: Sequence[int | str]) -> str:
    model: type[BaseModel] = BlockFile if len(place) > 1 else TemplateFile
    return ", ".join(model.model_fields)


def _said(problem: Problem) -> str:
    return f"blocks[{problem.place}].{problem.field}: {problem.message}"


def _as_own(block: BlockFile) -> Schema:
    return Schema(block.label, block.description, block.value, block.limit, block.read_only)
