"""Who works at the privacy desk in tests of its pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from privacy.models import Request
from subjects.models import Subject
from tests.subjects.pages.conftest import make_subject

FileFor = Callable[..., Request]
SignIn = Callable[[User], Client]


def url(request: Request, act: str = "") -> str:
    """The address of a request, or of an act on it."""
    return f"/privacy/requests/{request.pk}/{act + '/' if act else ''}"


@pytest.fixture
def sarah(db: None) -> Subject:
    return make_subject("user_sarah")


@pytest.fixture
def erasure(sarah: Subject, petra: User, file_for: FileFor) -> Request:
    """An erasure that waits for approval."""
    return file_for("erasure", sarah.subject_id, petra)


@pytest.fixture
def officer(petra: User, sign_in: SignIn) -> Client:
    return sign_in(petra)


@pytest.fixture
def approver(adam: User, sign_in: SignIn) -> Client:
    return sign_in(adam)
