"""Templates as files: the round trip, and what is said about a wrong one."""

import json
from typing import Any

import pytest

from schemas import porting
from schemas.checking import Schema
from schemas.editing import BadTemplate, create_template, shown_schemas
from schemas.models import SharedBlock, Template
from schemas.porting import BadFile
from schemas.presets import PRESETS
from schemas.prompting import shared_blocks
from tests.conftest import ROOT

pytestmark = pytest.mark.django_db

BLOCK = {"label": "human", "description": "Über <b>sie</b>.", "value": "Hi {{ display_name }}\n", "limit": 300}
FILE: dict[str, Any] = {"format": "memory_ui/block-template/1", "name": "Care", "blocks": [BLOCK]}


def _written(template: Template) -> str:
    schemas = shown_schemas(template)
    return porting.write(template.name, template.purpose, schemas, shared_blocks(schemas))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_what_was_written_and_read_again_is_the_same(preset: Any) -> None:
    first = porting.take(preset.file)
    text = _written(first)
    second = porting.take(porting.read(text), name="Other")
    assert shown_schemas(second) == shown_schemas(first)
    assert porting.read(text) == preset.file
    assert _written(second) == text.replace(f'"name": "{first.name}"', '"name": "Other"')


def test_every_sign_survives_the_round_trip() -> None:
    odd = Schema("añb_1.x-y", 'quote " back \\ slash', "tab\t line\n\u2028 emoji 👩‍👩‍👧 [x]\n", 123, True)
    template = create_template("Größe / größer", "a\nb", [odd])
    file = porting.read(_written(template).encode())
    assert (file.name, file.purpose) == ("Größe / größer", "a\nb")
    assert porting.schemas_from(file) == [odd]


def test_a_shared_block_that_is_here_is_used_again_as_it_is() -> None:
    blocks = [{"label": "policies", "value": "Be {kind}.", "shared": True}]
    file = porting.read(json.dumps({**FILE, "blocks": blocks}))
    porting.take(file)
    porting.take(file, name="Second")
    shared = SharedBlock.objects.get()
    assert (shared.value, shared.read_only) == ("Be {kind}.", False)
    assert porting.read_otherwise(file) == []
    SharedBlock.objects.update(value="Be brief.")
    assert porting.read_otherwise(file) == ["policies"]
    porting.take(file, name="Third")
    assert SharedBlock.objects.get().value == "Be brief."


def _changed(*path: object, value: object = None, drop: bool = False) -> str:
    file = json.loads(json.dumps(FILE))
    here = file
    for step in path[:-1]:
        here = here[step]
    if drop:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return json.dumps(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Line 1, character 2 is not JSON"),
        (b"\xff", "Byte 1 is not UTF-8. Save the file as UTF-8."),
        ("[]", "The file must be an object in curly brackets."),
        ("[" * 100_000, "nested too deep"),
        (_changed("format", value="other/1"), 'format must be "memory_ui/block-template/1".'),
        (_changed("name", drop=True), "name is missing: add it."),
        (_changed("name", value=""), "name must not be empty."),
        (_changed("name", value="x" * 101), "name must be at most 100 characters long."),
        (_changed("colour", value=1), "colour is not known: remove it. Known there are format, name, purpose, blocks."),
        (_changed("blocks", value={}), "blocks must be a list in square brackets."),
        (_changed("blocks", 0, value="human"), "blocks[0] must be an object in curly brackets."),
        (_changed("blocks", 0, "label", drop=True), "blocks[0].label is missing: add it."),
        (_changed("blocks", 0, "label", value="a b"), "blocks[0].label may contain letters, digits, underscores"),
        (_changed("blocks", 0, "limit", value="300"), "blocks[0].limit must be a whole number, without quotes."),
        (_changed("blocks", 0, "limit", value=0), "blocks[0].limit must be from 1 to 1,000,000 characters."),
        (_changed("blocks", 0, "limit", value=1_000_001), "blocks[0].limit must be from 1 to 1,000,000 characters."),
        (_changed("blocks", 0, "limit", value=3), "blocks[0].value: This has 9 characters"),
        (_changed("blocks", 0, "read_only", value="no"), "blocks[0].read_only must be true or false, without quotes."),
        (_changed("blocks", 0, "value", value=None), "blocks[0].value must be text in quotes."),
        (_changed("blocks", 0, "value", value="{{ x }}"), "blocks[0].value: Line 1, character 1: {{ x }} stands for"),
        (_changed("blocks", 0, "value", value="a\x00b"), "blocks[0].value: There is a NUL character in it"),
        (_changed("blocks", 0, "size", value=3), "blocks[0].size is not known: remove it. Known there are label"),
        (_changed("blocks", value=[BLOCK, BLOCK]), "blocks[1].label: Block 1 is called human already"),
        (_changed("blocks", value=[{"label": f"b{n}"} for n in range(31)]), "blocks must have at most 30 entries."),
        (_changed("purpose", value="\x00"), "purpose: There is a NUL character in it"),
        ('{"name": "\\ud800"}', "name holds half a character"),
        ('{"blocks": 1' + "0" * 5000 + "}", "giant number"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_by_path_and_fix_and_nothing_is_kept(text: str | bytes, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        porting.read(text)
    assert any(said in problem for problem in refused.value.problems), refused.value.problems
    assert not Template.objects.exists()


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadFile) as refused:
        porting.read(json.dumps({"format": 1, "blocks": [{"label": 2}, {"limit": "x"}]}))
    assert [problem.split(" ")[0] for problem in refused.value.problems] == [
        "format", "name", "blocks[0].label", "blocks[1].label", "blocks[1].limit",
    ]  # fmt: skip


def test_a_name_that_is_taken_is_said_before_a_shared_block_is_made() -> None:
    create_template("Care", "", [])
    blocks = [{"label": "policies", "shared": True}]
    with pytest.raises(BadTemplate, match="of this name already"):
        porting.take(porting.read(json.dumps({**FILE, "blocks": blocks})))
    assert not SharedBlock.objects.exists()


def test_the_published_schema_is_the_one_that_is_used() -> None:
    published = (ROOT / "docs" / "block-template.schema.json").read_text(encoding="utf-8")
    assert published == porting.json_schema(), "the format changed: write porting.json_schema() to docs/"
    schema = json.loads(published)
    assert schema["required"] == ["format", "name", "blocks"]
    assert schema["$defs"]["BlockFile"]["additionalProperties"] is False
