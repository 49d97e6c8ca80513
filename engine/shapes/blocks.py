"""A block as Letta's JSON."""

from __future__ import annotations

from typing import Any

from engine.models import Block


def block(row: Block) -> dict[str, Any]:
    options = row.options
    return {
        "value": row.value,
        "limit": row.limit,
        "project_id": options.get("project_id"),
        "template_name": options.get("template_name"),
        "is_template": row.is_template,
        "template_id": options.get("template_id"),
        "base_template_id": options.get("base_template_id"),
        "deployment_id": options.get("deployment_id"),
        "entity_id": options.get("entity_id"),
        "preserve_on_migration": options.get("preserve_on_migration", False),
        "label": row.label,
        "read_only": row.read_only,
        "description": row.description,
        "metadata": row.metadata,
        "hidden": row.hidden,
        "id": row.id,
        "created_by_id": None,
        "last_updated_by_id": None,
        "tags": row.tags,
    }
