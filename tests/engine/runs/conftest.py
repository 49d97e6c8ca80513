"""A small agent, a scripted model behind the llm learner, and workers that use it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from engine import runs
from engine.learners.protocol import Context, Step
from engine.models import Agent, Attachment, Block, Message, Run
from engine.runs.working import drain
from tests.conftest import Worker
from tests.model_endpoint import ModelEndpoint, running_endpoint

BATCH = "<messages>The following message interactions have occured:\nuser: {}\nassistant: Noted.</messages>"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[ModelEndpoint]:
    """The scripted model endpoint, in this process."""
    with running_endpoint() as started:
        yield started


@pytest.fixture
def model(endpoint: ModelEndpoint, settings: Settings, socket_enabled: None) -> ModelEndpoint:
    """The scripted model behind the llm learner of this process."""
    settings.ENGINE_LLM_BASE_URL = endpoint.url
    settings.ENGINE_LLM_API_KEY = "secret-endpoint-key"
    settings.ENGINE_LLM_TIMEOUT = 2
    return endpoint


def attach(agent: Agent, label: str, value: str = "", **fields: Any) -> Block:
    """A new block in the agent's context."""
    block = Block.objects.create(label=label, value=value, **{"limit": 1000, "description": f"All about {label}", **fields})
    Attachment.objects.create(agent=agent, block=block, label=label)
    return block


def new_agent(name: str = "memory of Ann", agent_type: str = "sleeptime_agent", **fields: Any) -> Agent:
    """An agent with one block, `human`."""
    agent = Agent.objects.create(name=name, agent_type=agent_type, **fields)
    attach(agent, "human", "Name: Ann\nCity: Bern")
    return agent


@pytest.fixture
def agent(db: None) -> Agent:
    return new_agent()


def ask(agent: Agent, said: str, **options: Any) -> Run:
    """Queue a run over one batch in the SDK's format."""
    message = runs.InputMessage("user", BATCH.format(said))
    return runs.queue(agent, [message], **{"background": True, **options})


def value(agent: Agent, label: str = "human") -> str:
    """A block's value as it is in the database."""
    return Block.objects.get(attachments__agent=agent, label=label).value


def returns(run: Run) -> list[tuple[str | None, str]]:
    """Status and text of every tool return of a run, oldest first."""
    rows = Message.objects.filter(run=run, role="tool").order_by("position")
    return [(row.tool_status, row.text) for row in rows]


StartWorker = Callable[..., Worker]


@pytest.fixture
def start_worker(transactional_db: None, endpoint: ModelEndpoint, socket_enabled: None) -> Iterator[StartWorker]:
    """Start workers whose learner is the scripted model; they are killed at the end."""
    started: list[Worker] = []

    def start(**env: str) -> Worker:
        log = Path(settings.DATA_DIR) / f"worker-{len(started)}.log"
        log.write_bytes(b"")
        defaults = {
            "ENGINE_LLM_BASE_URL": endpoint.url,
            "ENGINE_LLM_API_KEY": "k",
            "ENGINE_LLM_TIMEOUT": "20",
        }
        worker = Worker(log, **{**defaults, **env})
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()  # nothing of theirs is kept, so no time is given to say goodbye


def work(run: Run) -> Run:
    """The run, after its agent's queue was worked to its end in this process."""
    drain(run.agent_id)
    run.refresh_from_db()
    return run


class Interfering:
    """A learner during whose step something else happens to the run."""

    name = "interfering"
    remembers = 0

    def __init__(self, happening: object) -> None:
        self.happening = happening

    def next_step(self, context: Context) -> Step:
        assert callable(self.happening)
        self.happening()
        return Step(text="done", finished=True)
