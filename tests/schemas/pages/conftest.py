"""The people who look at templates, and what the tests of several pages need."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from schemas.models import BlockSchema, Template

HUMAN = {"label": "human", "description": "Who they are.", "limit": 100}
WISHES = {"label": "wishes", "limit": 50}


@pytest.fixture
def admin(adam: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(adam)


@pytest.fixture
def reader(otto: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(otto)


def draft_of(template: Template) -> list[tuple[str, int]]:
    """Labels and limits, in their order."""
    rows = BlockSchema.objects.filter(version__template=template, version__number=None).order_by("position")
    return list(rows.values_list("label", "limit"))
