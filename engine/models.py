"""The engine's tables: what Letta's API shows, plus what the run loop needs to survive a kill -9."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from pgvector.django import VectorField

TERMINAL = ("completed", "failed", "cancelled")


def new_id(prefix: str) -> str:
    """An id as Letta writes them: `agent-6e7a…` (a prefix and a random UUID)."""
    return f"{prefix}-{uuid.uuid4()}"


def _id(prefix: str) -> Callable[[], str]:
    return partial(new_id, prefix)


def id_field(prefix: str) -> Any:
    return models.CharField(primary_key=True, max_length=64, default=_id(prefix), editable=False)


class Agent(models.Model):
    id = id_field("agent")
    name = models.TextField()
    description = models.TextField(null=True)
    agent_type = models.CharField(max_length=40, default="letta_v1_agent")
    system = models.TextField(default="")
    model = models.TextField(default="")
    embedding = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    metadata = models.JSONField(null=True)
    hidden = models.BooleanField(null=True)
    options = models.JSONField(default=dict)
    """Every other field of the create or update request that Letta echoes back, as it was given."""
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    last_run_completion = models.DateTimeField(null=True)
    last_run_duration_ms = models.IntegerField(null=True)
    last_stop_reason = models.CharField(max_length=60, null=True)
    frozen_at = models.DateTimeField(null=True)
    """Since when it is neither read nor changed over the API, because of a privacy request; none: it is not frozen."""
    archive = models.ForeignKey("Archive", null=True, on_delete=models.SET_NULL, related_name="agents")
    """Where its passages are. Made with the first passage; survives the agent, as in Letta."""

    class Meta:
        indexes = [
            GinIndex(fields=["tags"], name="engine_agent_tags"),
            models.Index(fields=["created_at", "id"], name="engine_agent_created"),
            models.Index(fields=["updated_at", "id"], name="engine_agent_updated"),
            # Newest first, and those that never ran at the end, as lists by last run have it.
            models.Index(F("last_run_completion").desc(nulls_last=True), F("id").desc(), name="engine_agent_last_run"),
            # And the other way round, with those at the end again: the first one backwards begins with them.
            models.Index(fields=["last_run_completion", "id"], name="engine_agent_first_run"),
            models.Index(fields=["name"], name="engine_agent_name"),
            models.Index(fields=["id"], name="engine_agent_frozen", condition=Q(frozen_at__isnull=False)),
        ]


class Block(models.Model):
    id = id_field("block")
    label = models.TextField()
    description = models.TextField(null=True)
    value = models.TextField()
    limit = models.IntegerField()
    """characters; enforced for the agent's tools, not for the API, as Letta does"""
    read_only = models.BooleanField(default=False)
    is_template = models.BooleanField(default=False)
    hidden = models.BooleanField(null=True)
    metadata = models.JSONField(default=dict)
    tags = ArrayField(models.TextField(), default=list)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    agents = models.ManyToManyField(Agent, through="Attachment", related_name="blocks")

    class Meta:
        indexes = [
            models.Index(fields=["created_at", "id"], name="engine_block_created"),
            models.Index(fields=["label", "created_at"], name="engine_block_label"),
        ]


class Tagged(models.Model):
    """A tag of an agent or a block, so that the tags of all can be listed in their order without a look at any of them.

    A trigger writes these rows (migration `tags_in_order`), so they are what `tags` says, whoever changes it. There is one
    for each that has the tag and none that counts: every agent has `ai-memory-sdk`, and all new ones would wait for it.
    """

    pk = models.CompositePrimaryKey("tag", "owner")
    tag = models.TextField(db_collation="C")
    owner = models.CharField(max_length=64)
    """The id of the agent or the block."""


class Attachment(models.Model):
    """A block in an agent's context. A label stands once in one agent."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="attachments")
    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="attachments")
    label = models.TextField()
    """The block's label, repeated here so that the database keeps it unique within the agent."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "block"], name="engine_attachment_once"),
            models.UniqueConstraint(fields=["agent", "label"], name="engine_attachment_label"),
        ]


class Run(models.Model):
    """One learning pass. Runs of an agent are worked one at a time in the order of `position`."""

    id = id_field("run")
    position = models.BigIntegerField()
    """Order within the agent, from 0; runs are worked in this order."""
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="runs")
    status = models.CharField(max_length=12, default="created")
    """created, running, completed, failed or cancelled"""
    stop_reason = models.CharField(max_length=60, null=True)
    error = models.TextField(null=True)
    """One sentence for people: why the run failed."""
    background = models.BooleanField(default=False)
    request_config = models.JSONField(default=dict)
    metadata = models.JSONField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True)
    claim = models.UUIDField(null=True)
    """The token of the worker that works on it; a step is only kept while its token is still the one here."""
    steps = models.IntegerField(default=0)
    max_steps = models.IntegerField(default=50)
    takeovers = models.IntegerField(default=0)
    """How many workers took it up again and died, since its last recorded step."""
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "idempotency_key"], name="engine_run_idempotency"),
            models.UniqueConstraint(fields=["agent", "position"], name="engine_run_position"),
        ]
        indexes = [
            models.Index(fields=["agent", "created_at", "id"], name="engine_run_agent"),
            models.Index(fields=["created_at", "id"], name="engine_run_created"),
            models.Index(fields=["agent", "position"], name="engine_run_queue", condition=~Q(status__in=TERMINAL)),
            models.Index(fields=["status", "updated_at"], name="engine_run_open", condition=~Q(status__in=TERMINAL)),
        ]


class Message(models.Model):
    """One entry of an agent's conversation, as Letta lists them: one row may show as several wire messages."""

    id = id_field("message")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="messages")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="messages")
    position = models.BigIntegerField()
    """Order within the agent, from 0."""
    step = models.IntegerField(null=True)
    role = models.CharField(max_length=12)
    """system, user, assistant, tool"""
    text = models.TextField(default="")
    reasoning = models.TextField(null=True)
    tool_calls = models.JSONField(default=list)
    tool_call_id = models.TextField(null=True)
    tool_name = models.TextField(null=True)
    tool_status = models.CharField(max_length=10, null=True)
    name = models.TextField(null=True)
    otid = models.TextField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "position"], name="engine_message_position")]
        indexes = [models.Index(fields=["run", "position"], name="engine_message_run")]


class Archive(models.Model):
    id = id_field("archive")
    name = models.TextField()
    description = models.TextField(null=True)
    metadata = models.JSONField(null=True)
    embedding = models.TextField(default="")
    """The handle it was made with, only echoed: the engine embeds with the one model of its settings."""
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="engine_archive_created")]


class Passage(models.Model):
    id = id_field("passage")
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="passages")
    text = models.TextField()
    tags = ArrayField(models.TextField(), default=list)
    metadata = models.JSONField(default=dict)
    embedding = VectorField(null=True)
    """Any number of dimensions: an archive is searched exactly, row by row, so no index fixes it."""
    embedding_model = models.TextField(null=True)
    """The model that embedded it, or refused to (then `embedding` is null); null: still to be embedded."""
    search = models.GeneratedField(
        # English stems, and every word as it stands: names, other languages and prefixes.
        expression=SearchVector("text", config="english") + SearchVector("text", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["archive", "created_at", "id"], name="engine_passage_archive"),
            models.Index(fields=["embedding_model", "id"], name="engine_passage_model"),
            GinIndex(fields=["search"], name="engine_passage_search"),
            GinIndex(fields=["tags"], name="engine_passage_tags"),
        ]
