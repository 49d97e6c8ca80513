"""Passages, archives and search results as Letta's JSON."""

from __future__ import annotations

from typing import Any

from engine import handles
from engine.models import Archive, Passage
from engine.shapes.people import ORGANIZATION, USER
from engine.shapes.times import offset, zulu


def archive(row: Archive) -> dict[str, Any]:
    return {
        "created_by_id": USER,
        "last_updated_by_id": USER,
        "created_at": zulu(row.created_at),
        "updated_at": zulu(row.updated_at),
        "name": row.name,
        "description": row.description,
        "organization_id": ORGANIZATION,
        "vector_db_provider": "native",
        "embedding_config": handles.embedding_config(row.embedding),
        "metadata": row.metadata,
        "id": row.id,
    }


def passage(row: Passage) -> dict[str, Any]:
    """Without its vector: Letta sends 4096 numbers with every passage, of which no client makes anything."""
    return {
        "created_by_id": USER,
        "last_updated_by_id": USER,
        "created_at": zulu(row.created_at),
        "updated_at": zulu(row.updated_at),
        "is_deleted": False,
        "organization_id": ORGANIZATION,
        "archive_id": row.archive_id,
        "source_id": None,
        "file_id": None,
        "file_name": None,
        "metadata": row.metadata,
        "tags": row.tags or None,
        "id": row.id,
        "text": row.text,
        "embedding": None,
        "embedding_config": None,
    }


def result(row: Passage) -> dict[str, Any]:
    """A hit of agents.passages.search."""
    return {"id": row.id, "timestamp": offset(row.created_at), "content": row.text, "tags": row.tags}
