"""The target of each contract test and the fixtures on it.

`pytest tests/contract`: the engine, over HTTP and through its in-process transport.
`pytest tests/contract --real-letta`: a real Letta 0.16.8, installed and started for the session. With
CONTRACT_LETTA_URL, CONTRACT_MODEL_URL and CONTRACT_API_KEY it is one that runs already, and that asks for a key:
the tests of missing and wrong keys fail on a server that is open to everybody.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from letta_client import Letta

from tests.contract import engine
from tests.contract.scripted import Scripted
from tests.contract.targets import Target, real_letta

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--real-letta`, when pytest is pointed at this folder."""
    parser.addoption("--real-letta", action="store_true", help="run the contract suite on a real Letta 0.16.8")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One round of tests for each target of this session."""
    if "target" in metafunc.fixturenames:
        real = metafunc.config.getoption("--real-letta", default=False)
        names = ["letta"] if real else ["engine-http", "engine-transport"]
        metafunc.parametrize("target", names, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests talk to servers on loopback."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def _engine_targets() -> Iterator[dict[str, Target]]:
    with engine.running_engine() as targets:
        yield targets


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The server under test."""
    if request.param == "letta":
        with real_letta() as server:
            yield server
    else:
        yield request.getfixturevalue("_engine_targets")[request.param]


@pytest.fixture(scope="session")
def letta(target: Target) -> Iterator[Letta]:
    """letta-client on the target."""
    with target.client() as client:
        yield client


@pytest.fixture(scope="session")
def http(target: Target) -> Iterator[httpx.Client]:
    """Bare HTTP on the target."""
    with target.http() as client:
        yield client


@pytest.fixture(scope="session")
def scripted(target: Target, letta: Letta) -> Scripted:
    """Makes agents on the target, and runs with a scripted model."""
    return Scripted(target, letta)
