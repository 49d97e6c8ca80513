"""Every stored field is classified as personal or not, in one place."""

import pytest
from django.apps import apps
from django.db import models

from privacy.personal_fields import FIELDS, is_personal

MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def test_every_model_is_in_the_table_and_no_other() -> None:
    assert set(FIELDS) == set(MODELS)


@pytest.mark.parametrize("label", sorted(FIELDS))
def test_every_field_stands_there_exactly_once(label: str) -> None:
    fields = FIELDS[label]
    stored = {field.name for field in MODELS[label]._meta.get_fields() if getattr(field, "concrete", False)}
    names = [*fields.personal.split(), *fields.other.split()]
    assert sorted(names) == sorted(stored)


@pytest.mark.parametrize("label", sorted(FIELDS))
def test_free_text_is_personal_unless_the_code_alone_writes_it(label: str) -> None:
    """Where people or models may write what they like, somebody's name may stand."""
    written_by_code = {
        "auth.Permission.name",
        "auth.Group.name",
        "audit.Entry.detail",  # recording.record lets numbers, opaque ids and codes through, no text
        "audit.Verification.walk",  # numbers, hashes and codes
        "engine.Agent.model",  # handles of models, as "openai/gpt-4.1"
        "engine.Agent.embedding",
        "engine.Archive.embedding",
        "engine.Passage.embedding_model",
        "engine.Message.tool_call_id",
        "engine.Message.tool_name",
        "privacy.Request.failure",  # sentences of ours, without what Letta says
        "subjects.Block.line_revisions",  # numbers
        "subjects.LearningTest.steps",  # sentences of ours about an invented message
        "subjects.SyncState.left_out",  # agent ids, and reasons of ours
        *(f"privacy.Erasure.{name}" for name in ("inventory", "deleted", "failures", "times", "vacuumed", "verified")),
        "schemas.Rollout.found",  # kinds and numbers
        "schemas.Rollout.left_out",
        "privacy.Preview.found",
        "privacy.Preview.failure",  # a sentence of ours
        "privacy.Vacuuming.tables",
        "privacy.Receipt.document",  # counts, opaque ids and sentences of ours; held to it by the canary test
    }
    free = {
        field.name
        for field in MODELS[label]._meta.get_fields()
        if isinstance(field, (models.TextField, models.JSONField)) and field.concrete
    }
    assert not {f"{label}.{name}" for name in free if not is_personal(label, name)} - written_by_code


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        is_personal("subjects.Block", "colour")
