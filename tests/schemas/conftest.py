"""Templates to test with."""

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone

from schemas.models import BlockSchema, Template, Version
from tests.subjects.conftest import proxy as proxy

MakeTemplate = Callable[..., Template]


@pytest.fixture
def make_template(db: None) -> MakeTemplate:
    """`make_template("Name", [{"label": …}, …], …)`: a template whose versions 1, 2, … hold these schemas; the rows are
    written as they are, by no verb."""

    def make(name: str = "Care", *versions: Sequence[dict[str, object]], **fields: object) -> Template:
        template = Template.objects.create(name=name, **fields)
        for number, schemas in enumerate(versions, start=1):
            version = Version.objects.create(template=template)
            BlockSchema.objects.bulk_create(
                BlockSchema(version=version, position=position, **schema) for position, schema in enumerate(schemas)
            )
            Version.objects.filter(pk=version.pk).update(number=number, published_at=timezone.now())
        return template

    return make
