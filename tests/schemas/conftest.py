"""Templates to test with."""

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone

from schemas.models import BlockSchema, Template, Version
from tests.subjects.conftest import proxy as proxy

MakeTemplate = Callable[..., Template]


def written_template(name: str = "Care", *versions: Sequence[dict[str, object]], **fields: object) -> Template:
    """A template whose versions 1, 2, … hold these schemas; the rows are written as they are, by no verb."""
    template = Template.objects.create(name=name, **fields)
    for number, schemas in enumerate(versions, start=1):
        version = written_draft(template, *schemas)
        Version.objects.filter(pk=version.pk).update(number=number, published_at=timezone.now(), note=f"Note {number}")
    return template


def written_draft(template: Template, *schemas: dict[str, object]) -> Version:
    """The draft of a template, with these schemas."""
    version = Version.objects.create(template=template)
    BlockSchema.objects.bulk_create(
        BlockSchema(version=version, position=position, **schema) for position, schema in enumerate(schemas)
    )
    return version


@pytest.fixture
def make_template(db: None) -> MakeTemplate:
    """`make_template("Name", [{"label": …}, …], …)`, as `written_template`."""
    return written_template
