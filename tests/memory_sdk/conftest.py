"""The server behind the live tests: the engine over HTTP, or a real Letta.

    pytest tests/memory_sdk                                      the engine
    CONTRACT_LETTA_URL=… CONTRACT_MODEL_URL=… pytest …           a real Letta that runs already
    pytest tests/contract tests/memory_sdk --real-letta          a real Letta of the session's own

Tests that ask for none of these fixtures run without a network.
"""

import os
import uuid
from collections.abc import Callable, Iterator

import pytest

from memory_sdk import Agents, Memory
from tests.contract import engine
from tests.contract.targets import Target, real_letta
from tests.memory_sdk.wire import Recording
from tests.model_answers import Answer, call, finish

LIVE = "server"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The live tests talk to servers on loopback."""
    for item in items:
        if LIVE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[Target]:
    """The server under test."""
    if "CONTRACT_LETTA_URL" in os.environ or pytestconfig.getoption("--real-letta", default=False):
        with real_letta() as target:
            yield target
    else:
        with engine.running_engine() as targets:
            yield targets["engine-http"]


@pytest.fixture
def wire() -> Iterator[Recording]:
    """The way to the server, with every request on record."""
    recording = Recording()
    yield recording
    recording.close()


@pytest.fixture
def memory(server: Target, wire: Recording) -> Memory:
    """An unbound `Memory` on the server."""
    return Memory(server.api_key, None, server.base_url, model=server.model, embedding=server.embedding, transport=wire)


@pytest.fixture
def agents(server: Target) -> Iterator[Agents]:
    """`Agents` on the server, on a line of its own."""
    with Agents(server.api_key, server.base_url, model=server.model, embedding=server.embedding) as found:
        yield found


@pytest.fixture
def subject_id(agents: Agents) -> Iterator[str]:
    """A subject id nobody uses; what the test makes of it is deleted afterwards."""
    name = f"sdk_{uuid.uuid4().hex[:12]}"
    yield name
    agents.delete_subject(name)


@pytest.fixture
def says(server: Target) -> Iterator[Callable[..., str]]:
    """Programs the model: `says("Likes cats")` gives a message; who learns from it writes that line into `human`."""
    markers: list[str] = []

    def program(line: str, *answers: Answer, label: str = "human") -> str:
        marker = f"mark{uuid.uuid4().hex[:10]}"
        markers.append(marker)
        scripted = answers or (call("memory_insert", label=label, new_string=line, insert_line=-1), finish())
        server.script.program(marker, *scripted)
        return f"{marker} {line}"

    yield program
    for marker in markers:
        server.script.program(marker)
