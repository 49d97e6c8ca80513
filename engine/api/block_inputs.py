"""The bodies of requests about blocks."""

from __future__ import annotations

from typing import Any

from engine.api.intake import Fields, Int, Value
from engine.tags import Tag

LIMIT = 100_000
"""characters"""


class BlockFields(Fields):
    """What a block may be given beside label, value and limit."""

    project_id: str | None = None
    template_name: str | None = None
    is_template: bool = False
    template_id: str | None = None
    base_template_id: str | None = None
    deployment_id: str | None = None
    entity_id: str | None = None
    preserve_on_migration: bool | None = False
    read_only: bool = False
    description: str | None = None
    metadata: dict[str, Any] | None = None
    hidden: bool | None = None
    tags: list[Tag] | None = None


class CreateBlock(BlockFields):
    label: str
    value: Value = ""
    limit: Int = LIMIT


class UpdateBlock(BlockFields):
    label: str | None = None
    value: str | None = None
    limit: Int | None = None


class UpdateOneOf(UpdateBlock):
    id: str


class UpdateBlocks(Fields):
    blocks: list[UpdateOneOf]
