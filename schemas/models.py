"""Block templates: what a subject's memory consists of, in versions that never change once they are published."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from memory_ui.loading import Loaded
from schemas.deviations import Deviation as Deviation
from schemas.deviations import Tally as Tally
from schemas.distributions import Distribution as Distribution
from schemas.distributions import Share as Share
from schemas.rollouts import Rollout as Rollout
from schemas.rollouts import RolloutItem as RolloutItem
from schemas.shared_blocks import SharedBlock as SharedBlock
from schemas.shared_blocks import SharedEdit as SharedEdit
from schemas.shared_blocks import SharedRevision as SharedRevision
from schemas.standings import Standing as Standing


class Template(Loaded):
    """A named set of block schemas that subjects start from, as a draft and as numbered versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    purpose = models.TextField(blank=True)
    """What it is for, in the words of the person who made it."""
    is_default = models.BooleanField(default=False)
    """Whether new subjects start from it unless another one is chosen, and subjects from outside are put on it."""
    applies_outside = models.BooleanField(default=False)
    """As the default: whether subjects that other programs create are also given the blocks they lack."""
    edition = models.IntegerField(default=1)
    """Grows with every change of it or its draft. Who saves says which they saw: nothing is overwritten unseen."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="schemas_template_name", condition=Q(archived_at=None)),
            models.UniqueConstraint(fields=["is_default"], name="schemas_template_default", condition=Q(is_default=True)),
            models.CheckConstraint(
                name="schemas_template_default_lives", condition=Q(is_default=False) | Q(archived_at=None)
            ),
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="schemas_template_live", condition=Q(archived_at=None)),
            models.Index(fields=["-archived_at", "-id"], name="schemas_template_archived", condition=~Q(archived_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class Version(Loaded):
    """One version of a template, or its draft. A trigger keeps published ones and their schemas as they are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField(null=True)
    """From 1, in the order of publishing; none: the draft, at most one of a template."""
    note = models.TextField(blank=True)
    """What changed and why, for those who roll it out."""
    changed_at = models.DateTimeField(default=timezone.now)
    """When the draft was last saved."""
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="schemas_version_number"),
            models.UniqueConstraint(fields=["template"], name="schemas_version_draft", condition=Q(number=None)),
            models.CheckConstraint(
                name="schemas_version_published",
                condition=Q(number=None, published_at=None) | Q(number__gte=1, published_at__isnull=False),
            ),
        ]
        ordering = [F("number").desc(nulls_first=True)]

    @property
    def is_draft(self) -> bool:
        """Whether it can still change."""
        return self.number is None


class BlockSchema(models.Model):
    """The definition of one block of a version."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="schemas")
    position = models.IntegerField()
    """Order within the version, from 0."""
    label = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    value = models.TextField(blank=True)
    """What the block starts with; may hold placeholders (see placeholders.py)."""
    limit = models.IntegerField(default=5000)
    """characters"""
    read_only = models.BooleanField(default=False)
    shared_block = models.ForeignKey(SharedBlock, null=True, on_delete=models.PROTECT, related_name="schemas")
    """The block that subjects share; its label stands here too, its other fields are its own and may change."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "label"], name="schemas_schema_label")]
        ordering = ["position", "id"]
