"""What is measured: the calls that pages and assistants live on, and learning runs."""

import itertools
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.bench.sides import Side

ROUNDS = 20  # after WARM_UP rounds that do not count
WARM_UP = 3
AGENTS = 100  # that are there before anything is measured
AT_A_TIME = 8
RUNS_EACH = 5  # by each of them, one after another
POLL_SECONDS = 0.01
RUN_SECONDS = 120

TERMINAL = ("completed", "failed", "cancelled")
_words = itertools.count(1)


def create_agent(side: Side, tag: str) -> str:
    """An agent as the AI Memory SDK makes one for a user; its id."""
    agent = side.client.agents.create(
        name=f"subconscious_agent_user_{tag}", tags=[tag, "ai-memory-sdk"], agent_type="sleeptime_agent",
        model=side.model, embedding=side.embedding, initial_message_sequence=[],
        memory_blocks=[
            {"label": "human", "value": "", "description": "Details about the human user.", "limit": 10_000},
            {"label": "summary", "value": "", "description": "A short running summary.", "limit": 1_000},
        ],
    )  # fmt: skip
    return agent.id


def find_by_tag(side: Side, tag: str) -> None:
    """Look one agent up by its tag."""
    found = side.client.agents.list(tags=[tag, "ai-memory-sdk"], match_all_tags=True)
    assert next(iter(found), None) is not None


def read_blocks(side: Side, agent_id: str) -> None:
    """Read the blocks of an agent."""
    assert len(list(side.client.agents.blocks.list(agent_id))) == 2


def learn(side: Side, agent_id: str) -> None:
    """A learning run of two model calls, from the request until it is seen to have completed."""
    content = f"<messages>The following message interactions have occured:\nuser: word {next(_words)}</messages>"
    run = side.client.agents.messages.create_async(agent_id, messages=[{"role": "user", "content": content}])
    limit = time.monotonic() + RUN_SECONDS
    while run.status not in TERMINAL:
        assert time.monotonic() < limit, "a run did not end"
        time.sleep(POLL_SECONDS)
        run = side.client.runs.retrieve(run.id)
    assert run.status == "completed", run.stop_reason


class Population:
    """The agents of a side, made before measuring."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.tags = [uuid.uuid4().hex for _ in range(AGENTS)]
        self.agents = [create_agent(side, tag) for tag in self.tags]
        self._turn = itertools.cycle(range(AGENTS))

    def measured(self) -> dict[str, Callable[[], object]]:
        """Name and one go of everything that is measured call by call."""
        return {
            "agent create": lambda: create_agent(self.side, uuid.uuid4().hex),
            "agents by tag": lambda: find_by_tag(self.side, self.tags[next(self._turn)]),
            "blocks of an agent": lambda: read_blocks(self.side, self.agents[next(self._turn)]),
            "learning run": lambda: learn(self.side, self.agents[next(self._turn)]),
        }


def medians(populations: Sequence[Population], name: str) -> list[float]:
    """The median of one measure on each side, in milliseconds; the sides take turns, so that both meet the same machine."""
    goes = [population.measured()[name] for population in populations]
    times: list[list[float]] = [[] for _ in goes]
    for round_number in range(WARM_UP + ROUNDS):
        for go, taken in zip(goes, times, strict=True):
            start = time.perf_counter()
            go()
            if round_number >= WARM_UP:
                taken.append((time.perf_counter() - start) * 1000)
    return [statistics.median(taken) for taken in times]


def runs_per_second(population: Population) -> float:
    """Learning runs a second, with AT_A_TIME agents learning at once."""
    side = population.side
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda agent: learn(side, agent), population.agents[:AT_A_TIME]))  # warm-up
        start = time.perf_counter()
        list(pool.map(lambda agent: _learn_again(side, agent), population.agents[:AT_A_TIME]))
        return AT_A_TIME * RUNS_EACH / (time.perf_counter() - start)


def _learn_again(side: Side, agent_id: str) -> None:
    for _ in range(RUNS_EACH):
        learn(side, agent_id)
