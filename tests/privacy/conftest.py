"""Requests as tests of the privacy desk file them."""

from collections.abc import Callable

import pytest

from accounts.models import User
from privacy.models import Request
from privacy.requesting import Filer, file
from tests.subjects.conftest import proxy as proxy


@pytest.fixture
def file_for(db: None) -> Callable[..., Request]:
    """File a request of `kind` about `subject_id` as `by`; an erasure is confirmed by them, unless told otherwise."""

    def filed(kind: str, subject_id: str, by: User, confirmed: bool = True) -> Request:
        return file(kind, subject_id, Filer(by), confirmed=confirmed)

    return filed
