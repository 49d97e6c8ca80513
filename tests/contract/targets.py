"""The servers that the contract suite runs against, each as one value: where it is, its key, its scripted model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
from letta_client import Letta

from tests.contract.differences import DIFFERENCES
from tests.letta.server import running_letta
from tests.model_endpoint import ModelScript

T = TypeVar("T")
API_KEY = "contract-key"
TIMEOUT = 30.0  # seconds, of every call of the suite


@dataclass(frozen=True)
class Target:
    """One server under test. `name` is "engine" or "letta"."""

    name: str
    base_url: str
    api_key: str
    script: ModelScript
    model: str = "openai/gpt-4.1"
    embedding: str = "openai/text-embedding-3-small"

    def expect(self, difference: str, *, engine: T, letta: T) -> T:
        """What this target is known to do where the two differ; `difference` names the row that gives the reason."""
        if difference not in DIFFERENCES:
            raise KeyError(f"tests/contract/differences.py has no row {difference!r}")
        return engine if self.name == "engine" else letta

    def client(self) -> Letta:
        """letta-client 1.12.1, as programs use it, without its retries: an error is what the test wants to see."""
        return Letta(base_url=self.base_url, api_key=self.api_key, timeout=TIMEOUT, max_retries=0)

    def http(self, **headers: str) -> httpx.Client:
        """Bare HTTP, seen by the server as letta-client 1.x, for status codes and bodies."""
        sent = {"Authorization": f"Bearer {self.api_key}", "X-Stainless-Package-Version": "1.12.1", **headers}
        return httpx.Client(base_url=self.base_url, headers=sent, timeout=TIMEOUT)


@contextmanager
def real_letta() -> Iterator[Target]:
    """A real server of our own, or the one at CONTRACT_LETTA_URL with its model endpoint at CONTRACT_MODEL_URL."""
    if url := os.environ.get("CONTRACT_LETTA_URL"):
        script = ModelScript(os.environ["CONTRACT_MODEL_URL"])
        yield Target("letta", url, os.environ.get("CONTRACT_API_KEY", "any"), script, "openai-proxy/gpt-4.1")
    else:
        with running_letta(api_key=API_KEY) as server:
            yield Target("letta", server.base_url, API_KEY, server.model_endpoint, server.model, server.embedding)
