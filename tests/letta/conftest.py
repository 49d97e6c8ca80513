"""One running Letta for all tests here."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.letta.server import running_letta
from tests.model_endpoint import ModelScript


@dataclass(frozen=True)
class Side:
    """A running server and the script of its model."""

    url: str
    model: ModelScript


@pytest.fixture(scope="session")
def letta_side() -> Iterator[Side]:
    """A running server: the one CONTRACT_LETTA_URL and CONTRACT_MODEL_URL name, else one of our own."""
    given = os.environ.get("CONTRACT_LETTA_URL")
    if given:
        yield Side(given, ModelScript(os.environ.get("CONTRACT_MODEL_URL", "http://127.0.0.1:9/v1")))
        return
    with running_letta() as letta:
        yield Side(letta.base_url, letta.model_endpoint)


@pytest.fixture(scope="session")
def letta_url(letta_side: Side) -> str:
    """Its address."""
    return letta_side.url
