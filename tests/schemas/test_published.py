"""A published version never changes, whoever writes to its tables."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from schemas.models import BlockSchema, Version
from tests.schemas.conftest import MakeTemplate

HUMAN = {"label": "human", "limit": 100}


def _refused(change: object) -> None:
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        change()  # type: ignore[operator]


def test_a_published_version_and_its_schemas_stay(make_template: MakeTemplate) -> None:
    template = make_template("Care", [HUMAN])
    [version] = template.versions.all()
    _refused(lambda: Version.objects.filter(pk=version.pk).update(note="something else"))
    _refused(lambda: Version.objects.filter(pk=version.pk).update(number=None, published_at=None))
    _refused(lambda: BlockSchema.objects.filter(version=version).update(limit=5))
    _refused(lambda: BlockSchema.objects.create(version=version, label="more", position=1))
    _refused(lambda: BlockSchema.objects.filter(version=version).delete())
    _refused(version.delete)
    _refused(template.delete)
    assert list(BlockSchema.objects.filter(version=version).values_list("label", "limit")) == [("human", 100)]


def test_a_schema_cannot_be_moved_into_a_published_version(make_template: MakeTemplate) -> None:
    template = make_template("Care", [HUMAN])
    [published] = template.versions.all()
    draft = Version.objects.create(template=template)
    schema = BlockSchema.objects.create(version=draft, label="summary", position=0)
    _refused(lambda: BlockSchema.objects.filter(pk=schema.pk).update(version=published))


def test_a_draft_changes_and_goes_freely(make_template: MakeTemplate) -> None:
    draft = Version.objects.create(template=make_template("Care"))
    schema = BlockSchema.objects.create(version=draft, label="human", position=0)
    BlockSchema.objects.filter(pk=schema.pk).update(limit=7)
    Version.objects.filter(pk=draft.pk).update(note="soon")
    draft.delete()
    assert not BlockSchema.objects.exists()


def test_who_published_it_may_be_forgotten(make_template: MakeTemplate, adam: User) -> None:
    draft = Version.objects.create(template=make_template("Care"), changed_by=adam)
    Version.objects.filter(pk=draft.pk).update(number=1, published_at=timezone.now(), published_by=adam)
    adam.delete()
    draft.refresh_from_db()
    assert (draft.number, draft.published_by, draft.changed_by) == (1, None, None)
