"""One running Letta for all tests here."""

import os
from collections.abc import Iterator

import pytest

from tests.letta.server import running_letta


@pytest.fixture(scope="session")
def letta_url() -> Iterator[str]:
    """A running server: the one CONTRACT_LETTA_URL names, else one of our own."""
    given = os.environ.get("CONTRACT_LETTA_URL")
    if given:
        yield given
        return
    with running_letta() as letta:
        yield letta.base_url
